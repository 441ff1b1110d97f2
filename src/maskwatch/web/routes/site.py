"""The settings of the site: seen, changed, and cameras tried before they are."""

from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import SecretStr

from maskwatch.config import Camera
from maskwatch.watching.building import Surroundings, build_feed
from maskwatch.watching.clock import SystemClock
from maskwatch.watching.reaching import Reached, reach
from maskwatch.watching.waker import Waker
from maskwatch.web.access.scopes import Principal
from maskwatch.web.context import Context, Ctx
from maskwatch.web.guarding import Admin, Operator
from maskwatch.web.models import CameraShapesIn, CameraTestIn, CameraTestOut, FieldFault, SiteIn, SiteOut, Written
from maskwatch.web.problems import ProblemError
from maskwatch.web.routes.cameras import camera_named
from maskwatch.web.settings.addresses import refusal
from maskwatch.web.settings.editing import change, shown
from maskwatch.web.settings.site_file import FIXED, SiteFile

router = APIRouter(tags=["settings"])

_NO_FILE = "The watch was started with sources; start it with --config SITE.TOML to change settings here."
_TEST_WITHIN_S = 12.0


@router.get("/site")
def site(ctx: Ctx, _holder: Operator) -> SiteOut:
    """The settings, without anything secret."""
    if ctx.order.config is None:
        told = shown(ctx.site.model_dump(mode="json", exclude_unset=True, exclude=set(FIXED)))
        return SiteOut(version="", editable=False, why_not=_NO_FILE, settings=_without_stars(told), fixed={})
    file = SiteFile(ctx.order.config)
    raw = shown(file.raw())
    fixed = {name: raw.pop(name) for name in FIXED if name in raw}
    return SiteOut(version=file.version(), editable=True, why_not=None, settings=raw, fixed=fixed)


@router.put("/site")
async def put_site(wanted: SiteIn, ctx: Ctx, holder: Admin) -> Written:
    """Write changed settings, and have the watch take them over; cameras that do not change stay connected."""
    return await _write(ctx, holder, wanted.version, wanted.settings, "changed the settings")


@router.put("/cameras/{camera:path}/shapes")
async def put_shapes(camera: str, wanted: CameraShapesIn, ctx: Ctx, holder: Operator) -> Written:
    """Write the zones and lines of one camera; faults are told by `zones.0.polygon` and the like."""
    camera_named(ctx, camera)
    settings = shown(_file(ctx).raw())
    settings = {name: value for name, value in settings.items() if name not in FIXED}
    number = [each.get("name") for each in settings["cameras"]].index(camera)
    settings["cameras"][number] |= {"zones": wanted.zones, "lines": wanted.lines}
    for name in ("zones", "lines"):
        if not settings["cameras"][number][name]:
            del settings["cameras"][number][name]
    try:
        return await _write(ctx, holder, wanted.version, settings, f"changed the zones of {camera}")
    except ProblemError as problem:
        here = f"cameras.{number}."
        faults = [FieldFault(field=each.field.removeprefix(here), message=each.message) for each in problem.errors]
        raise ProblemError(problem.status, problem.detail.replace(here, ""), faults) from None


@router.post("/cameras/test")
async def test_camera(wanted: CameraTestIn, ctx: Ctx, holder: Admin) -> CameraTestOut:
    """Reach a camera once; nothing is kept. What an address is refused for is told as its fault."""
    camera = await run_in_threadpool(_camera_to_try, ctx, wanted)
    ctx.people.note(holder.name, "tried a camera")
    async with ctx.editing:
        found = await run_in_threadpool(_reached, ctx, camera)
    if found.size is None:
        return CameraTestOut(reached=False, reason=found.reason or str(found.state))
    return CameraTestOut(reached=True, width=found.size[0], height=found.size[1])


async def _write(ctx: Context, holder: Principal, version: str, settings: dict[str, Any], what: str) -> Written:
    file = _file(ctx)
    async with ctx.editing:
        ctx.site = await run_in_threadpool(change, file, version, settings, ctx.site)
        ctx.people.note(holder.name, what)
        waiting = await ctx.link.take_over()
    ctx.hub.settings_changed()
    return Written(version=file.version(), waiting=tuple(waiting))


def _file(ctx: Context) -> SiteFile:
    if ctx.order.config is None:
        raise ProblemError(409, _NO_FILE)
    return SiteFile(ctx.order.config)


def _camera_to_try(ctx: Context, wanted: CameraTestIn) -> Camera:
    if (wanted.address is None) == (wanted.camera is None):
        raise ProblemError(422, "Give either an address or a camera.")
    if wanted.camera is not None:
        return camera_named(ctx, wanted.camera)
    assert wanted.address is not None
    if words := refusal(wanted.address.get_secret_value(), ctx.site.web.camera_networks):
        raise ProblemError(422, f"address: {words}.", [FieldFault(field="address", message=words)])
    return Camera(name="test", address=SecretStr(wanted.address.get_secret_value()))


def _reached(ctx: Context, camera: Camera) -> Reached:
    waker, clock = Waker(), SystemClock()
    try:
        feed = build_feed(camera, ctx.site, Surroundings(clock, waker.wake))
        return reach([feed], clock, waker, _TEST_WITHIN_S)[camera.name]
    finally:
        waker.close()


def _without_stars(settings: dict[str, Any]) -> dict[str, Any]:
    """Addresses of a watch without a settings file are nobody's to read."""
    cameras = [
        {name: value for name, value in camera.items() if name != "address"} | {"address_hidden": True}
        for camera in settings["cameras"]
    ]
    return settings | {"cameras": cameras}
