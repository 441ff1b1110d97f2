"""Labelled sets whose faces the fake model finds."""

from pathlib import Path

from PIL import Image

from fake_model import rectangle_picture
from labelled_sets import voc_object, voc_text

SIZE = (64, 48)
MASK, BARE, SECOND = (8, 8, 24, 28), (32, 16, 52, 40), (40, 4, 60, 24)


def write_labelled(folder: Path, name: str, **faces: tuple[int, int, int, int]) -> Path:
    """A picture with bright rectangles, labelled with them; returns the picture."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rectangle_picture(*SIZE, **faces)).save(folder / f"{name}.png")
    label(folder, name, **faces)
    return folder / f"{name}.png"


def label(folder: Path, name: str, **faces: tuple[int, int, int, int]) -> None:
    """The annotation of a picture, whatever the picture shows."""
    objects = "".join(voc_object((face, *box)) for face, box in faces.items())
    (folder / f"{name}.xml").write_text(voc_text(f"{name}.png", objects, SIZE), encoding="utf-8")


def write_three(folder: Path) -> Path:
    """Pictures one, two and three with two masks and two bare faces; returns the folder."""
    write_labelled(folder, "one", mask=MASK, no_mask=BARE)
    write_labelled(folder, "two", mask=MASK)
    write_labelled(folder, "three", no_mask=BARE)
    return folder
