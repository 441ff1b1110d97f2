"""Scripted scenes for `watch_check.py`: the demo's two people with other walks and other times of the mask."""

from maskwatch.demo.scene import DURATION_S, Walk

_ALWAYS, _NEVER = (0.0, DURATION_S), (0.0, 0.0)

SCRIPTS: dict[str, tuple[Walk, Walk]] = {
    "the demo itself": (Walk(0.52, 0.84, 0.40, 120, 1.1, (3.5, 6.5)), Walk(0.12, 0.46, 0.57, 150, 1.3, (2.5, 5.5))),
    "both masked": (Walk(0.60, 0.80, 0.40, 100, 1.1, _ALWAYS), Walk(0.10, 0.40, 0.57, 130, 1.3, _ALWAYS)),
    "both masked, far away": (Walk(0.55, 0.90, 0.30, 44, 1.0, _ALWAYS), Walk(0.05, 0.45, 0.45, 52, 1.2, _ALWAYS)),
    "nobody masked, far away": (Walk(0.90, 0.55, 0.30, 40, 1.0, _NEVER), Walk(0.45, 0.05, 0.45, 48, 1.2, _NEVER)),
    "one puts it on": (Walk(0.65, 0.85, 0.40, 90, 1.1, (4.5, DURATION_S)), Walk(0.15, 0.40, 0.57, 110, 1.3, _ALWAYS)),
    "one takes it off": (Walk(0.65, 0.85, 0.40, 70, 1.1, _ALWAYS), Walk(0.15, 0.40, 0.57, 80, 1.3, (0.0, 4.5))),
}
