"""One writer a store: a lock that the system takes back from whoever dies, on every platform SQLite knows."""

import sqlite3
from pathlib import Path

from maskwatch.errors import UserError


class WriterLock:
    """Held from being made until `release`; raises `UserError` if another process holds it."""

    def __init__(self, store: Path) -> None:
        self._connection = sqlite3.connect(
            store.with_name(f"{store.name}-writer"), timeout=0, isolation_level=None, check_same_thread=False
        )
        try:
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self._connection.close()
            raise UserError(f"{store}: another watch writes to it; end that one or name another store.") from error

    def release(self) -> None:
        self._connection.close()
