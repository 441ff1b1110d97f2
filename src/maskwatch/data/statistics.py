"""What a labelled set holds, in figures: counts, sizes, aspects, crowds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from maskwatch import boxes as box_math
from maskwatch.boxes import Floats
from maskwatch.data.samples import Sample
from maskwatch.pictures.preprocessing import Preprocessing

_QUANTILES = (0, 0.05, 0.5, 0.95, 1)


@dataclass(frozen=True)
class Spread:
    """Where some numbers lie: the smallest, those that 5 %, half and 95 % do not pass, and the largest."""

    smallest: float
    low: float
    median: float
    high: float
    largest: float

    @classmethod
    def of(cls, values: NDArray[Any]) -> Self | None:
        """The spread of (N,) numbers; None for none."""
        return cls(*np.quantile(values, _QUANTILES).tolist()) if len(values) else None


@dataclass(frozen=True)
class BoxColumns:
    """All boxes of a set as columns, B of them.

    Attributes:
        labels: (B,) class names.
        difficult: (B,) bool.
        pictures: (B,) index of the sample.
        sides_px: (B,) square root of the area in pixels of the picture.
        scaled_px: (B,) the same in pixels of the network's input.
        aspects: (B,) height over width.
        places: (B, 2) the centre as shares of the picture's width and height.
    """

    labels: NDArray[np.str_]
    difficult: NDArray[np.bool_]
    pictures: NDArray[np.int64]
    sides_px: Floats
    scaled_px: Floats
    aspects: Floats
    places: Floats

    @classmethod
    def of(cls, samples: Sequence[Sample], preprocessing: Preprocessing) -> Self:
        counts = [len(sample.labels) for sample in samples]
        boxes = np.concatenate([np.zeros((0, 4), np.float32), *(sample.boxes for sample in samples)])
        sizes = np.array([[sample.width, sample.height] for sample in samples], np.float32).reshape(-1, 2)
        scaled = [preprocessing.scaled_size(sample.width, sample.height) for sample in samples]
        scales = np.array(scaled, np.float32).reshape(-1, 2) / sizes
        edges = boxes[:, 2:] - boxes[:, :2]
        sides = box_math.side(boxes)
        return cls(
            labels=np.array([label for sample in samples for label in sample.labels], np.str_),
            difficult=np.concatenate([np.zeros(0, bool), *(sample.difficult for sample in samples)]),
            pictures=np.repeat(np.arange(len(samples)), counts),
            sides_px=sides,
            scaled_px=sides * np.repeat(np.sqrt(scales.prod(axis=1)), counts),
            aspects=edges[:, 1] / edges[:, 0],
            places=np.asarray(box_math.centres(boxes) / np.repeat(sizes, counts, axis=0), np.float32),
        )


@dataclass(frozen=True)
class ClassFigures:
    """One class: boxes, the pictures that hold any, boxes marked difficult, and their sizes and aspects."""

    name: str
    boxes: int
    pictures: int
    difficult: int
    sides_px: Spread
    scaled_px: Spread
    aspects: Spread


@dataclass(frozen=True)
class SetFigures:
    """A whole set.

    Attributes:
        pictures, without_boxes, verified, boxes, difficult: counts.
        classes: the most frequent first.
        widths_px, heights_px: of the pictures.
        boxes_a_picture: of all pictures.
        databases: pictures by the source that they name; "" for those that name none.
    """

    pictures: int
    without_boxes: int
    verified: int
    boxes: int
    difficult: int
    classes: tuple[ClassFigures, ...]
    widths_px: Spread | None
    heights_px: Spread | None
    boxes_a_picture: Spread | None
    databases: dict[str, int]

    def to_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def figures(samples: Sequence[Sample], columns: BoxColumns) -> SetFigures:
    """The figures of a set from its samples and their boxes as columns."""
    names = [name for name, _ in Counter(columns.labels.tolist()).most_common()]
    databases = Counter(sample.database if sample.database != "Unknown" else "" for sample in samples)
    counts = np.array([len(sample.labels) for sample in samples])
    return SetFigures(
        pictures=len(samples),
        without_boxes=int((counts == 0).sum()),
        verified=sum(sample.verified for sample in samples),
        boxes=len(columns.labels),
        difficult=int(columns.difficult.sum()),
        classes=tuple(_class_figures(name, columns) for name in names),
        widths_px=Spread.of(np.array([sample.width for sample in samples])),
        heights_px=Spread.of(np.array([sample.height for sample in samples])),
        boxes_a_picture=Spread.of(counts),
        databases=dict(databases.most_common()),
    )


def _class_figures(name: str, columns: BoxColumns) -> ClassFigures:
    own = columns.labels == name
    spreads = [Spread.of(values[own]) for values in (columns.sides_px, columns.scaled_px, columns.aspects)]
    sides, scaled, aspects = (spread for spread in spreads if spread)
    return ClassFigures(
        name=name,
        boxes=int(own.sum()),
        pictures=len(np.unique(columns.pictures[own])),
        difficult=int(columns.difficult[own].sum()),
        sides_px=sides,
        scaled_px=scaled,
        aspects=aspects,
    )
