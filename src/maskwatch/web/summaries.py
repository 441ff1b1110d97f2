"""Passages counted in the store, and put together by the site's clock."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Engine, Integer, cast, func, select

from maskwatch.watching.nouns import State
from maskwatch.watching.storage.tables import passages
from maskwatch.watching.summary import period_start, wilson
from maskwatch.web.models import Comparison, Summary, SummaryLine, Wearing

By = Literal["hour", "day", "weekday_hour", "none"]
Apart = Literal["camera", "zone"]

# Time zones differ from UTC by quarters of an hour, so these can be put together to anybody's hours.
_QUARTER_S = 900


@dataclass(frozen=True)
class Question:
    """What is counted: passages that began from `start` on and before `end`, of a camera or zone if one is named."""

    start: datetime
    end: datetime
    camera: str | None = None
    zone: str | None = None


@dataclass(frozen=True)
class _Count:
    began: datetime
    camera: str
    zone: str | None
    state: State
    passages: int
    seconds: float


@dataclass
class _Tally:
    passages: dict[State, int] = field(default_factory=lambda: dict.fromkeys(State, 0))
    seconds: dict[State, float] = field(default_factory=lambda: dict.fromkeys(State, 0.0))

    def add(self, count: _Count) -> None:
        self.passages[count.state] += count.passages
        self.seconds[count.state] += count.seconds

    def wearing(self) -> Wearing:
        judged = sum(self.passages.values()) - self.passages[State.UNSURE]
        share = wilson(self.passages[State.MASK], judged)
        seconds = {state: round(value, 1) for state, value in self.seconds.items()}
        return Wearing(passages=self.passages, seconds=seconds, share=share.share, low=share.low, high=share.high)


Key = tuple[datetime | None, int | None, int | None, str | None, str | None]


def summarise(engine: Engine, question: Question, by: By, apart: Iterable[Apart], zone: ZoneInfo) -> Summary:
    """Lines by period, and by camera and zone where these are told apart."""
    lines: dict[Key, _Tally] = {}
    total = _Tally()
    kept = frozenset(apart)
    for count in _counts(engine, question):
        total.add(count)
        lines.setdefault(_key(count, by, kept, zone), _Tally()).add(count)
    return Summary(
        time_zone=str(zone),
        start=question.start,
        end=question.end,
        lines=tuple(_line(key, lines[key], zone) for key in sorted(lines, key=_order)),
        total=total.wearing(),
    )


def compare(engine: Engine, first: Question, second: Question) -> Comparison:
    """Two periods, and how their shares differ (Newcombe 1998, method 10: from the two Wilson intervals)."""
    one, two = (_total(engine, question) for question in (first, second))
    before, after = _interval(one), _interval(two)
    if before is None or after is None:
        return Comparison(first=one, second=two, difference=None, low=None, high=None)
    difference = after[1] - before[1]
    down = math.hypot(after[1] - after[0], before[2] - before[1])
    up = math.hypot(after[2] - after[1], before[1] - before[0])
    return Comparison(first=one, second=two, difference=difference, low=difference - down, high=difference + up)


def _interval(wearing: Wearing) -> tuple[float, float, float] | None:
    """Low, share and high; None where nothing was counted."""
    if wearing.share is None or wearing.low is None or wearing.high is None:
        return None
    return wearing.low, wearing.share, wearing.high


def _total(engine: Engine, question: Question) -> Wearing:
    tally = _Tally()
    for count in _counts(engine, question):
        tally.add(count)
    return tally.wearing()


def _counts(engine: Engine, question: Question) -> Iterator[_Count]:
    """Passages by quarter of an hour, camera, zone and state."""
    seconds = cast(func.strftime("%s", passages.c.began), Integer)
    quarter: ColumnElement[int] = seconds - seconds % _QUARTER_S
    parts = (quarter, passages.c.camera, passages.c.zone, passages.c.state)
    query = (
        select(*parts, func.count(), func.sum(passages.c.observed_s))
        .where(passages.c.began >= question.start, passages.c.began < question.end)
        .group_by(*parts)
    )
    query = query if question.camera is None else query.where(passages.c.camera == question.camera)
    query = query if question.zone is None else query.where(passages.c.zone == question.zone)
    with engine.connect() as connection:
        for began_s, camera, zone, state, number, seen_s in connection.execute(query):
            began = datetime.fromtimestamp(0, UTC) + timedelta(seconds=began_s)
            yield _Count(began, camera, zone, State(state), number, seen_s)


def _key(count: _Count, by: By, apart: frozenset[Apart], zone: ZoneInfo) -> Key:
    begins = weekday = hour = None
    if by == "weekday_hour":
        wall = count.began.astimezone(zone)
        weekday, hour = wall.weekday(), wall.hour
    elif by != "none":
        # In UTC, because the hour that happens twice is two hours that the same clock shows.
        begins = period_start(count.began, by, zone).astimezone(UTC)
    return begins, weekday, hour, count.camera if "camera" in apart else None, count.zone if "zone" in apart else None


def _line(key: Key, tally: _Tally, time_zone: ZoneInfo) -> SummaryLine:
    utc, weekday, hour, camera, zone = key
    begins = utc.astimezone(time_zone) if utc else None
    told = tally.wearing().model_dump()
    return SummaryLine(begins=begins, weekday=weekday, hour=hour, camera=camera, zone=zone, **told)


def _order(key: Key) -> tuple[object, ...]:
    begins, weekday, hour, camera, zone = key
    return (begins.timestamp() if begins else 0.0, weekday or 0, hour or 0, camera or "", zone or "")
