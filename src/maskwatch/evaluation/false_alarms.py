"""Faces found where there are none: pictures known to hold no face."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maskwatch.detections import Detections


@dataclass(frozen=True)
class FalseAlarms:
    """What was found in pictures without faces.

    Attributes:
        score: detections from this score on count.
        pictures: how many there were.
        alarms: how many detections there were.
        by_picture: the pictures with at least one, most first.
    """

    score: float
    pictures: int
    alarms: int
    by_picture: dict[Path, int]

    @property
    def per_picture(self) -> float:
        return self.alarms / self.pictures


def false_alarms(paths: list[Path], detections: Iterable[Detections], score: float) -> FalseAlarms:
    """Count detections from `score` on; `detections` has one entry for each of at least one `paths`."""
    counts = {path: _shown(found, score) for path, found in zip(paths, detections, strict=True)}
    worst = sorted(((count, path) for path, count in counts.items() if count), key=lambda item: (-item[0], item[1]))
    return FalseAlarms(score, len(paths), sum(counts.values()), {path: count for count, path in worst})


def _shown(found: Detections, score: float) -> int:
    return int(np.count_nonzero(np.asarray(found.confidence) >= score)) if len(found) else 0
