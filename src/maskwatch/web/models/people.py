"""Who one is, and who did what."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, SecretStr

from maskwatch.web.access.scopes import Role, Scope
from maskwatch.web.models.base import Model


class Credentials(Model):
    """To sign in with."""

    name: Annotated[str, Field(max_length=64)]
    password: Annotated[SecretStr, Field(max_length=1000)]


class SessionOut(Model):
    """Who one is. Without a name, nobody: sign in. `local` is whoever sits at the machine while there are no users."""

    name: str | None = None
    role: Role | None = None
    scopes: tuple[Scope, ...] = ()
    csrf_token: str | None = None


class AuditLine(Model):
    """Who did what."""

    number: int
    utc: datetime
    who: str
    action: str
    what: str
