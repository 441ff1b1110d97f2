"""Folders of pictures that need no labels."""

from pathlib import Path

from maskwatch.errors import UserError
from maskwatch.pictures.opening import PICTURE_SUFFIXES


def pictures_below(folder: Path, option: str = "") -> list[Path]:
    """All pictures below a folder, in order; raises UserError, naming the option, where there is none."""
    pictures = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
    if not pictures:
        raise UserError(f"{option} {folder}: there is no picture in it.".lstrip())
    return pictures
