"""Signing in and out, and who one is."""

import math
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from maskwatch.web.access.scopes import Principal
from maskwatch.web.access.sessions import LASTS_S
from maskwatch.web.context import Context, Ctx
from maskwatch.web.guarding import COOKIE, identified, prove
from maskwatch.web.models import Credentials, SessionOut
from maskwatch.web.problems import ProblemError

router = APIRouter(tags=["session"])

Holder = Annotated[Principal | None, Depends(identified)]


@router.get("/session")
def who(ctx: Ctx, holder: Holder) -> SessionOut:
    """Who one is; without a name, nobody. The CSRF token goes into `X-CSRF-Token` of whatever changes something."""
    return _told(ctx, holder)


@router.post("/session")
async def sign_in(credentials: Credentials, request: Request, response: Response, ctx: Ctx) -> SessionOut:
    """Sign in. After three wrong passwords in a row every next one is followed by a longer pause."""
    name = credentials.name
    keys = (f"host {request.client.host if request.client else ''}", f"user {name}")
    left_s = ctx.pauses.left_s(keys)
    if left_s > 0:
        wait_s = math.ceil(left_s)
        raise ProblemError(429, f"Too many wrong passwords; wait {wait_s} s.", headers={"Retry-After": str(wait_s)})
    ctx.pauses.failed(keys)  # until it has turned out right, so that nobody tries many at a time
    async with ctx.hashing:
        user = await run_in_threadpool(ctx.people.check_password, name, credentials.password.get_secret_value())
    if user is None:
        ctx.people.note(name[:64], "sign-in failed", keys[0])
        raise ProblemError(401, "Name or password is wrong.")
    ctx.pauses.succeeded(keys)
    cookie, holder = ctx.sessions.begin(user)
    ctx.people.note(user.name, "signed in", keys[0])
    path = f"{ctx.site.web.root_path}/"
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, cookie, LASTS_S, path=path, secure=secure, httponly=True, samesite="strict")
    return _told(ctx, holder)


@router.delete("/session", status_code=204)
def sign_out(request: Request, response: Response, ctx: Ctx, holder: Holder) -> None:
    """Sign out, on this browser and wherever the cookie was copied to."""
    if holder is not None and holder.role is not None and holder.session and ctx.people.any_user():
        prove(request, ctx, holder)
        ctx.sessions.end(holder.session)
        ctx.people.note(holder.name, "signed out")
    response.delete_cookie(COOKIE, path=f"{ctx.site.web.root_path}/")


def _told(ctx: Context, holder: Principal | None) -> SessionOut:
    if holder is None:
        return SessionOut()
    csrf_token = ctx.sessions.csrf_token(holder.session) if holder.session else None
    scopes = tuple(sorted(holder.scopes))
    return SessionOut(name=holder.name, role=holder.role, scopes=scopes, csrf_token=csrf_token)
