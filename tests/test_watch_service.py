"""The loop: newest frames in turn, old ones left, people gone when a camera is, everything handed to the store."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from maskwatch.watching.judge import StepResult
from maskwatch.watching.machine import MachineWatch
from maskwatch.watching.motion import MotionGate
from maskwatch.watching.nouns import EventKind, Moment, Passage, State
from maskwatch.watching.service import Watch
from maskwatch.watching.station import Station
from maskwatch.watching.store import Store
from maskwatch.watching.waker import Waker
from maskwatch.watching.writer import Writer
from watch_parts import NOON, FakeClock, ListFeed, NotingJudge, detect_nothing, event, frame_at, noise

Build = Callable[..., Watch]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def build(tmp_path: Path, clock: FakeClock) -> Iterator[Build]:
    """A watch of stations over a real store; what is handed over is committed at the end."""
    with Store(tmp_path / "store.sqlite") as store:

        def made(*stations: Station) -> Watch:
            writer = Writer(store, store.begin_run(NOON), clock, lambda each, _: None)
            return Watch(stations, detect_nothing, writer, MachineWatch(0), clock, Waker())

        yield made


def station(
    name: str, clock: FakeClock, frames_per_s: float = 5, seconds: float = 4, *, judge: NotingJudge | None = None,
    gate: MotionGate | None = None, **feed: object,
) -> Station:  # fmt: skip
    count = round(seconds * frames_per_s)
    frames = [frame_at(clock.now_s + index / frames_per_s, index + 1) for index in range(count)]
    return Station(ListFeed(name, frames, clock, **feed), judge or NotingJudge(), gate, max_frame_age_s=2.0)  # type: ignore[arg-type]


def judge_of(station: Station) -> NotingJudge:
    assert isinstance(station.judge, NotingJudge)
    return station.judge


def run(watch: Watch, clock: FakeClock, seconds: float, look_s: float = 0.02) -> None:
    """Turns for so long, where each look of the network takes a while."""
    until = clock.now_s + seconds
    while clock.now_s < until - 1e-6:
        clock.now_s += look_s if watch.turn() else 0.01


def test_every_frame_of_every_camera_is_judged_in_order(build: Build, clock: FakeClock) -> None:
    stations = [station(name, clock) for name in ("a", "b", "c")]
    run(build(*stations), clock, 5)
    for each in stations:
        assert len(judge_of(each).stepped) == 20
        assert judge_of(each).stepped == sorted(judge_of(each).stepped)


def test_a_fast_camera_leaves_the_others_their_turns(build: Build, clock: FakeClock) -> None:
    greedy, modest = station("a", clock, frames_per_s=50), station("b", clock, frames_per_s=5)
    run(build(greedy, modest), clock, 4, look_s=0.08)
    assert len(judge_of(modest).stepped) >= 18
    assert len(judge_of(greedy).stepped) >= 18
    assert greedy.feed.stats.dropped > 100


def test_a_camera_that_is_lost_slows_no_other(build: Build, clock: FakeClock) -> None:
    stations = [station(name, clock, seconds=10, lost_from_s=1003.0 if name < "d" else 1e9) for name in "abcdefghij"]
    watch = build(*stations)
    run(watch, clock, 11, look_s=0.005)
    assert {len(judge_of(each).stepped) for each in stations[3:]} == {50}
    assert all(len(judge_of(each).stepped) < 20 for each in stations[:3])


def test_old_frames_of_a_live_camera_are_not_judged(build: Build, clock: FakeClock) -> None:
    late = station("a", clock, seconds=1)
    clock.now_s += 10
    run(build(late), clock, 1)
    assert judge_of(late).stepped == []
    assert late.feed.stats.stale == 1


def test_frames_of_a_file_are_judged_however_late(build: Build, clock: FakeClock) -> None:
    file = station("a", clock, seconds=1, is_live=False)
    clock.now_s += 100
    run(build(file), clock, 1)
    assert len(judge_of(file).stepped) == 5
    assert file.feed.stats.stale == 0


def test_whoever_was_in_view_is_gone_when_the_camera_is_and_only_once(build: Build, clock: FakeClock) -> None:
    ended = event(1, ended=True)
    judge = NotingJudge([StepResult(began=(event(1),))], finishing=StepResult(ended=(ended,)))
    lost = station("a", clock, judge=judge, lost_from_s=1002.0)
    watch = build(lost)
    run(watch, clock, 5)
    assert judge.finished == 1
    watch.writer.flush()
    kept = {each.id: each for each in watch.writer.store.events()}
    assert kept["event-1"].ended == ended.ended
    assert kept["event-1"].frame_age_s == pytest.approx(0.0, abs=0.05)  # of the decision, kept over the end


def test_another_size_of_picture_ends_what_was_in_the_old_one(build: Build, clock: FakeClock) -> None:
    changing = station("a", clock)
    assert isinstance(changing.feed, ListFeed)
    changing.feed.frames = [
        replace(frame, pixels=noise(1, 128, 96)) if frame.sequence > 10 else frame for frame in changing.feed.frames
    ]
    run(build(changing), clock, 5)
    assert judge_of(changing).finished == 1
    assert len(judge_of(changing).stepped) == 20


def test_a_still_scene_is_noted_without_the_network(build: Build, clock: FakeClock) -> None:
    gated = station("a", clock, seconds=20, gate=MotionGate())
    watch = build(gated)
    run(watch, clock, 21)
    judge = judge_of(gated)
    assert len(judge.stepped) + len(judge.still_at) == 100
    assert len(judge.still_at) > 70
    assert gated.feed.stats.still == len(judge.still_at)
    assert watch.pulse.looks == len(judge.stepped)


def test_what_happened_is_in_the_store_with_the_age_of_its_frame(build: Build, clock: FakeClock) -> None:
    passage = Passage("a", None, 1, NOON, NOON, 2.0, State.MASK)
    judge = NotingJudge([StepResult(began=(event(1),)), StepResult(passages=(passage,))])
    watch = build(station("a", clock, judge=judge))
    clock.now_s += 0.05
    run(watch, clock, 1)
    watch.writer.flush()
    (kept,) = watch.writer.store.events()
    assert kept.frame_age_s == pytest.approx(0.05)
    assert list(watch.writer.store.passages()) == [passage]
    assert watch.passages == {State.MASK: 1}


def test_the_loop_ends_with_the_last_file_and_closes_everything(build: Build, clock: FakeClock) -> None:
    file = station("a", clock, seconds=1, is_live=False)
    clock.now_s += 10
    watch = build(file)
    watch.writer.start()
    assert watch.run()
    assert judge_of(file).finished >= 1
    assert isinstance(file.feed, ListFeed)
    assert file.feed.stopped


def test_the_loop_ends_when_it_is_asked_to_before_any_frame_came(build: Build, clock: FakeClock) -> None:
    watch = build(station("a", clock, seconds=0))
    watch.writer.start()
    watch.stop()
    assert watch.run()


def test_a_model_that_is_too_slow_is_an_event_with_an_end(clock: FakeClock) -> None:
    machine, events = MachineWatch(0), []
    for second in range(0, 120, 5):
        slow = second < 60
        judged = min(second, 60) + 10 * max(0, second - 60)
        passed = 9 * min(second, 60)
        events += machine.see_frames(judged, passed, Moment(clock.utc(), second))
        assert slow or second > 59
    begun, over = events
    assert begun.kind is EventKind.MODEL_SLOW
    assert begun.id == over.id
    assert over.duration_s == pytest.approx(75, abs=20)


def test_a_disk_that_gets_full_is_one_event_until_there_is_room_to_spare(clock: FakeClock) -> None:
    machine = MachineWatch(500)
    free = [900, 499, 505, 480, 549, 551, 900]
    events = [machine.see_disk(mb * 1_000_000, Moment(clock.utc(), n)) for n, mb in enumerate(free)]
    assert [len(each) for each in events] == [0, 1, 0, 0, 0, 1, 0]
    assert events[5][0].duration_s == 4
    assert MachineWatch(0).see_disk(0, Moment(clock.utc(), 0)) == []
