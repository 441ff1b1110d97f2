"""Made-up scenes for `watch_check.py`: people who walk, hide and put masks on, seen with a model's measured errors.

What a model says of one face in two frames a moment apart is not independent: a beard misleads in every frame. So
every person has a lasting easiness and a passing one, and the scores of a frame are those at that quantile of the
model's own scores for faces of that state and size. How much lasts is an assumption, `--lasting`.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
from watch_tally import Box, Face, Shot

from maskwatch.detections import Detections, make_detections
from maskwatch.watching.evidence import STATES
from maskwatch.watching.nouns import State

WIDTH, HEIGHT = 640, 360
_PASSING_S = 0.5
_FEWEST_FACES = 20
_BOX_ERROR = 0.03
_HIDDEN_OVERLAP = 0.4
_SPOT_SHOWN = 0.8

Scores = list[float]


class ErrorTables:
    """A model's scores on labelled faces, by state and side, from the least to the most right."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.model: str = record["model"]
        self.default_score: float = record["default_score"]
        self._rows: dict[State, list[tuple[float, list[Scores | None]]]] = {}
        for state, rows in record["faces"].items():
            own = STATES.index(State(state))
            sides = [
                (float(name.split("-")[0]), sorted(faces, key=lambda each: _rightness(each, own)))
                for name, faces in rows.items()
                if len(faces) >= _FEWEST_FACES
            ]
            if sides:
                self._rows[State(state)] = sorted(sides, key=lambda row: row[0])
        self.invented: list[list[Scores]] = record["invented"] or [[]]

    @property
    def states(self) -> list[State]:
        return list(self._rows)

    def draw(self, state: State, side_px: float, quantile: float) -> Scores | None:
        """Class scores of a face at a quantile 0..1 of how right they are; None for a face that is missed."""
        rows = self._rows[state]
        index = max(0, bisect_right([low for low, _ in rows], side_px) - 1)
        faces = rows[index][1]
        return faces[min(len(faces) - 1, int(quantile * len(faces)))]


def _rightness(scores: Scores | None, own: int) -> float:
    if scores is None:
        return -math.inf
    return scores[own] - max(score for each, score in enumerate(scores) if each != own)


@dataclass(frozen=True)
class Walker:
    """Somebody who crosses the picture.

    Attributes:
        states: from which time on they are in which state.
        hidden: when they cannot be seen.
        lasting: how easy they are to judge, in standard deviations.
    """

    number: int
    enters_s: float
    leaves_s: float
    from_x: float
    to_x: float
    y: float
    side_px: float
    states: tuple[tuple[float, State], ...]
    hidden: tuple[tuple[float, float], ...]
    lasting: float

    def box(self, time_s: float) -> Box | None:
        """Where the face is, or None while there is none to be seen."""
        if not self.enters_s <= time_s < self.leaves_s or any(a <= time_s < b for a, b in self.hidden):
            return None
        share = (time_s - self.enters_s) / (self.leaves_s - self.enters_s)
        x = self.from_x + (self.to_x - self.from_x) * share
        half = self.side_px / 2
        return x - half / 1.12, self.y - half * 1.12, x + half / 1.12, self.y + half * 1.12

    def state(self, time_s: float) -> State:
        return [state for since_s, state in self.states if since_s <= time_s][-1]


@dataclass
class _Passing:
    """Easiness that comes and goes, a first-order process in time with deviation 1."""

    value: float
    at_s: float = 0.0

    def at(self, time_s: float, chance: random.Random) -> float:
        kept = math.exp(-(time_s - self.at_s) / _PASSING_S)
        self.value = kept * self.value + math.sqrt(1 - kept * kept) * chance.gauss(0, 1)
        self.at_s = time_s
        return self.value


@dataclass
class Scene:
    """People in one picture, and what a model with these errors sees of them at so many frames a second."""

    walkers: Sequence[Walker]
    tables: ErrorTables
    lasting: float
    seed: int
    least_score: float
    ends_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.ends_s = max(walker.leaves_s for walker in self.walkers) + 4.0

    def shots(self, frames_per_s: float) -> Iterator[Shot]:
        chance = random.Random(self.seed)
        passing = {walker.number: _Passing(chance.gauss(0, 1)) for walker in self.walkers}
        spots = _Spots(self.tables, chance)
        for index in range(int(self.ends_s * frames_per_s)):
            time_s = index / frames_per_s
            truth = tuple(self._truth(time_s))
            rows = [*self._found(truth, time_s, passing, chance), *spots.frame()]
            kept = [row for row in rows if max(row[1]) >= self.least_score]
            yield Shot(time_s, _detections(kept), truth, (WIDTH, HEIGHT))

    def _truth(self, time_s: float) -> Iterator[Face]:
        """Everybody who can be seen."""
        shown: list[Box] = []
        for walker in self.walkers:  # the first stands in front
            box = walker.box(time_s)
            if box is not None and not any(_covered(box, other) > _HIDDEN_OVERLAP for other in shown):
                shown.append(box)
                yield Face(walker.number, box, walker.state(time_s))

    def _found(
        self, truth: Sequence[Face], time_s: float, passing: dict[int, _Passing], chance: random.Random
    ) -> Iterator[tuple[Box, Scores]]:
        for walker in self.walkers:
            easiness = passing[walker.number].at(time_s, chance)
            for face in truth:
                if face.person == walker.number:
                    mixed = math.sqrt(self.lasting) * walker.lasting + math.sqrt(1 - self.lasting) * easiness
                    scores = self.tables.draw(face.state, walker.side_px, NormalDist().cdf(mixed))
                    if scores is not None:
                        error = _BOX_ERROR * walker.side_px
                        x1, y1, x2, y2 = (edge + chance.gauss(0, error) for edge in face.box)
                        yield (x1, y1, x2, y2), scores


