"""The judgement of one camera, from faces in frames to events, passages and crossings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskwatch.config import Site
from maskwatch.detections import Detections, make_detections
from maskwatch.watching.judge import Judgement, StepResult
from maskwatch.watching.nouns import Crossing, Doubt, Event, EventKind, Moment, Passage, State
from parts import require_part

CLASS_NAMES = ("incorrect", "mask", "no_mask")  # not the order of the states
SIZE = (640, 360)
LEFT = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]
RIGHT = [[0.5, 0.0], [1.0, 0.0], [1.0, 1.0], [0.5, 1.0]]
START = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


@pytest.fixture(autouse=True)
def opencv() -> None:
    require_part("libgl")


@dataclass(frozen=True)
class Face:
    """A face in a frame: its middle, its side and what the model says of it."""

    x: float
    state: str = "mask"
    y: float = 150.0
    side: float = 60.0
    score: float = 0.9


def found(*faces: Face) -> Detections:
    boxes = [
        (face.x - face.side / 2.2, face.y - face.side / 1.8, face.x + face.side / 2.2, face.y + face.side / 1.8)
        for face in faces
    ]
    labels = np.array([CLASS_NAMES.index(face.state) for face in faces], np.int64)
    class_scores = np.full((len(faces), 3), 0.03, np.float32)
    class_scores[np.arange(len(faces)), labels] = [face.score for face in faces]
    scores = np.array([face.score for face in faces], np.float32)
    return make_detections(np.array(boxes, np.float32).reshape(-1, 4), scores, labels, class_scores, CLASS_NAMES)


def site(camera: dict[str, Any] | None = None, **settings_: Any) -> Site:
    own = {"name": "door", "address": "0", **(camera or {})}
    rules = [{"name": kind, "kind": kind, "cooldown_s": 0} for kind in ("no_mask", "incorrect")]
    return Site.model_validate({"cameras": [own], "rules": rules, **settings_})


def judgement(of: Site | None = None) -> Judgement:
    of = of or site()
    return Judgement(of.cameras[0], of, CLASS_NAMES, 0.4)


def at(time_s: float) -> Moment:
    return Moment(START + timedelta(seconds=time_s), 500 + time_s)


class Story:
    """Everything that came of some frames."""

    def __init__(self, judge: Judgement, frames: Sequence[tuple[float, Sequence[Face]]], finish: bool = True) -> None:
        self.results = [(time_s, judge.step(found(*faces), at(time_s), size=SIZE)) for time_s, faces in frames]
        if finish:
            self.results.append((frames[-1][0], judge.finish()))

    def _all(self, part: str) -> list[tuple[float, Any]]:
        return [(time_s, each) for time_s, result in self.results for each in getattr(result, part)]

    @property
    def began(self) -> list[tuple[float, Event]]:
        return self._all("began")

    @property
    def ended(self) -> list[tuple[float, Event]]:
        return self._all("ended")

    @property
    def passages(self) -> list[Passage]:
        return [passage for _, passage in self._all("passages")]

    @property
    def crossings(self) -> list[Crossing]:
        return [crossing for _, crossing in self._all("crossings")]

    def states(self, track: int = 1) -> list[State]:
        """The states of a track, one after the other."""
        seen = [each.state for _, result in self.results for each in result.tracks if each.number == track]
        return [state for index, state in enumerate(seen) if index == 0 or state is not seen[index - 1]]


def walk(
    state: str, seconds: float, *, frames_per_s: float = 10, start_s: float = 0.0, speed: float = 20.0, x: float = 100.0
) -> list[tuple[float, list[Face]]]:
    times = [start_s + index / frames_per_s for index in range(round(seconds * frames_per_s))]
    return [(time_s, [Face(x + speed * (time_s - start_s), state)]) for time_s in times]


@pytest.mark.parametrize(("state", "kinds"), [("mask", []), ("no_mask", ["no_mask"]), ("incorrect", ["incorrect"])])
def test_somebody_passing_is_one_passage_and_at_most_one_event(state: str, kinds: list[str]) -> None:
    story = Story(judgement(), walk(state, 6))
    assert [event.kind for _, event in story.began] == kinds
    (passage,) = story.passages
    assert (passage.state, passage.zone, passage.track) == (State(state), None, 1)
    assert passage.began == START  # a track is known at its second sight and dated from its first
    assert passage.observed_s == pytest.approx(5.9)
    assert story.states() == [State.UNSURE, State(state)]


def test_an_event_says_when_it_began_and_ended_and_how_certain_it_was() -> None:
    frames = walk("mask", 4) + walk("no_mask", 4, start_s=4, x=180) + walk("mask", 8, start_s=8, x=260)
    story = Story(judgement(), frames)
    ((told_s, began),), ((_, ended),) = story.began, story.ended
    assert told_s == pytest.approx(4.4, abs=0.11)
    assert (began.kind, began.camera, began.zone, began.track) == (EventKind.NO_MASK, "door", None, 1)
    assert began.began == pytest.approx(at(3.95).utc, abs=timedelta(seconds=0.1))
    assert ended.id == began.id
    assert ended.ended == pytest.approx(at(8.3).utc, abs=timedelta(seconds=0.25))
    assert ended.score == pytest.approx(0.9)
    assert began.details["rule"] == "no_mask"


def test_a_mask_put_on_for_a_moment_parts_two_events_and_a_face_unseen_for_one_does_not() -> None:
    before, after = walk("no_mask", 3), walk("no_mask", 3, start_s=5, x=200)
    masked = Story(judgement(), before + walk("mask", 2, start_s=3, x=160) + after)
    hidden = Story(judgement(), before + after)
    assert [len(story.began) for story in (masked, hidden)] == [2, 1]
    assert [len(story.passages) for story in (masked, hidden)] == [1, 1]


def test_a_track_follows_the_state_of_the_mask() -> None:
    frames = walk("no_mask", 3) + walk("mask", 3, start_s=3, x=160) + walk("incorrect", 3, start_s=6, x=220)
    assert Story(judgement(), frames).states() == [State.UNSURE, State.NO_MASK, State.MASK, State.INCORRECT]


@pytest.mark.parametrize("frames_per_s", [2, 5, 10, 25])
def test_one_wrong_frame_never_makes_an_event(frames_per_s: float) -> None:
    frames = walk("mask", 8, frames_per_s=frames_per_s)
    wrong = len(frames) // 2
    frames[wrong] = (frames[wrong][0], [Face(frames[wrong][1][0].x, "no_mask", score=0.99)])
    assert Story(judgement(site(frames_per_s=frames_per_s)), frames).began == []


@pytest.mark.parametrize("frames_per_s", [5, 10, 25])
def test_the_frame_rate_changes_neither_events_nor_passages(frames_per_s: float) -> None:
    frames = walk("mask", 4, frames_per_s=frames_per_s) + walk(
        "no_mask", 4, frames_per_s=frames_per_s, start_s=4, x=180
    )
    story = Story(judgement(site(frames_per_s=frames_per_s)), frames)
    ((told_s, event),) = story.began
    assert told_s - 4 <= 0.7
    assert abs((event.began - at(4).utc).total_seconds()) <= 0.25
    assert [passage.state for passage in story.passages] == [State.NO_MASK]


@pytest.mark.parametrize(
    ("face", "doubt"),
    [
        (Face(100, "no_mask", side=15), Doubt.SMALL),
        (Face(2, "no_mask"), Doubt.CUT),
        (Face(100, "no_mask", score=0.42), Doubt.CONTRADICTORY),  # as likely nothing as a face
    ],
)
def test_what_cannot_be_judged_is_unsure_with_the_reason_and_no_event(face: Face, doubt: Doubt) -> None:
    box = found(face)
    box.xyxy = np.clip(box.xyxy, 0, None)
    judge = judgement()
    results = [judge.step(box, at(index / 10), size=SIZE) for index in range(60)]
    (track,) = results[-1].tracks
    assert (track.state, track.doubt) == (State.UNSURE, doubt)
    assert not any(result.began for result in results)
    (passage,) = judge.finish().passages
    assert passage.state is State.UNSURE


def test_blur_is_told_from_the_frame() -> None:
    judge, flat = judgement(), np.full((360, 640, 3), 100, np.uint8)
    results = [judge.step(found(Face(100, "no_mask")), at(index / 10), flat) for index in range(30)]
    assert results[-1].tracks[0].doubt is Doubt.BLURRED


def test_a_face_seen_for_less_than_the_least_time_is_no_passage() -> None:
    assert Story(judgement(site(min_observed_s=2.0)), walk("mask", 1.5)).passages == []


def test_a_passage_is_over_when_somebody_was_not_seen_for_a_while() -> None:
    frames = walk("mask", 3) + [(3 + index / 10, []) for index in range(50)]
    results = Story(judgement(), frames, finish=False).results
    over = [(time_s, result.passages[0]) for time_s, result in results if result.passages]
    assert len(over) == 1
    assert over[0][0] == pytest.approx(6.0, abs=0.2)
    assert over[0][1].ended == at(2.9).utc
    assert results[-1][1].tracks == ()


def test_somebody_lost_and_found_near_by_is_one_passage_and_one_event_even_with_a_new_track() -> None:
    gap = walk("no_mask", 3, speed=0.0) + [(3 + index / 10, []) for index in range(15)]
    beside = walk("no_mask", 3, start_s=4.5, speed=0.0, x=162)  # outside the old box, so the tracker begins anew
    story = Story(judgement(), gap + beside)
    assert len(story.passages) == 1
    assert len(story.began) == 1
    assert story.passages[0].observed_s == pytest.approx(5.9, abs=0.3)


def test_rows_in_any_order_stay_with_their_faces() -> None:
    frames = []
    for index in range(60):
        pair = [Face(100, "mask"), Face(400, "no_mask")]
        frames.append((index / 10, pair if index % 2 else pair[::-1]))
    story = Story(judgement(), frames)
    where = {track.number: track.box[0] < 300 for track in story.results[-2][1].tracks}
    assert {passage.track: passage.state for passage in story.passages} == {
        number: State.MASK if is_left else State.NO_MASK for number, is_left in where.items()
    }


class TestZones:
    CAMERA = {
        "zones": [
            {"name": "hall", "polygon": LEFT, "mask_required": False},
            {"name": "ward", "polygon": RIGHT, "minimum_dwell_s": 1.0},
        ]
    }

    def test_an_event_begins_where_the_mask_is_required_and_after_the_dwell(self) -> None:
        story = Story(judgement(site(self.CAMERA)), walk("no_mask", 6, speed=60, x=140))
        ((told_s, event),) = story.began
        assert event.zone == "ward"
        assert event.began == pytest.approx(at(3.0).utc, abs=timedelta(seconds=0.1))  # the middle is crossed at 3 s
        assert told_s == pytest.approx(4.0, abs=0.15)

    def test_a_passage_counts_once_in_the_zone_it_was_in_longest(self) -> None:
        story = Story(judgement(site(self.CAMERA)), walk("mask", 8, speed=40, x=140))  # 4.5 s left, 3.5 s right
        assert [passage.zone for passage in story.passages] == ["hall"]

    def test_outside_its_schedule_a_zone_is_not_there(self) -> None:
        shift = {"days": ["tue"], "start": "06:00", "end": "20:00"}
        camera = {"zones": [{"name": "ward", "polygon": LEFT, "schedule": [shift]}]}
        story = Story(judgement(site(camera)), walk("no_mask", 4, speed=0))
        assert story.began == []
        assert [passage.zone for passage in story.passages] == [None]

    def test_an_event_ends_with_the_shift(self) -> None:
        shift = {"start": "06:00", "end": "12:01"}
        camera = {"zones": [{"name": "ward", "polygon": LEFT, "schedule": [shift]}]}
        frames = walk("no_mask", 70, frames_per_s=5, speed=0)
        ((_, event),) = Story(judgement(site(camera)), frames, finish=False).ended
        assert event.ended == pytest.approx(at(60).utc, abs=timedelta(seconds=1.1))

    def test_zones_move_with_the_size_of_the_picture(self) -> None:
        judge = judgement(site(self.CAMERA))
        for index in range(30):
            judge.step(found(Face(400)), at(index / 10), size=(640, 360))
        assert judge.step(found(Face(400)), at(3.0), size=(640, 360)).tracks[0].zones == ("ward",)
        for index in range(10):
            last = judge.step(found(Face(400)), at(3.1 + index / 10), size=(1280, 720))
        assert last.tracks[0].zones == ("hall",)

    def test_only_the_cameras_of_a_rule_are_concerned(self) -> None:
        rules = [{"name": "r", "kind": "no_mask", "cameras": ["other"]}]
        story = Story(judgement(site(rules=rules)), walk("no_mask", 4))
        assert story.began == []


def test_crossing_a_line_is_told_with_the_state_and_the_direction() -> None:
    camera = {"lines": [{"name": "gate", "start": [0.5, 1.0], "end": [0.5, 0.0]}]}
    there = walk("no_mask", 4, speed=60, x=200)
    back = walk("no_mask", 4, start_s=4, speed=-60, x=440)
    crossings = Story(judgement(site(camera)), there + back).crossings
    assert [(each.line, each.inward, each.state, each.track) for each in crossings] == [
        ("gate", True, State.NO_MASK, 1),
        ("gate", False, State.NO_MASK, 1),
    ]


def test_a_low_share_and_a_crowd_are_told_of() -> None:
    rules = [
        {"name": "few", "kind": "share_low", "below": 0.6, "period_s": 60, "minimum_passages": 4},
        {"name": "crowd", "kind": "count_high", "above": 3, "duration_s": 1.0},
    ]
    states = ["no_mask", "no_mask", "mask", "no_mask"]
    people = [Face(80 + 140 * index, state) for index, state in enumerate(states)]
    frames: list[tuple[float, list[Face]]] = [(index / 10, people) for index in range(40)]
    frames += [(4 + index / 10, []) for index in range(60)]
    story = Story(judgement(site(rules=rules)), frames)
    told = {event.kind: event for _, event in story.began}
    assert set(told) == {EventKind.SHARE_LOW, EventKind.COUNT_HIGH}
    assert told[EventKind.SHARE_LOW].details["share"] == 0.25
    assert told[EventKind.COUNT_HIGH].details["count"] == 4


class TestTime:
    def test_a_frame_that_is_not_later_is_passed_over(self) -> None:
        judge = judgement()
        for index in range(20):
            judge.step(found(Face(100, "no_mask")), at(index / 10), size=SIZE)
        before = judge.step(found(), at(1.9), size=SIZE)
        assert before.tracks == judge.step(found(), at(0.5), size=SIZE).tracks
        assert len(before.tracks) == 1

    def test_nothing_is_known_of_a_frame_without_its_size(self) -> None:
        with pytest.raises(ValueError, match="size"):
            judgement().step(found(), at(0.0))

    def test_a_long_outage_ends_everything_without_a_new_frame_being_blamed(self) -> None:
        judge = judgement()
        for index in range(30):
            judge.step(found(Face(100, "no_mask")), at(index / 10), size=SIZE)
        later = judge.step(found(Face(100, "mask")), at(86400.0), size=SIZE)
        assert [event.duration_s for event in later.ended] == [pytest.approx(2.8, abs=0.15)]
        assert [passage.state for passage in later.passages] == [State.NO_MASK]

    def test_finishing_ends_everything_and_what_comes_after_is_new(self) -> None:
        judge = judgement()
        story = Story(judge, walk("no_mask", 4))
        assert len(story.began) == len(story.ended) == 1
        after = Story(judge, walk("no_mask", 4, start_s=10))
        assert [passage.track for passage in after.passages] == [2]
        assert judge.finish() == StepResult()

    def test_finishing_before_the_first_frame_is_nothing(self) -> None:
        assert judgement().finish() == StepResult()


class TestStillness:
    def test_keeps_everybody_where_they_are_and_what_is_thought_of_them(self) -> None:
        judge = judgement()
        for index in range(20):
            judge.step(found(Face(100, "no_mask")), at(index / 10), size=SIZE)
        for index in range(20, 400):
            result = judge.still(at(index / 10))
        (track,) = result.tracks
        assert (track.state, track.seen) == (State.NO_MASK, True)
        assert track.observed_s == pytest.approx(39.9)
        assert judge.step(found(Face(100, "no_mask")), at(40.0), size=SIZE).tracks[0].state is State.NO_MASK

    def test_never_makes_more_of_a_frame_that_misled(self) -> None:
        judge = judgement()
        judge.step(found(Face(100, "no_mask")), at(0.0), size=SIZE)
        judge.step(found(Face(100, "no_mask")), at(0.1), size=SIZE)
        results = [judge.still(at(0.2 + index / 10)) for index in range(100)]
        assert not any(result.began for result in results)

    def test_before_the_first_frame_is_nothing(self) -> None:
        assert judgement().still(at(0.0)) == StepResult()


def _frames(chance: np.random.Generator) -> Iterator[tuple[float, list[Face]]]:
    time_s = 0.0
    for _ in range(80):
        time_s += float(chance.choice([0.1, 0.2, 1.0]))
        people = [Face(80 + 150 * index, str(chance.choice(["mask", "no_mask"]))) for index in range(3)]
        yield time_s, [each for each in people if chance.random() < 0.7]


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10_000))
def test_the_same_frames_give_the_same_results_and_every_event_its_end(seed: int) -> None:
    first, second = (Story(judgement(), list(_frames(np.random.default_rng(seed)))) for _ in range(2))
    assert first.results == second.results
    assert sorted(event.id for _, event in first.began) == sorted(event.id for _, event in first.ended)
    assert len({passage.track for passage in first.passages}) == len(first.passages)
