"""Average precision by the size of the face in the original picture."""

import math
from dataclasses import dataclass

import numpy as np

from maskwatch.evaluation.average_precision import class_average_precisions, mean_average_precision
from maskwatch.evaluation.matching import FALSE, IGNORED, Matches
from maskwatch.evaluation.truth import ClassTable


@dataclass(frozen=True)
class Bucket:
    """Faces whose side, the square root of the area in pixels, is in `low_px` <= side < `high_px`."""

    name: str
    low_px: float
    high_px: float

    def holds(self, sides: np.ndarray) -> np.ndarray:
        return (sides >= self.low_px) & (sides < self.high_px)


BUCKETS = (
    Bucket("< 16 px", 0, 16),
    Bucket("16-32 px", 16, 32),
    Bucket("32-96 px", 32, 96),
    Bucket("> 96 px", 96, math.inf),
)


@dataclass(frozen=True)
class SizeFigures:
    """One bucket: how many faces it has to find, its AP (None without faces) and the AP of each class."""

    size: str
    faces: int
    ap: float | None
    ap_by_class: dict[str, float]


def by_size(matches: Matches, table: ClassTable) -> tuple[SizeFigures, ...]:
    """The figures of every bucket, in order."""
    return tuple(_figures(within(matches, bucket), table, bucket) for bucket in BUCKETS)


def _figures(matches: Matches, table: ClassTable, bucket: Bucket) -> SizeFigures:
    known = matches.counted & (matches.face_classes < len(table.model))
    aps = class_average_precisions(matches, table)
    return SizeFigures(bucket.name, int(known.sum()), mean_average_precision(aps), aps)


def within(matches: Matches, bucket: Bucket) -> Matches:
    """Only what concerns one bucket.

    Faces outside it are not asked for, and detections that found one of them do not count. A detection that
    found nothing counts as false only if its own size is in the bucket.
    """
    inside = bucket.holds(matches.face_sides)
    concerned = bucket.holds(matches.sides) & (matches.faces == FALSE)
    hit = matches.faces >= 0
    concerned[hit] = inside[matches.faces[hit]]
    return matches.among(concerned & (matches.faces != IGNORED), matches.counted & inside)
