"""Which detection found which labelled face: greedy, best score first."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from maskwatch import boxes as box_math
from maskwatch.boxes import Floats, Ints
from maskwatch.evaluation.collecting import Found, Judged, Run
from maskwatch.evaluation.rules import HOUSE, Rule

FALSE = -1
IGNORED = -2


@dataclass(frozen=True)
class Matches:
    """All detections and all labelled faces of a run as flat arrays, D detections and T faces.

    Attributes:
        pictures: (D,) index of the picture in the run.
        rows: (D,) index of the detection in its picture.
        scores, classes, sides: (D,); sides in pixels of the original picture.
        faces: (D,) index of the face found, or `FALSE`, or `IGNORED`.
        face_pictures, face_rows, face_classes, face_sides: (T,), the same of the faces.
        counted: (T,) bool: faces that a detector is asked to find; difficult ones are not.
    """

    pictures: Ints
    rows: Ints
    scores: Floats
    classes: Ints
    sides: Floats
    faces: Ints
    face_pictures: Ints
    face_rows: Ints
    face_classes: Ints
    face_sides: Floats
    counted: np.ndarray

    def of_class(self, number: int) -> Self:
        """The detections of one class, and its faces alone counted."""
        chosen = self.classes == number
        return self.among(chosen, self.counted & (self.face_classes == number))

    def at(self, score: float) -> Self:
        """The detections from `score` on. Greedy matching makes them the ones that a higher threshold gives."""
        return self.among(self.scores >= score, self.counted)

    def among(self, detections: np.ndarray, counted: np.ndarray) -> Self:
        """Only some detections, `detections` (D,) bool, and other faces counted, `counted` (T,) bool."""
        names = ("pictures", "rows", "scores", "classes", "sides", "faces")
        return replace(self, counted=counted, **{name: getattr(self, name)[detections] for name in names})


def match(run: Run, rule: Rule = HOUSE, *, by_class: bool = True) -> Matches:
    """Match every picture of a run.

    Args:
        run: what was there and what was found.
        rule: which detections are looked at and what a hit is.
        by_class: a detection can only find a face of its own class; False asks only where the faces are.
    """
    truths = [judged.truth for judged in run.pictures]
    parts = [_match_picture(judged, rule, by_class) for judged in run.pictures]
    sizes = [len(truth.boxes) for truth in truths]
    starts = np.cumsum(sizes) - sizes
    faces = [
        np.where(part.faces >= 0, part.faces + start, part.faces) for part, start in zip(parts, starts, strict=True)
    ]
    return Matches(
        pictures=np.repeat(np.arange(len(parts)), [len(part.rows) for part in parts]),
        rows=_joined([part.rows for part in parts], np.int64),
        scores=_joined([part.found.scores for part in parts], np.float32),
        classes=_joined([part.found.classes for part in parts], np.int64),
        sides=_joined([box_math.side(part.found.boxes) for part in parts], np.float32),
        faces=_joined(faces, np.int64),
        face_pictures=np.repeat(np.arange(len(truths)), sizes),
        face_rows=_joined([np.arange(size) for size in sizes], np.int64),
        face_classes=_joined([truth.classes for truth in truths], np.int64),
        face_sides=_joined([box_math.side(truth.boxes) for truth in truths], np.float32),
        counted=~_joined([truth.difficult for truth in truths], np.bool_),
    )


@dataclass(frozen=True)
class _Part:
    """One picture's detections that are looked at, best score first, and the face that each found."""

    rows: Ints
    found: Found
    faces: Ints


def _match_picture(judged: Judged, rule: Rule, by_class: bool) -> _Part:
    scores = judged.found.scores
    rows = np.argsort(-scores, kind="stable")[: rule.per_picture]
    rows = rows[scores[rows] >= rule.minimum_score]
    found = judged.found.rows(rows)
    overlap = box_math.iou(found.boxes, judged.truth.boxes)
    if by_class:
        overlap[found.classes[:, None] != judged.truth.classes[None]] = 0
    return _Part(rows, found, assign(overlap, judged.truth.difficult, rule))


def assign(overlap: Floats, difficult: np.ndarray, rule: Rule = HOUSE) -> Ints:
    """Give each detection, in the order of the rows, the best face that is still free.

    A difficult face is never used up: however many detections overlap it best, none of them counts.

    Args:
        overlap: (M, N) IoU of detections, best score first, with faces; 0 where the class forbids a match.
        difficult: (N,) bool.
        rule: for its `iou` and `free_only`.

    Returns:
        (M,) index of the face, or `FALSE`, or `IGNORED`.
    """
    faces = np.full(len(overlap), FALSE, np.int64)
    order = np.argsort(difficult, kind="stable")  # of equal overlaps the face that counts comes first
    usable = np.where(overlap >= rule.iou, overlap, 0)[:, order]
    taken = np.zeros(len(order), bool)
    for row in np.flatnonzero(usable.any(axis=1)):
        best = int(np.argmax(np.where(taken, 0, usable[row]) if rule.free_only else usable[row]))
        if taken[best] or not usable[row, best]:
            continue
        faces[row] = IGNORED if difficult[order[best]] else order[best]
        taken[best] = not difficult[order[best]]
    return faces


def _joined(parts: list[np.ndarray], kind: type[np.generic]) -> np.ndarray:
    """Arrays one after the other; nothing gives shape (0,)."""
    return np.concatenate([np.zeros(0, kind), *parts]).astype(kind)
