"""The two clocks of the watch, handed to whoever needs them so that tests can hand in their own."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from maskwatch.watching.nouns import Moment


class Clock(Protocol):
    """What time it is."""

    def monotonic(self) -> float:
        """Seconds that never jump; the same for all processes of the machine."""

    def utc(self) -> datetime:
        """Aware wall-clock time, which may be set at any moment."""


class SystemClock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def utc(self) -> datetime:
        return datetime.now(UTC)


def moment_at(clock: Clock, monotonic_s: float) -> Moment:
    """The moment of a past monotonic time, by what both clocks say now."""
    return Moment(clock.utc() - timedelta(seconds=clock.monotonic() - monotonic_s), monotonic_s)
