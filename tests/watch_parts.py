"""Stand-ins for what a watch talks to: a clock that is set, a camera that is a list of frames, a reader that obeys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from maskwatch.detections import Detections
from maskwatch.watching.camera.condition import CameraState, Condition
from maskwatch.watching.camera.frame import CapturedFrame, to_frame
from maskwatch.watching.camera.messages import FrameReady, Message, Opened
from maskwatch.watching.camera.stats import CameraStats
from maskwatch.watching.clock import moment_at
from maskwatch.watching.judge import StepResult
from maskwatch.watching.nouns import Event, EventKind, Moment

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class FakeClock:
    """Stands still until it is set."""

    now_s: float = 1000.0
    set_by_s: float = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def utc(self) -> datetime:
        return NOON + timedelta(seconds=self.now_s - 1000 + self.set_by_s)


def noise(seed: int, width: int = 64, height: int = 48, brightness: int = 128) -> NDArray[np.uint8]:
    """A picture with structure: the same blocks for all seeds, with a little noise of its own."""
    blocks = np.random.default_rng(7).integers(-60, 60, (6, 8))
    scene = brightness + np.kron(blocks, np.ones((height // 6, width // 8), int))
    grains = np.random.default_rng(seed).integers(-3, 4, (height, width))
    return np.repeat((scene + grains).clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def frame_at(time_s: float, sequence: int = 1, pixels: NDArray[np.uint8] | None = None) -> CapturedFrame:
    return to_frame(noise(round(time_s * 1000)) if pixels is None else pixels, sequence, time_s)


@dataclass
class FakeReader:
    """An attempt that does what a test says."""

    said: list[Message] = field(default_factory=list)
    newest: CapturedFrame | None = None
    died: str | None = None
    stopped: bool = False

    def handles(self) -> Iterable[int]:
        return ()

    def messages(self) -> list[Message]:
        said, self.said = self.said, []
        return said

    def frame(self, after: int) -> CapturedFrame | None:
        return self.newest if self.newest and self.newest.sequence > after else None

    def death(self) -> str | None:
        return self.died

    def stop(self) -> None:
        self.stopped = True

    def open(self) -> None:
        self.said.append(Opened())

    def show(self, frame: CapturedFrame) -> None:
        self.newest = frame
        self.said.append(FrameReady(frame.sequence, frame.sequence))


@dataclass
class ListFeed:
    """A camera that is a list of frames, each taken when its time has come; it may be lost from a time on."""

    name: str
    frames: list[CapturedFrame]
    clock: FakeClock
    is_live: bool = True
    lost_from_s: float = float("inf")
    ended: bool = False
    stats: CameraStats = field(default_factory=CameraStats)
    stopped: bool = False

    def __post_init__(self) -> None:
        self.condition = Condition(self.name)
        self.condition.state = CameraState.LIVE

    def poll(self) -> list[Event]:
        self.ended = not self.frames and not self.is_live
        if self.clock.now_s >= self.lost_from_s:
            self.frames.clear()
            return self.condition.becomes(CameraState.LOST, moment_at(self.clock, self.clock.now_s), "unplugged")
        return []

    def take(self) -> tuple[CapturedFrame | None, list[Event]]:
        due = [frame for frame in self.frames if frame.captured_s <= self.clock.now_s]
        if not due:
            return None, []
        chosen = due[-1] if self.is_live else due[0]
        self.stats.dropped += due.index(chosen)
        self.frames = self.frames[self.frames.index(chosen) + 1 :] if self.is_live else self.frames[1:]
        self.stats.taken += 1
        return chosen, self.condition.has_size(chosen.size, self.moment_of(chosen))

    def moment_of(self, frame: CapturedFrame) -> Moment:
        return moment_at(self.clock, frame.captured_s)

    def age_s(self, frame: CapturedFrame) -> float:
        return self.clock.now_s - frame.captured_s if self.is_live else 0.0

    def handles(self) -> Iterable[int]:
        return ()

    def due_s(self) -> float | None:
        return None

    def stop(self) -> list[Event]:
        self.stopped = True
        return []


@dataclass
class NotingJudge:
    """Notes what it is given; `answers` are given back in turn."""

    answers: list[StepResult] = field(default_factory=list)
    finishing: StepResult = field(default_factory=StepResult)
    stepped: list[float] = field(default_factory=list)
    still_at: list[float] = field(default_factory=list)
    finished: int = 0

    def step(self, faces: Detections, moment: Moment, frame: NDArray[np.uint8] | None = None) -> StepResult:
        self.stepped.append(moment.clock_s)
        return self.answers.pop(0) if self.answers else StepResult()

    def still(self, moment: Moment) -> StepResult:
        self.still_at.append(moment.clock_s)
        return StepResult()

    def finish(self) -> StepResult:
        self.finished += 1
        return self.finishing


def detect_nothing(pictures: Sequence[NDArray[np.uint8]]) -> list[Detections]:
    return [Detections.empty() for _ in pictures]


def event(number: int, *, ended: bool = False, kind: EventKind = EventKind.NO_MASK) -> Event:
    """An event with a track of its number, that began as many seconds after noon."""
    began = NOON + timedelta(seconds=number)
    end = {"ended": began + timedelta(seconds=3), "duration_s": 3.0} if ended else {}
    return Event(f"event-{number}", kind, "entrance", "desk", number, began, score=0.9, details={"rule": "r"}, **end)
