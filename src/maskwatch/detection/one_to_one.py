"""Are two lists of detections the same, but for what rounding alone decides?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwatch import boxes as box_math
from maskwatch.boxes import Floats

BOX_TOLERANCE_PX = 0.05
SCORE_TOLERANCE = 1e-4
TIE_IOU = 1e-3


@dataclass(frozen=True)
class Found:
    """Detections of one picture: boxes (N, 4) xyxy, scores (N,), labels (N,), class scores (N, K)."""

    boxes: Floats
    scores: Floats
    labels: NDArray[np.int64]
    class_scores: Floats

    @property
    def numbers(self) -> Floats:
        """The score, the label's own class score, and all class scores: (N, 2 + K). Labels are compared by their
        scores, because two classes may tie."""
        of_label = np.take_along_axis(self.class_scores, self.labels[:, None], axis=1)
        return np.concatenate([self.scores[:, None], of_label, self.class_scores], axis=1)


@dataclass(frozen=True)
class Suppression:
    """What detections were chosen from: all boxes (A, 4) and best scores (A,), and the two thresholds."""

    boxes: Floats
    scores: Floats
    score_threshold: float
    iou_threshold: float


@dataclass(frozen=True)
class Pairing:
    """How many detections are in both lists and how many in one alone by a tie; boxes (M, 4) of those in one alone
    for no reason."""

    paired: int
    ties: int
    unexplained: Floats


def pair(one: Found, other: Found, suppression: Suppression) -> Pairing:
    """Pair two lists of detections of one picture, each detection at most once."""
    same = _same(one, other)
    partners: dict[int, int] = {}
    for row in range(len(one.boxes)):
        free = [column for column in np.flatnonzero(same[row]).tolist() if column not in partners.values()]
        partners |= {row: free[0]} if free else {}
    alone = np.setdiff1d(np.arange(len(one.boxes)), list(partners.keys()))
    other_alone = np.setdiff1d(np.arange(len(other.boxes)), list(partners.values()))
    boxes = np.concatenate([one.boxes[alone], other.boxes[other_alone]])
    scores = np.concatenate([one.scores[alone], other.scores[other_alone]])
    explained = _explained(boxes, scores, suppression)
    return Pairing(len(partners), int(explained.sum()), boxes[~explained])


def _same(one: Found, other: Found) -> NDArray[np.bool_]:
    """Which of N and M detections are near in box and scores: (N, M)."""
    near = np.abs(one.boxes[:, None] - other.boxes[None]).max(axis=2, initial=0) <= BOX_TOLERANCE_PX
    alike = np.abs(one.numbers[:, None] - other.numbers[None]).max(axis=2, initial=0) <= SCORE_TOLERANCE
    return np.asarray(near & alike)


def _explained(boxes: Floats, scores: Floats, suppression: Suppression) -> NDArray[np.bool_]:
    """Which unpaired detections a tie explains, its own or that of one that it overlaps and so lives or dies by."""
    ties = np.array([_is_tie(*each, suppression) for each in zip(boxes, scores, strict=True)], bool)
    near = box_math.iou(boxes, boxes) > suppression.iou_threshold - TIE_IOU
    for _ in range(len(boxes)):
        ties = ties | (near & ties).any(axis=1)
    return ties


def _is_tie(box: Floats, score: float, suppression: Suppression) -> bool:
    """Whether rounding alone decides on this detection: at the score threshold, at the overlap threshold, or
    between overlapping candidates of one score."""
    overlap = box_math.iou(box[None], suppression.boxes)[0]
    limit, least = suppression.iou_threshold, suppression.score_threshold
    rivals = (np.abs(suppression.scores - score) <= SCORE_TOLERANCE) & (overlap > limit - TIE_IOU)
    at_limit = (np.abs(overlap - limit) <= TIE_IOU) & (suppression.scores > least - SCORE_TOLERANCE)
    return bool(abs(score - least) <= SCORE_TOLERANCE or rivals.sum() > 1 or at_limit.any())
