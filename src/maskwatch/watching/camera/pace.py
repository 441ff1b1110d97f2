"""Which frames are wanted, when they were taken and how long to wait between attempts: numbers only, no clock."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

# The smallest delay is that of the last one or two spans of this: what was held back is sent within one, while a
# camera's clock that drifts or stands still for a moment must not make its frames old for ever.
_SPAN_S = 10.0
_JUMP_S = 10.0

# A playback that is later than this starts anew from now; nobody sends further ahead unless times have jumped.
_LATE_S = 0.5
_AHEAD_S = 60.0

# Frames tremble about their times; so much of a step early is not early.
_EARLY = 0.2


@dataclass
class RateLimit:
    """Lets through so many frames of a second, evenly; `frames_per_s` of None lets all through."""

    frames_per_s: float | None
    _next_s: float | None = None

    def wants(self, time_s: float) -> bool:
        """Whether the frame of this time is due."""
        if self.frames_per_s is None:
            return True
        step = 1 / self.frames_per_s
        due = self._next_s
        if due is None or time_s >= due + step or time_s < due - 2 * step:  # the first, late, or time went back
            self._next_s = time_s + step
            return True
        if time_s < due - _EARLY * step:
            return False
        self._next_s = due + step
        return True


class Times(Protocol):
    """Says when a live frame was taken, or is to be shown, from when it arrived and what the stream stamps it with."""

    def captured_s(self, arrival_s: float, stamp_s: float) -> float: ...


class ArrivalTimes:
    """For sources without times, or with made-up ones: what arrives is new."""

    def captured_s(self, arrival_s: float, stamp_s: float) -> float:
        return arrival_s


@dataclass
class StampedTimes:
    """For sources that stamp frames with the camera's clock, as RTSP does.

    After a stall a stream sends what it kept back, all at once: such frames are old though they have just
    arrived. The smallest delay between stamp and arrival seen of late stands for none.
    """

    _least_delay_s: float = field(default=math.inf, init=False)
    _least_before_s: float = field(default=math.inf, init=False)
    _span_began_s: float = field(default=-math.inf, init=False)

    def captured_s(self, arrival_s: float, stamp_s: float) -> float:
        delay = arrival_s - stamp_s
        if abs(delay - min(self._least_delay_s, self._least_before_s)) > _JUMP_S:
            self._least_delay_s, self._least_before_s, self._span_began_s = delay, delay, arrival_s
        elif arrival_s - self._span_began_s >= _SPAN_S:
            self._least_delay_s, self._least_before_s, self._span_began_s = delay, self._least_delay_s, arrival_s
        self._least_delay_s = min(self._least_delay_s, delay)
        return stamp_s + min(self._least_delay_s, self._least_before_s)


@dataclass
class PlaybackTimes:
    """For sources that give seconds of video at once, as HLS does: each frame has its turn, at the video's pace."""

    _start_s: float | None = field(default=None, init=False)

    def captured_s(self, arrival_s: float, stamp_s: float) -> float:
        late_s = 0.0 if self._start_s is None else arrival_s - (self._start_s + stamp_s)
        if self._start_s is None or late_s > _LATE_S or late_s < -_AHEAD_S:
            self._start_s = arrival_s - stamp_s
        return self._start_s + stamp_s


@dataclass
class Pauses:
    """Pauses between attempts that grow, with a cap, and differ at random so that cameras do not come in step."""

    first_s: float = 1.0
    longest_s: float = 60.0
    spread: float = 0.25
    chance: Callable[[], float] = random.random
    _attempts: int = field(default=0, init=False)

    def next_s(self) -> float:
        whole = min(self.longest_s, self.first_s * 2.0 ** min(self._attempts, 30))
        self._attempts += 1
        return whole * (1 - self.spread * self.chance())

    def start_over(self) -> None:
        self._attempts = 0
