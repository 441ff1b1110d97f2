"""A site to look at: the demo's film without an end, on two cameras with zones, served with its page.

Run it while you work on the page:  python tests/demo_site.py FOLDER [options of `maskwatch watch`]
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import matplotlib  # noqa: F401 - two cameras' threads must not import it at the same time

from maskwatch.cli import main
from maskwatch.demo.scene import DURATION_S, FRAMES_PER_S, Scene
from maskwatch.pictures.video import Frame

SITE = """time_zone = "Europe/Paris"

[web]
address = "127.0.0.1:8750"
pictures = "pixelated"

[[cameras]]  # the door to the street
name = "entrance"
address = "demo"

[[cameras.zones]]
name = "desk"
polygon = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]

[[cameras.lines]]
name = "door"
start = [0.5, 1.0]
end = [0.5, 0.0]

[[cameras]]
name = "corridor"
address = "demo"
rotate = 180
frames_per_s = 2
"""


def endless_film(wants: Callable[[float], bool]) -> Iterator[Frame]:
    """The film again and again, by a clock that goes on."""
    scene, index = Scene(), 0
    while True:
        time_s = index / FRAMES_PER_S
        if wants(time_s):
            yield Frame(scene.frame(time_s % DURATION_S), index, time_s)
        index += 1


def run(folder: Path, options: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    site = folder / "site.toml"
    if not site.exists():
        site.write_text(SITE, encoding="utf-8")
    arguments = ["maskwatch", "watch", "--config", str(site), "--threads", "1", *options]
    with patch("maskwatch.cli.watch_run.demo_film", endless_film), patch.object(sys, "argv", arguments):
        main.run()


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2:])
