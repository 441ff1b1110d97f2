"""A file or film as a camera: played at its own pace or as fast as it goes, and never dropped from."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Empty, Full, Queue

from maskwatch.errors import UserError
from maskwatch.watching.camera.condition import CameraState, Condition
from maskwatch.watching.camera.frame import CapturedFrame
from maskwatch.watching.camera.reader import Waitable
from maskwatch.watching.camera.stats import CameraStats
from maskwatch.watching.clock import Clock, moment_at
from maskwatch.watching.nouns import Event, Moment

_AHEAD = 3
_STOP_LOOKED_FOR_S = 0.2


@dataclass(frozen=True)
class _End:
    """No frame follows; a reason means that it broke off."""

    reason: str


@dataclass
class FileCamera:
    """Reads ahead in a thread of its own, so that a slow disk holds up nobody else.

    Attributes:
        frames: of the file, read once.
        fast: give each frame as soon as the last one was taken.
        wake: called from the reading thread when a frame is ready.
    """

    name: str
    frames: Iterable[CapturedFrame]
    clock: Clock
    fast: bool = False
    wake: Callable[[], None] = lambda: None
    stats: CameraStats = field(default_factory=CameraStats)
    is_live: bool = field(default=False, init=False)
    ended: bool = field(default=False, init=False)
    _started: Moment | None = field(default=None, init=False)
    _next: CapturedFrame | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.condition = Condition(self.name)
        self._ahead: Queue[CapturedFrame | _End] = Queue(_AHEAD)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def handles(self) -> Iterable[Waitable]:
        return ()

    def due_s(self) -> float | None:
        """When the next frame is to be shown."""
        if self._next is None or self._started is None or self.fast:
            return None
        return self._started.clock_s + self._next.captured_s

    def moment_of(self, frame: CapturedFrame) -> Moment:
        """By the file's own clock; in UTC it began when its first frame was there."""
        began = self._started.utc if self._started else self.clock.utc()
        return Moment(began + timedelta(seconds=frame.captured_s), frame.captured_s)

    def age_s(self, frame: CapturedFrame) -> float:
        """A recording does not get old while it waits."""
        return 0.0

    def poll(self) -> list[Event]:
        """Start reading; notice the end."""
        now = moment_at(self.clock, self.clock.monotonic())
        if self._thread is None:
            self._thread = threading.Thread(target=self._read, name=f"reads {self.name}", daemon=True)
            self._thread.start()
            self.stats.attempts = 1
            return []
        if self._next is not None or self.ended:
            return []
        try:
            item = self._ahead.get_nowait()
        except Empty:
            return []
        if isinstance(item, _End):
            self.ended = True
            return self.condition.becomes(CameraState.LOST if item.reason else CameraState.ENDED, now, item.reason)
        self._next = item
        self._started = self._started or now
        return []

    def take(self) -> tuple[CapturedFrame | None, list[Event]]:
        """The next frame if it is time for it."""
        frame, due_s = self._next, self.due_s()
        if frame is None or (due_s is not None and self.clock.monotonic() < due_s):
            return None, []
        self._next = None
        self.stats.taken += 1
        self.stats.decoded += 1
        return frame, self.condition.becomes(CameraState.LIVE, moment_at(self.clock, self.clock.monotonic()))

    def stop(self) -> list[Event]:
        self._stopping.set()
        if self._thread:
            self._thread.join(2 * _STOP_LOOKED_FOR_S)
        return self.condition.close(moment_at(self.clock, self.clock.monotonic()))

    def _read(self) -> None:
        for item in self._items():
            while not self._stopping.is_set():
                try:
                    self._ahead.put(item, timeout=_STOP_LOOKED_FOR_S)
                except Full:
                    continue
                self.wake()
                break
            if self._stopping.is_set():
                return

    def _items(self) -> Iterator[CapturedFrame | _End]:
        try:
            yield from self.frames
        except UserError as error:
            yield _End(str(error))
        else:
            yield _End("")
