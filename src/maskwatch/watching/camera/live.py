"""A live camera: connects, notices every kind of trouble within its time, tries again for ever. Never waits."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from maskwatch.watching.camera.condition import CameraState, Condition
from maskwatch.watching.camera.frame import CapturedFrame
from maskwatch.watching.camera.messages import Ended, FrameReady, Message, Opened, Started
from maskwatch.watching.camera.pace import Pauses
from maskwatch.watching.camera.reader import Launch, Reader, Waitable
from maskwatch.watching.camera.scene import ViewWatch
from maskwatch.watching.camera.stats import CameraStats
from maskwatch.watching.clock import Clock, moment_at
from maskwatch.watching.nouns import Event, Moment

log = logging.getLogger(__name__)

# FFmpeg keeps the time limit itself and says why; what hangs where it cannot is given up a moment later.
_GRACE_S = 2.0


@dataclass(frozen=True)
class Limits:
    """How long anything may take.

    Attributes:
        start_s: until the process is up, which is this machine's affair and takes long on a busy one.
        open_s: until the connection stands; a name server that never answers counts here.
        silent_s: without a frame, that is `no_frames`.
        read_s: without a frame, the connection is given up.
        settled_s: a connection that gave frames for so long was a good one, and the pauses start over.
    """

    start_s: float = 60.0
    open_s: float = 10.0
    silent_s: float = 5.0
    read_s: float = 10.0
    settled_s: float = 20.0


@dataclass
class _Attempt:
    """One connection, or the try of one."""

    reader: Reader
    began_s: float
    started_s: float | None = None
    opened_s: float | None = None
    first_frame_s: float | None = None
    last_frame_s: float | None = None
    taken: int = 0
    decoded: int = 0


@dataclass
class LiveCamera:
    """The state machine of one camera; `launch` starts one attempt to read it.

    Attributes:
        ended: whether no more frames can come; never, for a live camera.
    """

    name: str
    launch: Launch
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    pauses: Pauses = field(default_factory=Pauses)
    view: ViewWatch = field(default_factory=ViewWatch)
    stats: CameraStats = field(default_factory=CameraStats)
    is_live: bool = field(default=True, init=False)
    ended: bool = field(default=False, init=False)
    _attempt: _Attempt | None = field(default=None, init=False)
    _next_attempt_s: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.condition = Condition(self.name)

    def handles(self) -> Iterable[Waitable]:
        return self._attempt.reader.handles() if self._attempt else ()

    def due_s(self) -> float | None:
        """When `poll` has something to do even if nothing is heard."""
        return self._next_attempt_s

    def moment_of(self, frame: CapturedFrame) -> Moment:
        return moment_at(self.clock, frame.captured_s)

    def age_s(self, frame: CapturedFrame) -> float:
        return max(0.0, self.clock.monotonic() - frame.captured_s)

    def poll(self) -> list[Event]:
        """Go on: hear what the decoding process says, give it up or start another; what changed."""
        now_s = self.clock.monotonic()
        if self._attempt is None:
            return self._try_again(now_s)
        dead = self._attempt.reader.death()  # asked first: what it said before it died is then all there
        for message in self._attempt.reader.messages():
            self._hear(self._attempt, message, now_s)
            dead = message.reason if isinstance(message, Ended) else dead
        reason = dead or self._overdue(self._attempt, now_s)
        return self._give_up(self._attempt, reason, now_s) if reason else self._silence(self._attempt, now_s)

    def take(self) -> tuple[CapturedFrame | None, list[Event]]:
        """The newest frame if it was not taken yet, and what it shows to have changed."""
        attempt = self._attempt
        frame = attempt.reader.frame(attempt.taken) if attempt else None
        if attempt is None or frame is None:
            return None, []
        self.stats.dropped += frame.sequence - attempt.taken - 1
        self.stats.taken += 1
        attempt.taken = frame.sequence
        self._heard_frame(attempt, self.clock.monotonic())
        view, since_s = self.view.see(frame.thumbnail, frame.fingerprint, frame.captured_s)
        events = self.condition.has_size(frame.size, moment_at(self.clock, frame.captured_s))
        return frame, [*events, *self.condition.sees(view, moment_at(self.clock, since_s))]

    def stop(self) -> list[Event]:
        """End for good, at once."""
        if self._attempt:
            self._attempt.reader.stop()
            self._attempt = None
        return self.condition.close(moment_at(self.clock, self.clock.monotonic()))

    def _try_again(self, now_s: float) -> list[Event]:
        if self._next_attempt_s is not None and now_s < self._next_attempt_s:
            return []
        first = self._next_attempt_s is None
        self._next_attempt_s = None
        self._attempt = _Attempt(self.launch(), now_s)
        self.stats.attempts += 1
        self.view.break_off()
        return self.condition.starts(moment_at(self.clock, now_s)) if first else []

    def _hear(self, attempt: _Attempt, message: Message, now_s: float) -> None:
        if isinstance(message, Started):
            attempt.started_s = now_s
        elif isinstance(message, Opened):
            attempt.opened_s = now_s
            if message.remark:
                log.warning("%s: %s", self.name, message.remark)
        elif isinstance(message, FrameReady):
            self.stats.decoded += message.decoded - attempt.decoded
            attempt.decoded = message.decoded
            self._heard_frame(attempt, now_s)

    def _heard_frame(self, attempt: _Attempt, now_s: float) -> None:
        attempt.last_frame_s = now_s
        attempt.first_frame_s = attempt.first_frame_s or now_s
        if now_s - attempt.first_frame_s >= self.limits.settled_s:
            self.pauses.start_over()

    def _overdue(self, attempt: _Attempt, now_s: float) -> str | None:
        """Why the attempt is to be given up although its process lives."""
        if attempt.opened_s is None:
            return self._overdue_to_open(attempt, now_s)
        last_s = attempt.last_frame_s or attempt.opened_s
        return f"no picture for {self.limits.read_s:g} s" if now_s - last_s > self.limits.read_s else None

    def _overdue_to_open(self, attempt: _Attempt, now_s: float) -> str | None:
        if attempt.started_s is None:
            is_overdue = now_s - attempt.began_s > self.limits.start_s
            return f"the decoder did not start within {self.limits.start_s:g} s" if is_overdue else None
        is_overdue = now_s - attempt.started_s > self.limits.open_s + _GRACE_S
        return f"no answer for {self.limits.open_s:g} s" if is_overdue else None

    def _silence(self, attempt: _Attempt, now_s: float) -> list[Event]:
        last_s = attempt.last_frame_s or attempt.opened_s
        if last_s is None or now_s - last_s < self.limits.silent_s:
            return []
        return self.condition.becomes(CameraState.NO_FRAMES, moment_at(self.clock, last_s))

    def _give_up(self, attempt: _Attempt, reason: str, now_s: float) -> list[Event]:
        attempt.reader.stop()
        self._attempt = None
        self._next_attempt_s = now_s + self.pauses.next_s()
        return self.condition.becomes(CameraState.LOST, moment_at(self.clock, now_s), reason)
