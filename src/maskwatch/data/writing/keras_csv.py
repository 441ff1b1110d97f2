"""Writes keras-retinanet's CSV: `annotations.csv` with a row a box in whole pixels, and `classes.csv`."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from maskwatch.data.keras_csv import CLASSES_FILE
from maskwatch.data.writing.placing import Document, Placed
from maskwatch.data.writing.texts import edges_of, require_text, whole_pixels

FILE = PurePosixPath("annotations.csv")


def documents(placed: Sequence[Placed], class_names: Sequence[str]) -> Iterator[Document]:
    """Both files."""
    yield FILE, (_rows(each) for each in placed)
    names = [require_text(name, "the class name") for name in class_names]
    yield PurePosixPath(CLASSES_FILE), [_text([[name, key] for key, name in enumerate(names)])]


def _rows(each: Placed) -> str:
    name = require_text(str(each.picture), "the picture's path")
    rows: list[list[object]] = []
    for (x1, y1, x2, y2), label in zip(edges_of(each.sample.boxes), each.sample.labels, strict=True):
        (left, right), (top, bottom) = whole_pixels(x1, x2), whole_pixels(y1, y2)
        rows.append([name, left, top, right, bottom, label])
    return _text(rows or [[name, "", "", "", "", ""]])


def _text(rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
