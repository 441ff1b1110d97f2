"""The SQLite file behind the store: how it is opened, and brought to the tables of this version."""

import sqlite3
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from maskwatch.errors import UserError
from maskwatch.watching.storage import migrations

_BUSY_S = 10.0
_MIGRATIONS = Path(migrations.__file__).parent


def open_database(path: Path) -> Engine:
    """The engine of a store that has the tables of this version; made if it is not there.

    Raises:
        UserError: for a file that is none of ours, or of a later version, or cannot be written.
    """
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_S, "check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _migrate(engine)
    except CommandError as error:
        raise UserError(f"{path}: written by a later version of maskwatch; update maskwatch.") from error
    except OperationalError as error:
        raise UserError(f"{path}: cannot be opened ({error.orig}).") from error
    except DatabaseError as error:
        raise UserError(f"{path}: not a store of maskwatch ({error.orig}); move it away or name another.") from error
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    """Readers go on while one writes; what is committed is on the disk before anybody is told."""
    connection.isolation_level = None  # transactions are begun by us, also around changes of tables
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    """Writers wait for each other at the beginning, because in the middle they would fail."""
    mode = "DEFERRED" if connection.get_execution_options().get("reading") else "IMMEDIATE"
    connection.exec_driver_sql(f"BEGIN {mode}")


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect().execution_options(reading=True) as connection:
        # Who only reads must not wait for a writer, nor need room on the disk.
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
