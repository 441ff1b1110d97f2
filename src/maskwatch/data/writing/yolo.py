"""Writes labelImg's YOLO text, one file a picture, and a `classes.txt` into each folder that holds any.

Boxes are cut at the picture's edge, because shares beyond 0..1 are refused or cut by whoever reads them.
"""

from collections.abc import Iterator, Sequence

from maskwatch import boxes as box_math
from maskwatch.data.samples import Sample
from maskwatch.data.writing.placing import Document, Placed, apart
from maskwatch.data.writing.texts import edges_of, require_text
from maskwatch.data.yolo_classes import CLASSES_FILE
from maskwatch.errors import UserError

SUFFIX = ".txt"


def documents(placed: Sequence[Placed], class_names: Sequence[str]) -> Iterator[Document]:
    """A text file beside each picture, and the class lists: labelImg looks for one beside each text file."""
    apart(placed, SUFFIX)
    for each in placed:
        if each.beside(SUFFIX).name == CLASSES_FILE:
            raise UserError(f"{each.sample.picture}: its labels would be {CLASSES_FILE}, the class list; rename it.")
        yield each.beside(SUFFIX), [yolo_text(each.sample, class_names)]
    listing = [f"{require_text(name, 'the class name')}\n" for name in class_names]
    for folder in dict.fromkeys(each.picture.parent for each in placed):
        yield folder / CLASSES_FILE, listing


def yolo_text(sample: Sample, class_names: Sequence[str]) -> str:
    """The lines of one sample, with ids by the order of `class_names`."""
    width, height = sample.width, sample.height
    lines = []
    cut = box_math.clip(sample.boxes, width, height)
    for (x1, y1, x2, y2), label in zip(edges_of(cut), sample.labels, strict=True):
        shares = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height)
        lines.append(f"{class_names.index(label)} {' '.join(f'{share:.6f}' for share in shares)}\n")
    return "".join(lines)
