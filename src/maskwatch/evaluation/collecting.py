"""One pass over the pictures: what was there and what was found, kept so that every figure comes from it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np

from maskwatch.boxes import Floats, Ints
from maskwatch.data.samples import Sample
from maskwatch.detections import Detect, Detections
from maskwatch.evaluation.truth import ClassTable, Truth, class_table, truth_of
from maskwatch.pictures.opening import open_picture


@dataclass(frozen=True)
class Found:
    """The detections of one picture.

    Attributes:
        boxes: (M, 4) float32 xyxy in pixels of the original picture.
        scores: (M,) float32.
        classes: (M,) numbers in the class table.
        class_scores: (M, K) float32 in the model's class order; (M, 0) where the detector gives none.
    """

    boxes: Floats
    scores: Floats
    classes: Ints
    class_scores: Floats

    def rows(self, rows: Ints) -> Self:
        """Some of the detections, in the order of `rows`."""
        return type(self)(self.boxes[rows], self.scores[rows], self.classes[rows], self.class_scores[rows])


@dataclass(frozen=True)
class Judged:
    """One picture with its truth and what was found in it."""

    sample: Sample
    truth: Truth
    found: Found


@dataclass(frozen=True)
class Run:
    """All pictures of a measurement, in the order of the data."""

    table: ClassTable
    pictures: tuple[Judged, ...]


def detect_files(paths: Iterable[Path], detect: Detect, batch_size: int = 8) -> Iterator[Detections]:
    """The detections of every picture file, in order; opens `batch_size` at a time.

    Raises:
        PictureError: for a file that cannot be opened: a figure over the other pictures would be another one.
    """
    remaining = iter(paths)
    while batch := list(islice(remaining, batch_size)):
        yield from detect([open_picture(path) for path in batch])


def collect(samples: Sequence[Sample], detections: Iterable[Detections], class_names: Sequence[str]) -> Run:
    """Put labelled pictures and their detections together.

    Args:
        samples: the labelled pictures.
        detections: one for each sample, in their order.
        class_names: the K classes to judge, in the detector's order; detections of others are dropped.

    Raises:
        UserError: as `class_table` does, before the first detection is asked for.
    """
    table = class_table(samples, class_names)
    pictures = (
        Judged(sample, truth_of(sample, table), found_of(found, table))
        for sample, found in zip(samples, detections, strict=True)
    )
    return Run(table, tuple(pictures))


def found_of(detections: Detections, table: ClassTable) -> Found:
    """Arrays of one picture's detections, which name their classes in `data["class_name"]`."""
    count = len(detections)
    names = [str(name) for name in detections.data["class_name"]] if count else []
    kept = np.array([row for row, name in enumerate(names) if name in table.model], np.int64)
    scores = detections.confidence if detections.confidence is not None else np.ones(count)
    return Found(
        np.asarray(detections.xyxy, np.float32).reshape(count, 4)[kept],
        np.asarray(scores, np.float32)[kept],
        table.numbers([names[row] for row in kept]),
        np.asarray(detections.data.get("class_scores", np.zeros((count, 0))), np.float32)[kept],
    )
