"""What `watch_check.py` counts: the judgement of a scene, held against who was in which state when.

An event is right if the face it is about was in that state, or just had been. An episode of a state is to be told
of if a face of at least the least size was in view for two seconds of it. A frame is clear if the model gave the
state that was so at least half; the time to declare runs from the first clear frame. Of episodes with a second of
clear frames recall is given as well: what is missed of those, the judgement has missed and not the model.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr

from maskwatch.config import Camera, FaceRule, Site
from maskwatch.detections import Detections
from maskwatch.watching.judge import Judgement
from maskwatch.watching.nouns import EventKind, Moment, State, Track

_START = datetime(2024, 1, 1, tzinfo=UTC)
_EPISODE_S = 2.0
_LATE_S = 1.5
_CLEAR = 0.5
_CLEAR_S = 1.0
# A box belongs to the face whose box, widened by this share of its side, holds its middle.
_WIDENED = 0.25
TOLD = {State.NO_MASK: EventKind.NO_MASK, State.INCORRECT: EventKind.INCORRECT}

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Face:
    """The truth about one face: whose (from 1), where (xyxy in pixels), in which state."""

    person: int
    box: Box
    state: State

    @property
    def side_px(self) -> float:
        x1, y1, x2, y2 = self.box
        return math.sqrt((x2 - x1) * (y2 - y1))


@dataclass(frozen=True, eq=False)
class Shot:
    """One frame: what the detector says, what is so, its width and height, and its pixels where there are any."""

    time_s: float
    faces: Detections
    truth: tuple[Face, ...]
    size: tuple[int, int]
    pixels: NDArray[np.uint8] | None = None


@dataclass
class Tally:
    """What is counted over scenes; `to_declare_s` only of episodes that were told of."""

    right: int = 0
    wrong: int = 0
    told: int = 0
    missed: int = 0
    told_clear: int = 0
    clear: int = 0
    people: int = 0
    joined: int = 0
    split: int = 0
    switched: int = 0
    nobody: int = 0
    wrong_of_nobody: int = 0
    quiet_s: float = 0.0
    quiet_wrong: int = 0
    to_declare_s: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float | int | None]:
        times = sorted(self.to_declare_s)
        return {
            "episodes": self.told + self.missed,
            "events": self.right + self.wrong,
            "precision": _share(self.right, self.right + self.wrong),
            "recall": _share(self.told, self.told + self.missed),
            "recall_of_clear_ones": _share(self.told_clear, self.clear),
            "median_s": float(np.median(times)) if times else None,
            "p95_s": float(np.percentile(times, 95)) if times else None,
            "events_of_nobody": self.wrong_of_nobody,
            "people": self.people,
            "joined": self.joined,
            "split": self.split,
            "switched": self.switched,
            "passages_of_nobody": self.nobody,
            "quiet_hours": self.quiet_s / 3600,
            "wrong_events_an_hour": self.quiet_wrong / (self.quiet_s / 3600) if self.quiet_s else None,
        }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True)
class _Told:
    """An event as it was announced."""

    time_s: float
    state: State
    person: int


@dataclass(frozen=True)
class _Episode:
    """Somebody in one state for long enough to be told of; `clear` are the times of its clear frames."""

    person: int
    state: State
    from_s: float
    to_s: float
    clear: Sequence[float]


def site_of(min_face_px: float, frames_per_s: float) -> Site:
    """No zones, no cool-down: every event counts."""
    rules = tuple(FaceRule(name=kind, kind=kind, cooldown_s=0) for kind in TOLD)
    camera = Camera(name="made up", address=SecretStr("none"))
    return Site(cameras=(camera,), rules=rules, min_face_px=min_face_px, frames_per_s=frames_per_s)


class Inspection:
    """One scene, judged frame by frame; `count` says what came of it."""

    def __init__(self, site: Site, class_names: Sequence[str], default_score: float) -> None:
        self._site, self._names = site, class_names
        self._judgement = Judgement(site.cameras[0], site, class_names, default_score)
        self._shots: list[Shot] = []
        self._owners: dict[int, list[int]] = defaultdict(list)
        self._told: list[_Told] = []
        self._passages: set[int] = set()

    @property
    def least_score(self) -> float:
        return self._judgement.least_score

    def see(self, shot: Shot) -> None:
        """Judge a frame."""
        moment = Moment(_START + timedelta(seconds=shot.time_s), shot.time_s)
        result = self._judgement.step(shot.faces, moment, shot.pixels, size=shot.size)
        for track in result.tracks:
            if track.seen:
                self._owners[track.number].append(owner_of(_middle(track), shot.truth))
        self._passages |= {passage.track for passage in result.passages}
        for event in result.began:
            assert event.track is not None  # all rules are about faces
            self._told.append(_Told(shot.time_s, State(event.kind), self._owners[event.track][-1]))
        self._shots.append(Shot(shot.time_s, shot.faces, shot.truth, shot.size))  # pixels of an hour would be too many

    def count(self, tally: Tally) -> None:
        """End the scene and add it to what was counted."""
        self._passages |= {passage.track for passage in self._judgement.finish().passages}
        frame_s = 1 / self._site.frames_per_s
        episodes = list(_episodes(self._shots, self._site.min_face_px, frame_s, self._names))
        wrong = [told for told in self._told if not _is_right(told, self._shots)]
        tally.wrong += len(wrong)
        tally.right += len(self._told) - len(wrong)
        tally.wrong_of_nobody += sum(told.person == 0 for told in wrong)
        if not any(face.state in TOLD for shot in self._shots for face in shot.truth):
            tally.quiet_s += len(self._shots) * frame_s
            tally.quiet_wrong += len(wrong)
        for episode in episodes:
            _count_episode(episode, self._told, frame_s, tally)
        people = {face.person for shot in self._shots for face in shot.truth}
        _count_tracks(len(people), [self._owners[number] for number in self._passages], tally)


def judge(shots: Iterable[Shot], inspections: Sequence[tuple[int, Inspection]], tallies: Sequence[Tally]) -> None:
    """Show a scene to several inspections, of which each sees one frame of so many, and count what came of each."""
    for index, shot in enumerate(shots):
        for every, inspection in inspections:
            if index % every == 0:
                inspection.see(shot)
    for (_, inspection), tally in zip(inspections, tallies, strict=True):
        inspection.count(tally)


def owner_of(point: tuple[float, float], truth: Iterable[Face]) -> int:
    """Whose face a point lies on or near, the nearest of several; 0 for nobody's."""
    near = [(math.dist(point, _centre(face.box)), face.person) for face in truth if _is_near(point, face)]
    return min(near)[1] if near else 0


