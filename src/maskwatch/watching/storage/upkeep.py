"""What is done to the store beside writing what happened: ends for what was cut off, and forgetting."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, delete, select, update

from maskwatch.watching.storage import tables

_DELETED_AT_A_TIME = 2000

Begin = Callable[[], AbstractContextManager[Connection]]


def end_what_was_cut_off(connection: Connection) -> None:
    """Give runs that were killed, and the events that lasted then, the time they were last known to last as their end.

    Such events have `details["cut_off"]` and no duration, for nobody knows it.
    """
    cut_off = connection.execute(select(tables.runs).where(tables.runs.c.ended.is_(None))).all()
    for run in cut_off:
        lasting = select(tables.events).where(tables.events.c.run == run.id, tables.events.c.ended.is_(None))
        for event in connection.execute(lasting).all():
            values = {
                "ended": max(run.last_seen, event.began),
                "details": {**event.details, "cut_off": True},
            }
            connection.execute(update(tables.events).where(tables.events.c.number == event.number).values(values))
        connection.execute(update(tables.runs).where(tables.runs.c.id == run.id).values(ended=run.last_seen))


def forget_before(begin: Begin, time: datetime) -> int:
    """Delete what ended before a time, in steps that hold up no other writer for long; how many rows went."""
    return sum(
        _delete(begin, table, table.c[ended] < time)
        for table, ended in ((tables.events, "ended"), (tables.passages, "ended"), (tables.crossings, "utc"))
    )


def _delete(begin: Begin, table: Table, is_old: ColumnElement[bool]) -> int:
    deleted = 0
    while True:
        with begin() as connection:
            some = select(table.c.number).where(is_old).limit(_DELETED_AT_A_TIME)
            gone = connection.execute(delete(table).where(table.c.number.in_(some))).rowcount
        deleted += gone
        if gone < _DELETED_AT_A_TIME:
            return deleted