class _Spots:
    """Things taken for faces, as in one picture without any: they stay where they are, seen in most frames."""

    def __init__(self, tables: ErrorTables, chance: random.Random) -> None:
        self._chance = chance
        self._spots = [self._placed(side, scores) for side, *scores in chance.choice(tables.invented)]

    def frame(self) -> Iterator[tuple[Box, Scores]]:
        for box, scores in self._spots:
            if self._chance.random() < _SPOT_SHOWN:
                louder = self._chance.uniform(0.8, 1.2)
                yield box, [min(1.0, score * louder) for score in scores]

    def _placed(self, side: float, scores: Scores) -> tuple[Box, Scores]:
        x, y = self._chance.uniform(0, max(1.0, WIDTH - side)), self._chance.uniform(0, max(1.0, HEIGHT - side))
        return (x, y, x + side / 1.12, y + side * 1.12), scores


def _covered(box: Box, by: Box) -> float:
    shared_x = min(box[2], by[2]) - max(box[0], by[0])
    shared_y = min(box[3], by[3]) - max(box[1], by[1])
    return max(shared_x, 0.0) * max(shared_y, 0.0) / ((box[2] - box[0]) * (box[3] - box[1]))


def _detections(rows: Sequence[tuple[Box, Scores]]) -> Detections:
    boxes = np.array([box for box, _ in rows], np.float32).reshape(-1, 4)
    scores = np.array([own for _, own in rows], np.float32).reshape(-1, len(STATES))
    best = scores.max(axis=1) if rows else np.zeros(0, np.float32)
    labels = scores.argmax(axis=1) if rows else np.zeros(0, np.int64)
    return make_detections(boxes, best, labels, scores, STATES)


def make_scene(number: int, tables: ErrorTables, lasting: float, least_score: float, *, quiet: bool = False) -> Scene:
    """A scene of two people, the same for the same number; seven in ten are masked all the way, or all if `quiet`."""
    chance = random.Random(number)
    walkers = [_walker(index + 1, chance, [State.MASK] if quiet else tables.states) for index in range(2)]
    return Scene(walkers, tables, lasting, number, least_score)


def _walker(number: int, chance: random.Random, states: Sequence[State]) -> Walker:
    enters_s = chance.uniform(0.5, 3.0)
    stays_s = chance.uniform(4.0, 12.0)
    side = math.exp(chance.uniform(math.log(16), math.log(120)))
    from_x, to_x = (0.08 * WIDTH, 0.92 * WIDTH) if chance.random() < 0.5 else (0.92 * WIDTH, 0.08 * WIDTH)
    y = HEIGHT * (0.3 if number == 1 else 0.5) + chance.uniform(-20, 20)
    hidden: tuple[tuple[float, float], ...] = ()
    if chance.random() < 0.3:
        begins_s = enters_s + chance.uniform(0.3, 0.7) * stays_s
        hidden = ((begins_s, begins_s + chance.uniform(0.3, 1.8)),)
    return Walker(
        number=number,
        enters_s=enters_s,
        leaves_s=enters_s + stays_s,
        from_x=from_x,
        to_x=to_x,
        y=y,
        side_px=side,
        states=_states(chance, enters_s, stays_s, states),
        hidden=hidden,
        lasting=chance.gauss(0, 1),
    )


def _states(
    chance: random.Random, enters_s: float, stays_s: float, states: Sequence[State]
) -> tuple[tuple[float, State], ...]:
    kind = chance.random()
    changes_s = enters_s + stays_s / 2
    if kind < 0.70 or len(states) == 1:
        return ((enters_s, State.MASK),)
    if kind < 0.82:
        return ((enters_s, State.NO_MASK),)
    if kind < 0.88 and State.INCORRECT in states:
        return ((enters_s, State.INCORRECT),)
    first, second = (State.MASK, State.NO_MASK) if kind < 0.94 else (State.NO_MASK, State.MASK)
    return ((enters_s, first), (changes_s, second))
