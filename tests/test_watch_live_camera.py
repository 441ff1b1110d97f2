"""A live camera's state machine, with readers that obey and a clock that is set."""

import tracemalloc
from dataclasses import dataclass, field

import pytest

from maskwatch.watching.camera.condition import CameraState
from maskwatch.watching.camera.live import LiveCamera
from maskwatch.watching.camera.messages import Ended, Started
from maskwatch.watching.camera.pace import Pauses
from maskwatch.watching.nouns import Event
from watch_parts import FakeClock, FakeReader, frame_at, noise


@dataclass
class Site:
    """A camera with its clock, its readers so far, and everything that happened."""

    clock: FakeClock = field(default_factory=FakeClock)
    readers: list[FakeReader] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.camera = LiveCamera("door", self._launch, self.clock, pauses=Pauses(chance=lambda: 0.0))

    def _launch(self) -> FakeReader:
        self.readers.append(FakeReader())
        return self.readers[-1]

    @property
    def reader(self) -> FakeReader:
        return self.readers[-1]

    def go(self, seconds: float, step_s: float = 0.5, *, frames: bool = False) -> None:
        """Let time pass; with `frames`, a new one each step."""
        for _ in range(round(seconds / step_s)):
            self.clock.now_s += step_s
            self.events += self.camera.poll()
            if frames:
                self.reader.show(
                    frame_at(self.clock.now_s, (self.reader.newest.sequence if self.reader.newest else 0) + 1)
                )
            self.events += self.camera.take()[1]

    def come_alive(self) -> None:
        self.go(0.5)
        self.reader.open()
        self.go(2, frames=True)

    def seconds_to_next_attempt(self) -> float:
        began_s, before = self.clock.now_s, len(self.readers)
        while len(self.readers) == before:
            self.go(0.5)
        return self.clock.now_s - began_s

    def told(self) -> list[tuple[str, bool]]:
        """Each state with whether it is over."""
        return [(str(event.details["state"]), event.ended is not None) for event in self.events]


def test_connecting_is_an_event_that_ends_with_the_first_frame() -> None:
    site = Site()
    site.go(3)
    assert site.told() == [("connecting", False)]
    site.reader.open()
    site.go(0.5, frames=True)
    begun, over = site.events
    assert begun.id == over.id
    assert over.duration_s == pytest.approx(2.5, abs=0.6)
    assert site.camera.condition.state is CameraState.LIVE


def test_a_refused_connection_is_lost_with_its_reason_and_tried_again_for_ever_with_growing_pauses() -> None:
    site = Site()
    starts = []
    for _ in range(4000):
        site.clock.now_s += 0.1
        before = len(site.readers)
        site.events += site.camera.poll()
        if len(site.readers) > before:
            starts.append(site.clock.now_s)
            site.reader.said.append(Ended("Connection refused"))
    pauses = [round(after - before) for before, after in zip(starts, starts[1:], strict=False)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]
    assert site.told() == [("connecting", False), ("connecting", True), ("lost", False)]
    assert site.events[-1].details["reason"] == "Connection refused"
    assert all(reader.stopped for reader in site.readers[:-1])


def test_connected_without_frames_is_told_from_no_connection() -> None:
    site = Site()
    site.come_alive()
    last_frame_s = site.clock.now_s
    site.go(4.5)
    assert site.camera.condition.state is CameraState.LIVE
    site.go(1)
    assert site.camera.condition.state is CameraState.NO_FRAMES
    assert (site.events[-1].began - site.clock.utc()).total_seconds() == pytest.approx(
        last_frame_s - site.clock.now_s, abs=0.6
    )
    site.go(6)
    assert site.camera.condition.state is CameraState.LOST
    assert site.told()[-3:] == [("no_frames", False), ("no_frames", True), ("lost", False)]


def test_a_camera_that_comes_back_ends_its_loss_with_the_duration() -> None:
    site = Site()
    site.come_alive()
    site.reader.said.append(Ended("the stream ended"))
    site.go(0.5)
    lost_s = site.clock.now_s
    site.clock.set_by_s = 7200.0  # somebody sets the wall clock while it is away
    site.go(1.5)
    site.reader.open()
    site.go(0.5, frames=True)
    assert site.told()[-1] == ("lost", True)
    assert site.events[-1].duration_s == pytest.approx(site.clock.now_s - lost_s, abs=0.1)


@pytest.mark.parametrize("opened", [False, True])
def test_a_reader_that_hangs_is_ended_and_another_started(opened: bool) -> None:
    """In a name server that never answers, in a system call, or because somebody stopped it."""
    site = Site()
    site.go(0.5)
    site.reader.said.append(Started())
    if opened:
        site.reader.open()
    site.go(16)
    assert site.readers[0].stopped
    assert site.camera.condition.state is CameraState.LOST
    site.go(2)
    assert len(site.readers) >= 2


