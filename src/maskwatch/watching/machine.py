"""What happens to the machine rather than in front of a camera: the disk gets full, the model is too slow. Pure."""

import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from maskwatch.watching.nouns import Event, EventKind, Moment

_MEGABYTE = 1_000_000

# The disk is no longer low when there is a tenth more free than the limit.
_RELIEF = 1.1
# The model is slow when of the frames of half a minute fewer were judged than passed over, and fast enough again
# when nine of ten are judged.
_WINDOW_S = 30.0
_SLOW_BELOW, _FAST_ABOVE = 0.5, 0.9


def _new_id() -> str:
    return str(uuid.uuid4())


@dataclass
class Alarm:
    """One event of the machine that lasts from when it is raised to when it is cleared."""

    kind: EventKind
    new_id: Callable[[], str] = _new_id
    _open: tuple[Event, float] | None = field(default=None, init=False)

    def set(self, raised: bool, cleared: bool, moment: Moment, details: dict[str, Any]) -> list[Event]:
        """The event's beginning or end; between `raised` and `cleared` it stays as it is."""
        if self._open is None and raised:
            event = Event(self.new_id(), self.kind, "", None, None, moment.utc, details=details)
            self._open = event, moment.clock_s
            return [event]
        if self._open is not None and cleared:
            event, since_s = self._open
            self._open = None
            return [replace(event, ended=max(event.began, moment.utc), duration_s=moment.clock_s - since_s)]
        return []


@dataclass
class MachineWatch:
    """Free disk and frames judged, from time to time; `disk_low_mb` of 0 never speaks."""

    disk_low_mb: int
    disk: Alarm = field(default_factory=lambda: Alarm(EventKind.DISK_LOW), init=False)
    model: Alarm = field(default_factory=lambda: Alarm(EventKind.MODEL_SLOW), init=False)
    _counts: deque[tuple[float, int, int]] = field(default_factory=deque, init=False)

    def see_disk(self, free_bytes: int, moment: Moment) -> list[Event]:
        free_mb = free_bytes // _MEGABYTE
        details = {"free_mb": free_mb, "limit_mb": self.disk_low_mb}
        return self.disk.set(free_mb < self.disk_low_mb, free_mb >= _RELIEF * self.disk_low_mb, moment, details)

    def see_frames(self, judged: int, passed_over: int, moment: Moment) -> list[Event]:
        """Frames of live cameras so far, of all of them together."""
        self._counts.append((moment.clock_s, judged, passed_over))
        while self._counts[-1][0] - self._counts[0][0] > _WINDOW_S:
            self._counts.popleft()
        began_s, judged_then, passed_then = self._counts[0]
        if moment.clock_s - began_s < _WINDOW_S / 2:
            return []
        looked, over = judged - judged_then, passed_over - passed_then
        share = looked / (looked + over) if looked + over else 1.0
        details = {"judged": looked, "passed_over": over, "seconds": round(moment.clock_s - began_s, 1)}
        return self.model.set(share < _SLOW_BELOW, share > _FAST_ABOVE, moment, details)

    def close(self, moment: Moment) -> list[Event]:
        """The watch ends."""
        return [event for alarm in (self.disk, self.model) for event in alarm.set(False, True, moment, {})]
