"""How good the detections are that a user gets to see: those from one score on."""

from dataclasses import dataclass

import numpy as np

from maskwatch.boxes import Ints
from maskwatch.evaluation.matching import FALSE, Matches
from maskwatch.evaluation.truth import ClassTable

MISSED = "missed"
INVENTED = "invented"


@dataclass(frozen=True)
class Rates:
    """Faces found, false detections and faces missed, and the rates of them (None where nothing is divided)."""

    found: int
    false: int
    missed: int

    @property
    def precision(self) -> float | None:
        return _share(self.found, self.found + self.false)

    @property
    def recall(self) -> float | None:
        return _share(self.found, self.found + self.missed)

    @property
    def f1(self) -> float | None:
        return _share(2 * self.found, 2 * self.found + self.false + self.missed)


@dataclass(frozen=True)
class OperatingPoint:
    """The figures at one score.

    Attributes:
        score: detections from this score on count.
        by_class: of each class of the model that has truth or detections; a face of another class is no hit.
        faces: of faces of whatever class, under class-agnostic matching.
        confusion: (C + 1, C + 1) counts: rows are what was there, all names of the class table, then
            `INVENTED` (no face was there); columns are what was said, the same names, then `MISSED`.
            Class-agnostic matching: a face given the wrong class is found, but in the wrong column.
        false_alarms_per_picture: invented faces by the number of pictures.
    """

    score: float
    by_class: dict[str, Rates]
    faces: Rates
    confusion: Ints
    false_alarms_per_picture: float


def operating_point(
    by_class: Matches, any_class: Matches, table: ClassTable, pictures: int, score: float
) -> OperatingPoint:
    """The figures at `score`.

    Args:
        by_class: matches of the run under its classes.
        any_class: matches of the same run with `by_class=False`.
        table: its classes.
        pictures: how many pictures the run has, at least 1.
        score: 0..1.
    """
    shown = {name: rates(by_class.of_class(number), score) for number, name in enumerate(table.model)}
    faces = rates(any_class, score)
    return OperatingPoint(
        score=score,
        by_class={name: each for name, each in shown.items() if each.found + each.false + each.missed},
        faces=faces,
        confusion=confusion(any_class.at(score), len(table.names)),
        false_alarms_per_picture=faces.false / pictures,
    )


def rates(matches: Matches, score: float) -> Rates:
    """Found, false and missed among the matches from `score` on."""
    shown = matches.at(score)
    found = int((shown.faces >= 0).sum())
    return Rates(found, int((shown.faces == FALSE).sum()), int(shown.counted.sum()) - found)


def confusion(matches: Matches, classes: int) -> Ints:
    """The matrix of `OperatingPoint.confusion` from class-agnostic matches."""
    matrix = np.zeros((classes + 1, classes + 1), np.int64)
    hit = matches.faces >= 0
    was, said = matches.face_classes[matches.faces[hit]], matches.classes[hit]
    np.add.at(matrix, (was, said), 1)
    np.add.at(matrix, (classes, matches.classes[matches.faces == FALSE]), 1)
    unseen = matches.counted.copy()
    unseen[matches.faces[hit]] = False
    np.add.at(matrix, (matches.face_classes[unseen], classes), 1)
    return matrix


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
