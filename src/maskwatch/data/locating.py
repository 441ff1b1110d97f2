"""Where the files of a set lie: walking a folder, and the places where an annotation's picture may be."""

import os
from collections.abc import Iterator
from pathlib import Path

from maskwatch.pictures.opening import PICTURE_SUFFIXES

PICTURE_FOLDERS = ("images", "Images", "JPEGImages")
ANNOTATION_FOLDERS = ("annotations", "Annotations", "labels", "Labels", "xmls")


def walk(root: Path) -> Iterator[Path]:
    """Every file under a folder, sorted, hidden ones left out; a link in a circle is entered once."""
    seen = set()
    for folder, subfolders, names in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            subfolders.clear()
            continue
        seen.add(real)
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def files_with_suffix(path: Path, suffix: str) -> list[Path]:
    """The files of that suffix (any case) under a folder, or the one file given itself."""
    if path.is_file():
        return [path]
    return [file for file in walk(path) if file.suffix.lower() == suffix]


def is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES


def picture_folders(folder: Path) -> list[Path]:
    """Where the pictures of annotations in `folder` may lie, the likeliest first.

    Beside them, in a sibling `images` or `JPEGImages`, at the same place below one (`labels/train` and
    `images/train`), or one folder up.
    """
    places = [folder, *(folder.parent / name for name in PICTURE_FOLDERS)]
    parts = folder.parts
    swappable = [index for index, part in enumerate(parts) if part in ANNOTATION_FOLDERS]
    if swappable:
        at = swappable[-1]
        places += [Path(*parts[:at], name, *parts[at + 1 :]) for name in PICTURE_FOLDERS]
    return list(dict.fromkeys([*places, folder.parent]))
