"""Who may do what."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a request needs.

    `read`: see cameras, events, counts. `detect`: have pictures looked at. `operate`: mark events, draw zones, read
    the log. `admin`: cameras, rules and everything else in the settings, and the audit log.
    """

    READ = "read"
    DETECT = "detect"
    OPERATE = "operate"
    ADMIN = "admin"


class Role(StrEnum):
    """What a user is."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


SCOPES_OF: dict[Role, frozenset[Scope]] = {
    Role.VIEWER: frozenset((Scope.READ, Scope.DETECT)),
    Role.OPERATOR: frozenset((Scope.READ, Scope.DETECT, Scope.OPERATE)),
    Role.ADMIN: frozenset(Scope),
}


@dataclass(frozen=True)
class Principal:
    """Who a request comes from.

    Attributes:
        name: a user's, a token's, or `local` for whoever sits at this machine while there are no users.
        session: id of the session, whose requests need its CSRF token; None for a token's.
    """

    name: str
    scopes: frozenset[Scope]
    session: str | None
    role: Role | None = None
