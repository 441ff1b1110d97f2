"""Average precision as this project defines it: the whole area under the precision-recall curve.

Matching and thresholds are in `matching` and `rules`; what stands here is the curve of one class and its area
("all-point" interpolation, PASCAL VOC 2010). NumPy alone.
"""

from dataclasses import dataclass

import numpy as np

from maskwatch.boxes import Floats
from maskwatch.evaluation.matching import FALSE, IGNORED, Matches
from maskwatch.evaluation.truth import ClassTable


@dataclass(frozen=True)
class Curve:
    """Precision and recall from every score on, one point for each distinct score, highest first: (P,) each.

    Equal scores make one point, so the order of the pictures can change nothing.
    """

    scores: Floats
    precision: np.ndarray
    recall: np.ndarray

    def area(self) -> float:
        """Area under the curve once precision is made to fall with recall; 0 for a curve without points."""
        falling = np.maximum.accumulate(self.precision[::-1])[::-1]
        return float(np.sum(np.diff(self.recall, prepend=0.0) * falling))


def curve(scores: Floats, hits: np.ndarray, faces: int) -> Curve:
    """The curve of one class.

    Args:
        scores: (D,) of the detections that count, in any order.
        hits: (D,) bool, whether each found a face of its own.
        faces: how many faces there were to find, at least 1.
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last_of_score = np.flatnonzero(np.diff(ranked, append=-np.inf) < 0)
    found = np.cumsum(hits[order])[last_of_score]
    return Curve(ranked[last_of_score], found / (last_of_score + 1), found / faces)


def class_curve(matches: Matches, number: int) -> Curve | None:
    """The curve of class `number`; None for a class that has no face to find."""
    own = matches.of_class(number)
    if not own.counted.any():
        return None
    judged = own.faces != IGNORED
    return curve(own.scores[judged], own.faces[judged] != FALSE, int(own.counted.sum()))


def class_average_precisions(matches: Matches, table: ClassTable) -> dict[str, float]:
    """AP, 0..1, of each class of the model that has a face to find."""
    curves = {name: class_curve(matches, number) for number, name in enumerate(table.model)}
    return {name: each.area() for name, each in curves.items() if each is not None}


def mean_average_precision(by_class: dict[str, float]) -> float | None:
    """The mean over the classes that have truth; None where there is none."""
    return float(np.mean(list(by_class.values()))) if by_class else None
