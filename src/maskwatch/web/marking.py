"""The one thing the server writes into the store: what somebody made of an event."""

from pathlib import Path

from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from maskwatch.watching.storage.database import open_database
from maskwatch.watching.storage.tables import events
from maskwatch.web.models import Mark
from maskwatch.web.problems import ProblemError


class Marking:
    """A few bytes at a time, between what the watch writes."""

    def __init__(self, path: Path) -> None:
        self._engine = open_database(path)

    def close(self) -> None:
        self._engine.dispose()

    def mark(self, number: int, mark: Mark | None) -> None:
        """Raises `ProblemError` while the store cannot be written."""
        try:
            with self._engine.begin() as connection:
                connection.execute(update(events).where(events.c.number == number).values(mark=mark))
        except OperationalError as error:
            raise ProblemError(503, f"The store cannot be written now ({error.orig}).") from error
