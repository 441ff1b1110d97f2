"""How a camera is, told apart, and the event that each change of it is. No thread, no process, no clock."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from maskwatch.watching.camera.scene import View
from maskwatch.watching.nouns import Event, EventKind, Moment


class CameraState(StrEnum):
    """How a camera is.

    `connecting` until the first frame; `lost` without a connection; `no_frames` with one over which nothing comes;
    `frozen`, `black` and `moved` while frames come. `size_changed` and `ended`, a file's end, last no time at all.
    """

    CONNECTING = "connecting"
    LIVE = "live"
    NO_FRAMES = "no_frames"
    FROZEN = "frozen"
    BLACK = "black"
    MOVED = "moved"
    SIZE_CHANGED = "size_changed"
    LOST = "lost"
    ENDED = "ended"


_OF_VIEW = {
    View.CLEAR: CameraState.LIVE,
    View.FROZEN: CameraState.FROZEN,
    View.BLACK: CameraState.BLACK,
    View.MOVED: CameraState.MOVED,
}


def _new_id() -> str:
    return str(uuid.uuid4())


@dataclass
class Condition:
    """The state of one camera and its events.

    Every stretch of a state other than `live` is one event: given out without an end when it is noticed and again,
    with the same id, its end and its duration, when it is over. It begins when the trouble began, not when it was
    noticed.
    """

    camera: str
    new_id: Callable[[], str] = _new_id
    state: CameraState = field(default=CameraState.CONNECTING, init=False)
    reason: str = field(default="", init=False)
    _open: tuple[Event, float] | None = field(default=None, init=False)
    _size: tuple[int, int] | None = field(default=None, init=False)

    def starts(self, moment: Moment) -> list[Event]:
        """The first attempt to connect is an event too."""
        return self._begin(moment, "")

    def becomes(self, state: CameraState, since: Moment, reason: str = "") -> list[Event]:
        """The events of a change; none if that is how it is already."""
        if state is self.state:
            self.reason = reason or self.reason
            return []
        events = self._close(since)
        self.state, self.reason = state, reason
        return events if state is CameraState.LIVE else [*events, *self._begin(since, reason)]

    def sees(self, view: View, since: Moment) -> list[Event]:
        """Frames come, and this is how they look."""
        return self.becomes(_OF_VIEW[view], since)

    def has_size(self, size: tuple[int, int], moment: Moment) -> list[Event]:
        """An event that begins and ends at once if width and height are other than they were."""
        before, self._size = self._size, size
        if before is None or before == size:
            return []
        return [_at_once(self._event(CameraState.SIZE_CHANGED, moment, {"before": list(before), "after": list(size)}))]

    def close(self, moment: Moment) -> list[Event]:
        """The watch ends, and with it whatever lasts."""
        return self._close(moment)

    def _begin(self, since: Moment, reason: str) -> list[Event]:
        event = self._event(self.state, since, {"reason": reason} if reason else {})
        if self.state is CameraState.ENDED:
            return [_at_once(event)]
        self._open = event, since.clock_s
        return [event]

    def _close(self, moment: Moment) -> list[Event]:
        if self._open is None:
            return []
        event, since_s = self._open
        self._open = None
        # What begins in the past begins after what it follows.
        lasted_s = max(0.0, moment.clock_s - since_s)
        return [replace(event, ended=max(event.began, moment.utc), duration_s=lasted_s)]

    def _event(self, state: CameraState, since: Moment, details: dict[str, Any]) -> Event:
        return Event(
            id=self.new_id(),
            kind=EventKind.CAMERA,
            camera=self.camera,
            zone=None,
            track=None,
            began=since.utc,
            details={"state": state.value, **details},
        )


def _at_once(event: Event) -> Event:
    return replace(event, ended=event.began, duration_s=0.0)
