"""Passages counted."""

from datetime import datetime

from maskwatch.watching.nouns import State
from maskwatch.web.models.base import Model


class Wearing(Model):
    """Passages by state, and the share with a mask worn rightly of those that could be judged (Wilson, 95 %)."""

    passages: dict[State, int]
    seconds: dict[State, float]
    share: float | None
    low: float | None
    high: float | None


class SummaryLine(Wearing):
    """One line; what is not told apart is None. `begins` is by the site's clock."""

    begins: datetime | None
    weekday: int | None
    hour: int | None
    camera: str | None
    zone: str | None


class Summary(Model):
    """Lines in order of time, camera and zone, and all of them together."""

    time_zone: str
    start: datetime
    end: datetime
    lines: tuple[SummaryLine, ...]
    total: Wearing


class Comparison(Model):
    """Two periods; `difference` is of the shares, second less first, with its 95 % interval (Newcombe 1998)."""

    first: Wearing
    second: Wearing
    difference: float | None
    low: float | None
    high: float | None
