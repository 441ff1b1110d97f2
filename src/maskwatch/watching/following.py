"""Who is who from frame to frame: rows of the tracker to people, and people who were lost to their passages."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwatch.boxes import Floats
from maskwatch.detections import Detections
from maskwatch.watching.nouns import Moment
from maskwatch.watching.passages import joined, place_of
from maskwatch.watching.person import Person
from maskwatch.watching.tracking import FaceTracker
from maskwatch.watching.verdict import LONGEST_LOOK_S


@dataclass(frozen=True)
class Sight:
    """Somebody seen in a frame: class scores (K,) in the model's order, and the seconds this adds to what was seen."""

    person: Person
    class_scores: NDArray[np.float32]
    seen_s: float


@dataclass(frozen=True)
class _Row:
    """One row of the tracker's answer, whose order means nothing."""

    tracker_id: int
    box: Floats
    class_scores: NDArray[np.float32]


class Following:
    """Everybody in the picture, and whose track is whose.

    Args:
        tracker: numbers faces from frame to frame.
        frame_s: time from one frame to the next, about.
    """

    def __init__(self, tracker: FaceTracker, frame_s: float) -> None:
        self._tracker = tracker
        self._frame_s = frame_s
        # At a slow rate every frame stands for the time to the next; at a fast one, for a few missed ones too.
        self._longest_s = max(1.5 * frame_s, LONGEST_LOOK_S)
        self._people: dict[int, Person] = {}
        self._owner: dict[int, int] = {}
        self._begun = 0
        self._last_s: float | None = None

    @property
    def people(self) -> Sequence[Person]:
        """Everybody who is not gone, in the order in which they came."""
        return [self._people[number] for number in sorted(self._people)]

    def step(self, faces: Detections, moment: Moment) -> list[Sight]:
        """Everybody seen in a frame, moved to where they are, in the order of their numbers."""
        rows = _rows(self._tracker.update(faces, moment.clock_s))
        known = {row.tracker_id: self._owner[row.tracker_id] for row in rows if row.tracker_id in self._owner}
        self._take_in([row for row in rows if row.tracker_id not in known], set(known.values()), moment)
        self._last_s = moment.clock_s
        sights = []
        for row in rows:
            person = self._people[self._owner[row.tracker_id]]
            sights.append(Sight(person, row.class_scores, person.move(row.box, moment, self._longest_s)))
        return sorted(sights, key=lambda sight: sight.person.number)

    def leave(self, unseen_since_s: float) -> list[Person]:
        """Take out those who were not seen since a time."""
        gone = [person for person in self.people if person.last.clock_s < unseen_since_s]
        for person in gone:
            del self._people[person.number]
        self._owner = {row: number for row, number in self._owner.items() if number in self._people}
        return gone

    def leave_all(self) -> list[Person]:
        """Take out everybody."""
        gone = list(self.people)
        self._people.clear()
        self._owner.clear()
        return gone

    def _take_in(self, rows: Sequence[_Row], seen: set[int], moment: Moment) -> None:
        """Give tracks that have just begun to somebody who was lost near by, or to somebody new."""
        unseen = {number: person.place for number, person in self._people.items() if number not in seen}
        places = [place_of(row.box, moment.clock_s) for row in rows]
        for row, number in zip(rows, joined(unseen, places), strict=True):
            if number is None:
                number = self._begin(row, moment)
            # The track by which the passage went before would be somebody else's if it came back.
            self._owner = {each: owner for each, owner in self._owner.items() if owner != number}
            self._owner[row.tracker_id] = number

    def _begin(self, row: _Row, moment: Moment) -> int:
        """A track is told of at its second sight, so the time since the frame before was seen as well."""
        self._begun += 1
        before_s = moment.clock_s - self._frame_s if self._last_s is None else self._last_s
        started_s = max(before_s, moment.clock_s - self._longest_s)
        began = moment.earlier(moment.clock_s - started_s)
        self._people[self._begun] = Person(self._begun, began, began, row.box, started_s)
        return self._begun


def _rows(followed: Detections) -> list[_Row]:
    if followed.tracker_id is None or not len(followed):
        return []
    boxes = followed.xyxy.astype(np.float32)
    columns = zip(followed.tracker_id, boxes, np.asarray(followed.data["class_scores"]), strict=True)
    return [_Row(int(number), box, scores) for number, box, scores in columns]
