"""What the rooms of the base install import is what the base install brings, and declares itself."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "maskwatch"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# The name that is imported, where it is not the name that is installed.
INSTALLED_AS = {
    "pil": "pillow",
    "skimage": "scikit-image",
    "faster_coco_eval": "faster-coco-eval",
    "prometheus_client": "prometheus-client",
    "argon2": "argon2-cffi",
}
BASE_ROOMS = ("boxes.py", "anchors.py", "files.py", "detections.py", "pictures", "data")


def declared(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=\[ ]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


def imported_libraries(path: Path) -> set[str]:
    """Top-level names of foreign modules that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    foreign = {name.lower() for name in names - set(sys.stdlib_module_names) - {"maskwatch"}}
    return {INSTALLED_AS.get(name, name) for name in foreign}


@pytest.mark.parametrize("room", BASE_ROOMS)
def test_the_base_install_declares_what_its_rooms_import(room: str) -> None:
    place = PACKAGE / room
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert files
    wanted = set().union(*map(imported_libraries, files))
    assert wanted <= declared(PROJECT["dependencies"]), room


def test_whatever_is_imported_anywhere_is_declared_somewhere() -> None:
    extras = PROJECT["optional-dependencies"]
    for_users = [each for name, extra in extras.items() if name != "dev" for each in extra]
    wanted = set().union(*map(imported_libraries, sorted(PACKAGE.rglob("*.py"))))
    assert wanted <= declared([*PROJECT["dependencies"], *for_users])
