"""Who may use a route: asked before anything else of it runs."""

import ipaddress
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from maskwatch.web.access.scopes import Principal, Scope
from maskwatch.web.access.sessions import local
from maskwatch.web.context import Context, Ctx
from maskwatch.web.problems import ProblemError

COOKIE = "maskwatch_session"
CSRF_HEADER = "X-CSRF-Token"
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))


def identified(request: Request, ctx: Ctx) -> Principal | None:
    """Who the request comes from; None for nobody known.

    Raises:
        ProblemError: for a wrong token, which is never taken for nobody.
    """
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind:
        holder = ctx.people.token_holder(text.strip()) if kind.lower() == "bearer" else None
        if holder is None:
            raise ProblemError(401, "This token is not known or is over.", headers={"WWW-Authenticate": "Bearer"})
        return holder
    if cookie := request.cookies.get(COOKIE):
        holder = ctx.sessions.holder(cookie)
        if holder is not None:
            return holder
    return local() if ctx.open_to_this_machine() and _is_this_machine(request) else None


def allowed(scope: Scope) -> Callable[..., Principal]:
    """A dependency: who it is, if they may; otherwise the request ends with 401 or 403."""

    def check(request: Request, ctx: Ctx, holder: Annotated[Principal | None, Depends(identified)]) -> Principal:
        if holder is None:
            raise ProblemError(401, "Sign in, or send a token.", headers={"WWW-Authenticate": "Bearer"})
        if scope not in holder.scopes:
            raise ProblemError(403, f"This needs the right to {scope}.")
        prove(request, ctx, holder)
        return holder

    return check


def prove(request: Request, ctx: Context, holder: Principal) -> None:
    """What changes something comes from our own page: it sends along what no other page can know."""
    if request.method in _SAFE or holder.session is None:
        return
    if not ctx.sessions.proves(holder.session, request.headers.get(CSRF_HEADER, "")):
        raise ProblemError(403, f"The header {CSRF_HEADER} is missing or of another session; load the page again.")


def _is_this_machine(request: Request) -> bool:
    host = request.client.host if request.client else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


Reader = Annotated[Principal, Depends(allowed(Scope.READ))]
DetectUser = Annotated[Principal, Depends(allowed(Scope.DETECT))]
Operator = Annotated[Principal, Depends(allowed(Scope.OPERATE))]
Admin = Annotated[Principal, Depends(allowed(Scope.ADMIN))]
