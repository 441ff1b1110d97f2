"""Events as they are looked for: newest first, page by page, each page found by where the last one ended."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine, Select, literal, select, tuple_

from maskwatch.watching.nouns import EventKind
from maskwatch.watching.storage.tables import UtcDateTime, events
from maskwatch.web.problems import ProblemError

_ROWS_AT_A_TIME = 500

EventState = Literal["lasting", "over", "unmarked", "seen", "wrong"]


@dataclass(frozen=True)
class Wanted:
    """Which events; None does not ask. `start` counts, `end` does not."""

    camera: str | None = None
    zone: str | None = None
    kind: EventKind | None = None
    state: EventState | None = None
    start: datetime | None = None
    end: datetime | None = None


def page(engine: Engine, wanted: Wanted, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Rows, newest first, and where the next page begins; None at the end."""
    query = _query(wanted)
    if after is not None:
        began, number = read_place(after)
        place = tuple_(literal(began, UtcDateTime), literal(number))
        query = query.where(tuple_(events.c.began, events.c.number) < place)
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(query.limit(limit + 1)).mappings()]
    more = len(rows) > limit
    return rows[:limit], place_of(rows[limit - 1]) if more else None


def every(engine: Engine, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """All rows, newest first, some at a time."""
    after: str | None = None
    while True:
        rows, after = page(engine, wanted, after, _ROWS_AT_A_TIME)
        yield from rows
        if after is None:
            return


def one(engine: Engine, event_id: str) -> dict[str, Any] | None:
    with engine.connect() as connection:
        row = connection.execute(select(events).where(events.c.id == event_id)).mappings().one_or_none()
    return None if row is None else dict(row)


def place_of(row: dict[str, Any]) -> str:
    """Where a row stands in the order, as a word that is handed back."""
    return base64.urlsafe_b64encode(f"{row['began'].isoformat()}|{row['number']}".encode()).decode("ascii")


def read_place(word: str) -> tuple[datetime, int]:
    """The inverse of `place_of`; raises `ProblemError` for a word that is none of ours."""
    try:
        began, _, number = base64.b64decode(word, altchars=b"-_", validate=True).decode("ascii").partition("|")
        time, place = datetime.fromisoformat(began), int(number)
        if time.tzinfo is None or not 0 <= place < 2**63:
            raise ValueError
    except (ValueError, binascii.Error):
        raise ProblemError(422, "after is what the page before gave as next.") from None
    return time, place


def _query(wanted: Wanted) -> Select[Any]:
    query = select(events).order_by(events.c.began.desc(), events.c.number.desc())
    for name in ("camera", "zone", "kind"):
        value = getattr(wanted, name)
        query = query if value is None else query.where(events.c[name] == value)
    query = query if wanted.start is None else query.where(events.c.began >= wanted.start)
    query = query if wanted.end is None else query.where(events.c.began < wanted.end)
    match wanted.state:
        case "lasting":
            return query.where(events.c.ended.is_(None))
        case "over":
            return query.where(events.c.ended.is_not(None))
        case "unmarked":
            return query.where(events.c.mark.is_(None))
        case "seen" | "wrong":
            return query.where(events.c.mark == wanted.state)
        case None:
            return query