def test_a_busy_machine_that_is_slow_to_start_the_decoder_is_not_held_against_the_camera() -> None:
    site = Site()
    site.go(30)  # longer than a camera may take to answer
    assert len(site.readers) == 1
    assert site.camera.condition.state is CameraState.CONNECTING
    site.reader.said.append(Started())
    site.go(8)
    site.reader.open()
    site.go(0.5, frames=True)
    assert site.camera.condition.state is CameraState.LIVE


def test_a_decoder_that_never_starts_is_given_up_all_the_same() -> None:
    site = Site()
    site.go(62)
    assert site.readers[0].stopped
    assert "did not start" in site.camera.condition.reason


def test_a_reader_that_crashes_is_a_loss_at_once() -> None:
    site = Site()
    site.come_alive()
    site.reader.died = "the decoder was ended by SIGSEGV"
    site.go(0.5)
    assert site.camera.condition.state is CameraState.LOST
    assert "SIGSEGV" in site.events[-1].details["reason"]


def test_a_connection_that_breaks_again_and_again_does_not_start_the_pauses_over() -> None:
    site = Site()
    for _ in range(6):
        site.seconds_to_next_attempt()
        site.reader.open()
        site.go(1, frames=True)
        site.reader.said.append(Ended("the stream ended"))
    assert site.seconds_to_next_attempt() > 30
    site.reader.open()
    site.go(30, frames=True)  # long enough to have been a good one
    site.reader.said.append(Ended("the stream ended"))
    assert site.seconds_to_next_attempt() < 3


def test_only_the_newest_frame_is_taken_and_the_others_are_counted() -> None:
    site = Site()
    site.come_alive()
    taken = site.camera.stats.taken
    start = site.reader.newest.sequence if site.reader.newest else 0
    for number in range(1, 11):
        site.reader.show(frame_at(site.clock.now_s, start + number))
    frame, _ = site.camera.take()
    assert frame is not None
    assert frame.sequence == start + 10
    assert site.camera.stats.dropped == 9
    assert site.camera.stats.taken == taken + 1
    assert site.camera.take() == (None, [])


def test_a_change_of_size_is_an_event_of_no_length() -> None:
    site = Site()
    site.come_alive()
    sequence = (site.reader.newest.sequence if site.reader.newest else 0) + 1
    site.reader.show(frame_at(site.clock.now_s, sequence, noise(1, 128, 96)))
    _, (changed,) = site.camera.take()
    assert changed.details == {"state": "size_changed", "before": [64, 48], "after": [128, 96]}
    assert (changed.ended, changed.duration_s) == (changed.began, 0.0)
    assert site.camera.condition.state is CameraState.LIVE


def test_a_frozen_picture_is_reported_and_not_reconnected() -> None:
    site = Site()
    site.come_alive()
    pixels = noise(5)
    for _ in range(300):
        site.clock.now_s += 0.5
        sequence = (site.reader.newest.sequence if site.reader.newest else 0) + 1
        site.reader.show(frame_at(site.clock.now_s, sequence, pixels))
        site.events += site.camera.poll()
        site.events += site.camera.take()[1]
    assert site.camera.condition.state is CameraState.FROZEN
    assert len(site.readers) == 1
    site.go(0.5, frames=True)
    assert site.told()[-2:] == [("frozen", False), ("frozen", True)]
    assert site.events[-1].duration_s == pytest.approx(150, abs=1)


def test_stopping_ends_what_lasts_even_before_the_first_connection() -> None:
    site = Site()
    site.go(1)
    (over,) = site.camera.stop()
    assert over.details["state"] == "connecting"
    assert over.ended is not None
    assert site.reader.stopped


def test_a_day_of_outage_takes_no_memory() -> None:
    site = Site()
    site.come_alive()
    site.reader.said.append(Ended("Connection refused"))

    def hours(count: int) -> None:
        for _ in range(count * 3600):
            site.clock.now_s += 1.0
            site.camera.poll()
            if not site.reader.stopped:
                site.reader.said.append(Ended("Connection refused"))
            del site.readers[:-1]

    hours(1)
    tracemalloc.start()
    before = tracemalloc.take_snapshot()
    hours(24)
    grown = sum(each.size_diff for each in tracemalloc.take_snapshot().compare_to(before, "filename"))
    tracemalloc.stop()
    assert site.camera.stats.attempts > 24 * 60
    assert grown < 20_000
