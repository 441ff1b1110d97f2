"""Passages counted: by state, camera, zone and period, with what the count can bear."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from maskwatch.watching.nouns import Passage, State

Period = Literal["minute", "hour", "day"]

# Half-width of the middle 95 % of a normal distribution, in standard deviations.
_Z95 = 1.959964


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval; all None when nothing was counted."""

    share: float | None
    low: float | None
    high: float | None


def wilson(part: int, whole: int) -> Share:
    """A share and its interval (Wilson, 1927), which holds for small counts and near 0 and 1 too."""
    if not whole:
        return Share(None, None, None)
    share, z2 = part / whole, _Z95**2
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z95 * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole**2)) / (1 + z2 / whole)
    low = 0.0 if not part else max(0.0, middle - half)
    high = 1.0 if part == whole else min(1.0, middle + half)
    return Share(share, low, high)


@dataclass
class Line:
    """One line of a report.

    Attributes:
        begins: of the period, by the site's clock.
        camera, zone: where.
        passages: how many ended up in each state.
        seconds: for how long the faces of each state were seen, together: face-seconds.
    """

    begins: datetime
    camera: str
    zone: str | None
    passages: dict[State, int] = field(default_factory=lambda: dict.fromkeys(State, 0))
    seconds: dict[State, float] = field(default_factory=lambda: dict.fromkeys(State, 0.0))

    @property
    def wearing(self) -> Share:
        """Share of the passages with a mask worn rightly, of those that could be judged."""
        judged = sum(self.passages.values()) - self.passages[State.UNSURE]
        return wilson(self.passages[State.MASK], judged)


def summarise(passages: Iterable[Passage], by: Period, zone: ZoneInfo) -> list[Line]:
    """Lines in order of time, camera and zone; a passage counts in the period in which it began.

    Args:
        passages: in any order.
        by: how long a period is.
        zone: the site's time zone, whose days and hours count; the hour that happens twice is two periods.
    """
    lines: dict[tuple[datetime, str, str | None], Line] = {}
    for passage in passages:
        begins = period_start(passage.began, by, zone)
        key = (begins.astimezone(ZoneInfo("UTC")), passage.camera, passage.zone)
        line = lines.setdefault(key, Line(begins, passage.camera, passage.zone))
        line.passages[passage.state] += 1
        line.seconds[passage.state] += passage.observed_s
    return [lines[key] for key in sorted(lines, key=lambda key: (key[0], key[1], key[2] or ""))]


def period_start(utc: datetime, by: Period, zone: ZoneInfo) -> datetime:
    """The beginning of the minute, hour or day, by the site's clock, that a moment lies in."""
    wall = utc.astimezone(zone).replace(second=0, microsecond=0)
    if by == "minute":
        return wall
    if by == "hour":
        return wall.replace(minute=0)
    return wall.replace(hour=0, minute=0, fold=0)
