"""One row of keras-retinanet's CSV: `path,x1,y1,x2,y2,class_name` or `path,,,,,`."""

from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from maskwatch.data.building import Box, accept, pixel
from maskwatch.data.csv_rows import Row
from maskwatch.data.faults import Fault, Severity
from maskwatch.data.gathering import is_blocked
from maskwatch.data.keras_classes import unknown_class
from maskwatch.data.options import Reading
from maskwatch.data.samples import Origin

EDGE_COLUMNS = ("x1", "y1", "x2", "y2")
ROW = "path,x1,y1,x2,y2,class_name"


@dataclass(frozen=True, slots=True)
class PictureRows:
    """The rows of one picture: its path as written, the line of the first row, and its boxes."""

    name: str
    line: int
    boxes: list[Box]


@dataclass
class _Columns:
    """All boxes of a file, packed, for there may be ten million: 32 bytes each."""

    pictures: "array[int]" = field(default_factory=lambda: array("i"))
    edges: "array[float]" = field(default_factory=lambda: array("f"))
    labels: "array[int]" = field(default_factory=lambda: array("i"))
    lines: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, picture: int, box: Box, label: int, line: int) -> None:
        self.pictures.append(picture)
        self.edges.extend(box.edges)
        self.labels.append(label)
        self.lines.append(line)


@dataclass
class KerasRows:
    """The rows of a whole file, to be sorted by picture.

    Attributes:
        file: where they stand.
        names: the classes that there are.
        reading: how to read.
        spoilt: the paths of the pictures of which a label was lost.
    """

    file: Path
    names: Sequence[str]
    reading: Reading
    spoilt: set[str] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)
    _first_lines: "array[int]" = field(default_factory=lambda: array("q"))
    _labels: dict[str, int] = field(default_factory=dict)
    _columns: _Columns = field(default_factory=_Columns)

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self._first_lines)

    def by_picture(self) -> Iterator[PictureRows]:
        """The pictures in the order in which they were first named, their boxes in the order of the rows; once."""
        owners = np.array(self._columns.pictures, np.int32)
        order = np.argsort(owners, kind="stable")
        bounds = np.searchsorted(owners[order], np.arange(len(self) + 1)).tolist()
        labels = list(self._labels)
        # Each name is let go as its sample is made: what is packed and what is a sample never fill the memory both.
        names = deque(self._numbers)
        self._numbers.clear()
        for number in range(len(self)):
            name = names.popleft()
            rows = order[bounds[number] : bounds[number + 1]].tolist()
            yield PictureRows(name, self._first_lines[number], [self._box(row, labels) for row in rows])

    def _box(self, row: int, labels: Sequence[str]) -> Box:
        columns = self._columns
        x1, y1, x2, y2 = columns.edges[4 * row : 4 * row + 4]
        return Box((x1, y1, x2, y2), labels[columns.labels[row]], False, Origin(self.file, columns.lines[row]))

    def add(self, row: Row) -> list[Fault]:
        """Sort one row to its picture; returns what is wrong with it."""
        origin, name = Origin(self.file, row.line), row.fields[0]
        if len(row.fields) < 6 or not name:
            message = f"a row of {len(row.fields)} columns." if name else "a row without a picture."
            faults = [_bad(origin, message, ",".join(row.fields))]
        else:
            faults = self._add_box(row, origin, self._number(name, row.line))
        if is_blocked(faults):
            self.spoilt.add(name)
        return faults

    def _number(self, name: str, line: int) -> int:
        number = self._numbers.setdefault(name, len(self._numbers))
        if number == len(self._first_lines):
            self._first_lines.append(line)
        return number

    def _add_box(self, row: Row, origin: Origin, picture: int) -> list[Fault]:
        texts, label = row.fields[1:5], row.fields[5]
        if not any((*texts, label)):
            return []
        edges = [pixel(text) for text in texts]
        x1, y1, x2, y2 = edges
        if x1 is None or y1 is None or x2 is None or y2 is None:
            at = edges.index(None)
            return [_bad(origin, f"{EDGE_COLUMNS[at]} is {texts[at]!r}, which is no pixel position.", texts[at])]
        box = accept(Box((x1, y1, x2, y2), label, False, origin), self.reading)
        wrong = box if isinstance(box, Fault) else unknown_class(box, self.names)
        if isinstance(box, Box) and not wrong:
            self._columns.add(picture, box, self._labels.setdefault(label, len(self._labels)), row.line)
        return [fault for fault in (_fraction(texts, origin), wrong) if fault]


def _bad(origin: Origin, message: str, value: str) -> Fault:
    advice = f"Write {ROW} or path,,,,, with whole pixels."
    return Fault("bad-value", message, origin.file, origin.line, value, advice, Severity.BLOCKING)


def _fraction(texts: Sequence[str], origin: Origin) -> Fault | None:
    """A number that keras-retinanet refuses because `int()` does, `210.0` say, though its meaning is plain."""
    broken = [text for text in texts if not text.strip().lstrip("+-").isdigit()]
    if not broken:
        return None
    advice = "It is read as written; keras-retinanet takes whole pixels only."
    message = f"{broken[0]!r} is not a whole number."
    return Fault("not-whole", message, origin.file, origin.line, broken[0], advice)
