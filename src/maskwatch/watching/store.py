"""Where a watch keeps what happened: events, passages and crossings in one SQLite file."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Select, Table, select, update
from sqlalchemy.dialects.sqlite import insert

from maskwatch import __version__
from maskwatch.errors import UserError
from maskwatch.watching.nouns import Crossing, Event, EventKind, Passage
from maskwatch.watching.storage import tables
from maskwatch.watching.storage.database import open_database
from maskwatch.watching.storage.lock import WriterLock
from maskwatch.watching.storage.rows import crossing_of, event_of, passage_of, row_of
from maskwatch.watching.storage.upkeep import end_what_was_cut_off, forget_before

_ROWS_AT_A_TIME = 1000


def _new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Kept:
    """A passage or crossing on its way into the store, with the id that makes writing it twice harmless."""

    what: Passage | Crossing
    id: str = field(default_factory=_new_id)


class Store:
    """One SQLite file, which any process may read while one watch writes.

    Raises:
        UserError: when the file is missing (unless `create`), none of ours, or cannot be opened.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        if not create and not path.is_file():
            raise UserError(f"{path}: there is no store here; a watch makes one.")
        self.path = path
        self._engine = open_database(path)
        self._lock: WriterLock | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()
        if self._lock:
            self._lock.release()

    def begin_run(self, now: datetime) -> str:
        """The id of a new run, the only one that may write; what killed ones left without an end gets one.

        Raises:
            UserError: when another process writes to the store.
        """
        self._lock = self._lock or WriterLock(self.path)
        run = _new_id()
        with self._engine.begin() as connection:
            end_what_was_cut_off(connection)
            connection.execute(insert(tables.runs).values(id=run, version=__version__, began=now, last_seen=now))
        return run

    def write(self, run: str, events: Sequence[Event], kept: Sequence[Kept] = ()) -> None:
        """Commit all of it or nothing. What is there already, by its id, is brought up to date.

        Raises:
            sqlalchemy.exc.OperationalError: when the disk is full or the file cannot be written now.
        """
        passages = [row_of(each.what, run, each.id) for each in kept if isinstance(each.what, Passage)]
        crossings = [row_of(each.what, run, each.id) for each in kept if isinstance(each.what, Crossing)]
        with self._engine.begin() as connection:
            _put(connection, tables.events, [row_of(event, run, event.id) for event in events])
            _put(connection, tables.passages, passages)
            _put(connection, tables.crossings, crossings)

    def touch_run(self, run: str, now: datetime, *, ended: bool = False) -> None:
        """Note that the run was alive now, or that this is its end."""
        values = {"last_seen": now, "ended": now} if ended else {"last_seen": now}
        with self._engine.begin() as connection:
            connection.execute(update(tables.runs).where(tables.runs.c.id == run).values(values))

    def forget_before(self, time: datetime) -> int:
        """Delete what ended before a time; how many rows went."""
        return forget_before(self._engine.begin, time)

    def events(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        camera: str | None = None,
        kind: EventKind | None = None,
    ) -> list[Event]:
        """Events that began in a time, from `start` on and before `end`, oldest first."""
        query = _between(tables.events, "began", start, end)
        for column, value in (("camera", camera), ("kind", kind)):
            query = query if value is None else query.where(tables.events.c[column] == value)
        return [event_of(row) for row in self._rows(query)]

    def passages(self, start: datetime | None = None, end: datetime | None = None) -> Iterator[Passage]:
        """Passages that began in a time, from `start` on and before `end`, oldest first."""
        return (passage_of(row) for row in self._rows(_between(tables.passages, "began", start, end)))

    def crossings(self, start: datetime | None = None, end: datetime | None = None) -> Iterator[Crossing]:
        """Crossings in a time, from `start` on and before `end`, oldest first."""
        return (crossing_of(row) for row in self._rows(_between(tables.crossings, "utc", start, end)))

    def _rows(self, query: Select[Any]) -> Iterator[dict[str, Any]]:
        with self._engine.connect() as connection:
            reading = connection.execution_options(reading=True, yield_per=_ROWS_AT_A_TIME)
            for row in reading.execute(query).mappings():
                yield dict(row)


def _put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        statement = insert(table)
        changed = {name: statement.excluded[name] for name in rows[0] if name not in ("id", "run")}
        connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed), rows)


def _between(table: Table, column: str, start: datetime | None, end: datetime | None) -> Select[Any]:
    time: ColumnElement[Any] = table.c[column]
    query = select(table).order_by(time, table.c.number)
    query = query if start is None else query.where(time >= start)
    return query if end is None else query.where(time < end)