def _is_near(point: tuple[float, float], face: Face) -> bool:
    x1, y1, x2, y2 = face.box
    more = _WIDENED * face.side_px
    return x1 - more <= point[0] <= x2 + more and y1 - more <= point[1] <= y2 + more


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _middle(track: Track) -> tuple[float, float]:
    return _centre(track.box)


def _is_right(told: _Told, shots: Sequence[Shot]) -> bool:
    """Who has just put a mask on was without one when the deciding frames were taken."""
    own = [
        (shot.time_s, face.state)
        for shot in shots
        for face in shot.truth
        if face.person == told.person and shot.time_s <= told.time_s
    ]
    late = [state for time_s, state in own if time_s >= told.time_s - _LATE_S]
    return told.state in (late or [state for _, state in own[-1:]])


def _episodes(shots: Sequence[Shot], min_face_px: float, frame_s: float, names: Sequence[str]) -> Iterator[_Episode]:
    """What is to be told of: everybody's stretches in one state; not being seen for a while does not part them."""
    stretches: dict[int, list[tuple[State, list[tuple[Shot, Face]]]]] = defaultdict(list)
    for shot in shots:
        for face in shot.truth:
            own = stretches[face.person]
            if not own or own[-1][0] is not face.state:
                own.append((face.state, []))
            own[-1][1].append((shot, face))
    for person, own in stretches.items():
        for state, seen in own:
            side_px = float(np.median([face.side_px for _, face in seen]))
            if state in TOLD and side_px >= min_face_px and len(seen) * frame_s >= _EPISODE_S:
                clear = [shot.time_s for shot, face in seen if _is_clear(shot, face, names)]
                yield _Episode(person, state, seen[0][0].time_s, seen[-1][0].time_s + frame_s, clear)


def _is_clear(shot: Shot, face: Face, names: Sequence[str]) -> bool:
    scores = np.asarray(shot.faces.data["class_scores"]) if len(shot.faces) else np.zeros((0, 1))
    column = list(names).index(face.state)
    return any(
        owner_of(_centre((float(x1), float(y1), float(x2), float(y2))), shot.truth) == face.person
        and own[column] >= _CLEAR
        for (x1, y1, x2, y2), own in zip(shot.faces.xyxy, scores, strict=True)
    )


def _count_episode(episode: _Episode, events: Sequence[_Told], frame_s: float, tally: Tally) -> None:
    told = [
        each.time_s
        for each in events
        if (each.person, each.state) == (episode.person, episode.state)
        and episode.from_s <= each.time_s < episode.to_s + _LATE_S
    ]
    is_clear = len(episode.clear) >= _CLEAR_S / frame_s
    tally.told += bool(told)
    tally.missed += not told
    tally.clear += is_clear
    tally.told_clear += is_clear and bool(told)
    if told and episode.clear:
        tally.to_declare_s.append(max(0.0, min(told) - episode.clear[0]))


def _count_tracks(people: int, owned_by: Sequence[Sequence[int]], tally: Tally) -> None:
    """A track on two people is joined, a person in two tracks is split, each further person of a track a switch."""
    tally.people += people
    of_person: dict[int, int] = defaultdict(int)
    for owned in owned_by:
        own = [owner for owner in owned if owner]
        tally.nobody += not own
        tally.joined += len(set(own)) > 1
        tally.switched += sum(a != b for a, b in zip(own, own[1:], strict=False))
        for owner in set(own):
            of_person[owner] += 1
    tally.split += sum(count > 1 for count in of_person.values())
