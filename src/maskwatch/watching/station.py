"""One camera's place in the watch: its frames, what is thought of them, what is shown of it."""

import math
from collections import deque
from dataclasses import dataclass, field, replace

from maskwatch.detections import Detections
from maskwatch.watching.camera.condition import CameraState
from maskwatch.watching.camera.feed import Feed
from maskwatch.watching.camera.frame import CapturedFrame, Pixels
from maskwatch.watching.judge import StepResult
from maskwatch.watching.looking import DetectOne, Judge, look
from maskwatch.watching.motion import MotionGate
from maskwatch.watching.nouns import Crossing, Event, Passage

# In these states no frame comes, so whoever was in view is gone.
_BLIND = frozenset((CameraState.NO_FRAMES, CameraState.LOST, CameraState.ENDED))


@dataclass(frozen=True)
class Outcome:
    """What is to be kept: events that began or ended, and passages and crossings."""

    events: tuple[Event, ...] = ()
    others: tuple[Passage | Crossing, ...] = ()

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.events + other.events, self.others + other.others)


@dataclass(eq=False)
class Station:
    """A camera with its judgement.

    Attributes:
        gate: None looks at every frame.
        result: of the last frame, for the live line.
        judged_s: monotonic times of the last frames judged, for the rate.
        frame_s: monotonic time at which the last frame judged was captured.
        frame: the last frame judged; faces: all that was found in it, or in the one that it is like.
    """

    feed: Feed
    judge: Judge
    gate: MotionGate | None
    max_frame_age_s: float
    result: StepResult = field(default_factory=StepResult, init=False)
    judged_s: deque[float] = field(default_factory=lambda: deque(maxlen=32), init=False)
    frame_s: float = field(default=-math.inf, init=False)
    frame: CapturedFrame | None = field(default=None, init=False)
    faces: Detections = field(default_factory=Detections.empty, init=False)
    _blind: bool = field(default=True, init=False)
    _ages: dict[str, float | None] = field(default_factory=dict, init=False)

    def poll(self) -> Outcome:
        """Hear what the camera has to say, apart from frames."""
        events = tuple(self.feed.poll())
        return self._notice_blindness() + Outcome(events)

    def judge_next(self, detect: DetectOne, now_s: float) -> Outcome | None:
        """Judge the frame that is ready; None if there is none."""
        frame, changes = self.feed.take()
        if frame is None:
            return None
        self._blind = False
        outcome = Outcome(tuple(changes))
        if any(event.details["state"] == CameraState.SIZE_CHANGED for event in changes):
            outcome += self._finish()  # where people were is no place in the new picture
        if self.feed.is_live and self.feed.age_s(frame) > self.max_frame_age_s:
            self.feed.stats.stale += 1
            return outcome
        self.judged_s.append(now_s)
        self.frame_s = now_s - self.feed.age_s(frame)
        return outcome + self._judge(frame, detect)

    def stop(self) -> Outcome:
        """End the camera and everything that lasts."""
        return self._finish() + Outcome(tuple(self.feed.stop()))

    def rejudge(self, judge: Judge, gate: MotionGate | None, max_frame_age_s: float) -> Outcome:
        """Go on with other settings of the judgement, while the camera stays connected."""
        outcome = self._finish()
        self.judge, self.gate, self.max_frame_age_s = judge, gate, max_frame_age_s
        return outcome

    def _judge(self, frame: CapturedFrame, detect: DetectOne) -> Outcome:
        moment = self.feed.moment_of(frame)
        self.feed.stats.judged += 1

        def note(pixels: Pixels) -> Detections:
            self.faces = detect(pixels)
            return self.faces

        self.result, looked = look(frame, moment, self.judge, self.gate, note)
        self.frame = frame
        self.feed.stats.still += not looked
        return self._outcome(self.result, self.feed.age_s(frame))

    def _notice_blindness(self) -> Outcome:
        if self._blind or self.feed.condition.state not in _BLIND:
            return Outcome()
        self._blind = True
        return self._finish()

    def _finish(self) -> Outcome:
        finished = self.judge.finish()
        self.result = StepResult()
        return self._outcome(finished, None)

    def _outcome(self, result: StepResult, age_s: float | None) -> Outcome:
        """What of a result is kept; events get the age that the deciding frame had when they began."""
        self._ages |= {event.id: age_s for event in result.began}
        began = tuple(replace(event, frame_age_s=age_s) for event in result.began)
        ended = tuple(replace(event, frame_age_s=self._ages.pop(event.id, None)) for event in result.ended)
        return Outcome(began + ended, result.passages + result.crossings)
