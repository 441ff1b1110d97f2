"""Users and tokens: made, listed, removed, and recognised."""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, delete, func, insert, select, update

from maskwatch.errors import UserError
from maskwatch.web.access.scopes import Principal, Role, Scope
from maskwatch.web.access.tables import access_path, audit, keys, open_access, tokens, users

_SHORTEST_PASSWORD = 10
_LONGEST_PASSWORD = 1000
_TOKEN = "mwt"
_LONGEST_NAME = 64


@dataclass(frozen=True)
class User:
    """A user; `epoch` is new with every password."""

    name: str
    role: Role
    epoch: str
    created: datetime


@dataclass(frozen=True)
class Token:
    """An API token, without what is secret of it."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created: datetime
    expires: datetime | None


class People:
    """The file of users and tokens that belongs to a store.

    Raises:
        UserError: for a file that cannot be used.
    """

    def __init__(self, store: Path) -> None:
        self.engine: Engine = open_access(access_path(store))
        self._hasher = PasswordHasher()

    def close(self) -> None:
        self.engine.dispose()

    def signing_key(self) -> bytes:
        with self.engine.connect() as connection:
            return bytes(connection.execute(select(keys.c.value).where(keys.c.name == "signing")).scalar_one())

    def any_user(self) -> bool:
        with self.engine.connect() as connection:
            return bool(connection.execute(select(func.count()).select_from(users)).scalar_one())

    def user(self, name: str) -> User | None:
        with self.engine.connect() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
        return None if row is None else User(row.name, Role(row.role), row.epoch, row.created)

    def list_users(self) -> list[User]:
        with self.engine.connect() as connection:
            rows = connection.execute(select(users).order_by(users.c.name)).all()
        return [User(row.name, Role(row.role), row.epoch, row.created) for row in rows]

    def put_user(self, name: str, role: Role, password: str) -> None:
        """Add a user, or give one that is there another role and password, which ends their sessions."""
        _check_name(name)
        _check_password(password, name)
        values = {"role": role, "password": self._hasher.hash(password), "epoch": secrets.token_hex(8)}
        with self.engine.begin() as connection:
            if not connection.execute(update(users).where(users.c.name == name).values(values)).rowcount:
                connection.execute(insert(users).values(name=name, created=datetime.now(UTC), **values))

    def remove_user(self, name: str) -> None:
        with self.engine.begin() as connection:
            if not connection.execute(delete(users).where(users.c.name == name)).rowcount:
                raise UserError(f"{name}: there is no such user.")

    @cached_property
    def _nobody(self) -> str:
        """Who asks for a user that is not there waits as long as for one that is."""
        return self._hasher.hash(secrets.token_hex())

    def check_password(self, name: str, password: str) -> User | None:
        """The user, if that is their password. Takes a tenth of a second, also for users that are not there."""
        with self.engine.connect() as connection:
            known = connection.execute(select(users.c.password).where(users.c.name == name)).scalar_one_or_none()
        try:
            self._hasher.verify(known or self._nobody, password[:_LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return None
        return self.user(name) if known else None

    def add_token(self, name: str, scopes: Collection[Scope], expires: datetime | None) -> str:
        """The new token, which is told this once and kept as its hash."""
        _check_name(name)
        number, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        with self.engine.begin() as connection:
            if connection.execute(select(tokens.c.id).where(tokens.c.name == name)).first():
                raise UserError(f"{name}: there is a token of that name; remove it or choose another name.")
            connection.execute(
                insert(tokens).values(
                    id=number,
                    name=name,
                    sha256=_sha256(secret),
                    scopes=" ".join(sorted(scopes)),
                    created=datetime.now(UTC),
                    expires=expires,
                )
            )
        return f"{_TOKEN}_{number}_{secret}"

    def list_tokens(self) -> list[Token]:
        with self.engine.connect() as connection:
            rows = connection.execute(select(tokens).order_by(tokens.c.name)).all()
        return [Token(row.id, row.name, _scopes(row.scopes), row.created, row.expires) for row in rows]

    def remove_token(self, name: str) -> None:
        with self.engine.begin() as connection:
            if not connection.execute(delete(tokens).where(tokens.c.name == name)).rowcount:
                raise UserError(f"{name}: there is no such token.")

    def token_holder(self, text: str) -> Principal | None:
        """Whose token it is; None for one that is wrong or over."""
        kind, _, rest = text.partition("_")
        number, _, secret = rest.partition("_")
        if kind != _TOKEN:
            return None
        with self.engine.connect() as connection:
            row = connection.execute(select(tokens).where(tokens.c.id == number)).one_or_none()
        if row is None or not hmac.compare_digest(row.sha256, _sha256(secret)):
            return None
        if row.expires is not None and row.expires <= datetime.now(UTC):
            return None
        return Principal(f"token {row.name}", _scopes(row.scopes), None)

    def note(self, who: str, action: str, what: str = "") -> None:
        """Write down who did what; never a secret."""
        with self.engine.begin() as connection:
            connection.execute(insert(audit).values(utc=datetime.now(UTC), who=who, action=action, what=what[:2000]))

    def notes(self, before: int | None, limit: int) -> Sequence[tuple[int, datetime, str, str, str]]:
        """The audit log, newest first: number, time, who, action, what."""
        query = select(audit).order_by(audit.c.number.desc()).limit(limit)
        query = query if before is None else query.where(audit.c.number < before)
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return [(row.number, row.utc, row.who, row.action, row.what) for row in rows]


def _scopes(text: str) -> frozenset[Scope]:
    return frozenset(Scope(each) for each in text.split())


def _sha256(secret: str) -> str:
    """Enough for 256 random bits, which nobody guesses however fast they try."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _check_name(name: str) -> None:
    if not name or len(name) > _LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise UserError(f"a name has 1 to {_LONGEST_NAME} printable characters and no space at its ends.")


def _check_password(password: str, name: str) -> None:
    if not _SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise UserError(f"a password has {_SHORTEST_PASSWORD} characters or more.")
    if password.casefold() == name.casefold() or len(set(password)) < 4:
        raise UserError("that password is guessed at once; choose another.")
