"""Does a score mean what it says? Of the detections that say .8, eight in ten should be right."""

from dataclasses import dataclass

import numpy as np

from maskwatch.boxes import Floats
from maskwatch.evaluation.matching import IGNORED, Matches
from maskwatch.evaluation.truth import ClassTable

BIN_COUNT = 15
LOWEST_SCORE = 0.05


@dataclass(frozen=True)
class Bin:
    """Detections of neighbouring scores: how many, their mean score, and the share of them that is right."""

    detections: int
    score: float
    right: float


@dataclass(frozen=True)
class CalibrationFigures:
    """How far scores are from probabilities.

    Attributes:
        error: expected calibration error, 0..1, over all classes; None without detections.
        error_by_class: the same of the detections of each class that has any.
        detections: how many scored at least `LOWEST_SCORE`; what lies below is not looked at.
        bins: at most `BIN_COUNT`, of equal counts, lowest scores first.
    """

    error: float | None
    error_by_class: dict[str, float]
    detections: int
    bins: tuple[Bin, ...]


def calibration_figures(matches: Matches, table: ClassTable) -> CalibrationFigures:
    """Judge scores against hits; a detection is right if it found a face of its own class."""
    judged = (matches.faces != IGNORED) & (matches.scores >= LOWEST_SCORE)
    scores, right, classes = matches.scores[judged], matches.faces[judged] >= 0, matches.classes[judged]
    bins = equal_count_bins(scores, right)
    own = {
        name: calibration_error(equal_count_bins(scores[classes == k], right[classes == k]))
        for k, name in enumerate(table.model)
    }
    by_class = {name: error for name, error in own.items() if error is not None}
    return CalibrationFigures(calibration_error(bins), by_class, len(scores), bins)


def equal_count_bins(scores: Floats, right: np.ndarray, count: int = BIN_COUNT) -> tuple[Bin, ...]:
    """Cut scores (D,), with whether each was right (D,) bool, into `count` bins whose sizes differ by at most one.

    Fewer detections than bins give one bin each, none give none.
    """
    order = np.lexsort((right, scores))  # of equal scores the order must not be that of the pictures
    parts = [part for part in np.array_split(order, count) if part.size]
    return tuple(Bin(part.size, float(scores[part].mean()), float(right[part].mean())) for part in parts)


def calibration_error(bins: tuple[Bin, ...]) -> float | None:
    """Mean distance of score and share that is right, bins weighted by their counts (Naeini et al. 2015)."""
    counts = [each.detections for each in bins]
    return float(np.average([abs(each.score - each.right) for each in bins], weights=counts)) if bins else None
