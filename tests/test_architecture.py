"""Imports point one way: the table of ARCHITECTURE.md, walked."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "maskwatch"

# Leaves that every room may use; they know nothing of ours but each other.
LEAVES = {"errors", "files", "detections", "boxes", "process_memory"}

# What each room may import beside the leaves and itself.
MAY_IMPORT = {
    "__main__": {"cli"},
    "config": set(),
    "boxes": set(),
    "errors": set(),
    "files": set(),
    "process_memory": set(),
    "detections": set(),
    "pictures": set(),
    "demo": {"pictures"},
    "models": set(),
    "anchors": set(),
    "anchor_fitting": {"anchors"},
    "data": {"anchors", "anchor_fitting", "pictures"},
    "retinanet": {"anchors"},
    "evaluation": {"data", "pictures"},
    "training": {"data", "pictures", "anchors", "anchor_fitting", "retinanet", "evaluation"},
    "detection": {"pictures", "models"},
    "watching": {"config", "pictures"},
    "client": {"web"},
    "web": {"config", "pictures", "watching", "data"},
}

# The two doors from running to training code, and what stands behind them.
TORCH_SIDE_OF_DETECTION = {"export", "export_check", "deployed", "nms_operator", "operators", "quantise"}
TORCH_ROOMS = {"retinanet", "training"}
TORCH_MODULES_OF_CLI = {
    *("calibration_run", "export_run", "import_keras_run", "quantise_run"),
    *("data_augmented", "training_run", "training_plan", "training_network", "training_recipe"),
    *("training_machine", "train_progress", "train_forecast"),
}


def modules() -> list[tuple[str, Path]]:
    """Dotted names below `maskwatch.` with their files."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        if name:
            found.append((name, path))
    return found


def imported(path: Path) -> set[str]:
    """Modules of ours that a file imports anywhere in it, without `maskwatch.`."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("maskwatch"):
            base = node.module.removeprefix("maskwatch").lstrip(".")
            names |= {base} if base else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {a.name.removeprefix("maskwatch.") for a in node.names if a.name.startswith("maskwatch.")}
    return names


@pytest.mark.parametrize(("name", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_module_imports_only_the_rooms_before_it(name: str, path: Path) -> None:
    room = name.split(".")[0]
    if room == "cli":
        return
    allowed = MAY_IMPORT[room] | LEAVES | {room}
    if room == "detection" and name.split(".")[-1] in TORCH_SIDE_OF_DETECTION:
        allowed = allowed | {"retinanet"}
    reached = {target.split(".")[0] for target in imported(path)} - {"__version__", "Detector"}
    assert reached <= allowed, f"{name} imports {sorted(reached - allowed)}"


def test_nobody_imports_the_command_line() -> None:
    for name, path in modules():
        if name.split(".")[0] not in ("cli", "__main__"):
            assert not {t for t in imported(path) if t.split(".")[0] == "cli"}, name


def torch_free_modules() -> list[str]:
    """Everything that must work in the base install."""
    names = []
    for name, _ in modules():
        parts = name.split(".")
        torch_side = (
            parts[0] in TORCH_ROOMS
            or (parts[0] == "detection" and parts[-1] in TORCH_SIDE_OF_DETECTION)
            or (parts[0] == "cli" and parts[-1] in TORCH_MODULES_OF_CLI)
        )
        if not torch_side and parts[-1] not in ("env", "__main__"):  # alembic runs env.py inside a migration only
            names.append(f"maskwatch.{name}")
    return names


def test_everything_but_training_imports_with_torch_blocked() -> None:
    blocked = "import sys; sys.modules.update(dict.fromkeys(('torch', 'onnx', 'onnxscript', 'safetensors', 'h5py')))\n"
    program = blocked + "\n".join(f"import {name}" for name in torch_free_modules())
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_check_itself_sees_an_import(tmp_path: Path) -> None:
    offender = tmp_path / "offender.py"
    offender.write_text("def f():\n    from maskwatch.training.loop import train\n    import maskwatch.cli.main\n")
    assert imported(offender) == {"training.loop", "cli.main"}
