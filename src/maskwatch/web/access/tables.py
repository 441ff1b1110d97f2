"""Users, tokens and the audit log: a file of their own beside the store, which nobody else may read."""

import os
import secrets
import sqlite3
import stat
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    select,
)
from sqlalchemy.exc import DatabaseError

from maskwatch.errors import UserError
from maskwatch.watching.storage.tables import UtcDateTime

_BUSY_S = 10.0
_VERSION = 1
_OWNER_ONLY = stat.S_IRUSR | stat.S_IWUSR

metadata = MetaData()

# `epoch` is new with every password, and sessions of an older one are over.
users = Table(
    "users",
    metadata,
    Column("name", String, primary_key=True),
    Column("password", String, nullable=False),
    Column("role", String, nullable=False),
    Column("epoch", String, nullable=False),
    Column("created", UtcDateTime, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("sha256", String, nullable=False),
    Column("scopes", String, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime),
)

# Sessions that were signed out of before their time.
ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("until_s", Float, nullable=False),
)

keys = Table("keys", metadata, Column("name", String, primary_key=True), Column("value", LargeBinary, nullable=False))

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("utc", UtcDateTime, nullable=False),
    Column("who", String, nullable=False),
    Column("action", String, nullable=False),
    Column("what", String, nullable=False),
    sqlite_autoincrement=True,
)


def access_path(store: Path) -> Path:
    """Beside the store: `maskwatch.sqlite` has its users in `maskwatch-access.sqlite`."""
    return store.with_name(f"{store.stem}-access{store.suffix or '.sqlite'}")


def open_access(path: Path) -> Engine:
    """The engine of the file, made if it is not there, readable by its owner alone.

    Raises:
        UserError: for a file that is none of ours or of a later version.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, _OWNER_ONLY))
    if os.name == "posix":
        path.chmod(_OWNER_ONLY)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_S, "check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    try:
        with engine.begin() as connection:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if version > _VERSION:
                raise UserError(f"{path}: written by a later version of maskwatch; update maskwatch.")
            metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {_VERSION}")
            if connection.execute(select(keys.c.name)).first() is None:
                connection.execute(insert(keys).values(name="signing", value=secrets.token_bytes(32)))
    except DatabaseError as error:
        raise UserError(f"{path}: no file of maskwatch's users ({error.orig}).") from error
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA synchronous = FULL")
