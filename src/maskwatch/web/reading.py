"""The store as the server reads it: never written to, whatever is asked."""

import sqlite3
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.exc import DatabaseError

from maskwatch.watching.nouns import State
from maskwatch.watching.storage import tables

_BUSY_S = 5.0


class Reading:
    """One SQLite file that a watch writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine = _engine(path)

    def close(self) -> None:
        self.engine.dispose()

    def trouble(self) -> str | None:
        """Why the store cannot be read; None when it can."""
        try:
            with self.engine.connect() as connection:
                connection.execute(select(tables.runs.c.id).limit(1))
        except DatabaseError as error:
            return str(error.orig)
        return None

    def states(self, camera: str, start: datetime) -> Counter[State]:
        """Passages of a camera that began from a time on, by state."""
        passages = tables.passages
        query = select(passages.c.state, func.count()).where(passages.c.began >= start, passages.c.camera == camera)
        with self.engine.connect() as connection:
            return Counter({State(state): count for state, count in connection.execute(query.group_by("state"))})


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_S, "check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA query_only = ON")
