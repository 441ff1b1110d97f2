"""Cameras: how they are, and their newest pictures."""

from datetime import UTC, datetime

from fastapi import APIRouter
from fastapi.responses import Response

from maskwatch.config import Camera
from maskwatch.watching.nouns import State
from maskwatch.watching.summary import period_start, wilson
from maskwatch.web.context import Context, Ctx
from maskwatch.web.models import CameraOut, LineShape, SharesToday, ZoneShape
from maskwatch.web.problems import ProblemError

router = APIRouter(tags=["cameras"])

_PICTURE_WITHIN_S = 3.0


@router.get("/cameras")
def cameras(ctx: Ctx) -> list[CameraOut]:
    """Every camera of the site, in the order of its settings."""
    return [_camera_out(ctx, camera) for camera in ctx.site.cameras]


@router.get(
    "/cameras/{camera:path}/picture",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}, "description": "A JPEG; `Picture-Sequence` tells it from others"}},
)
async def picture(camera: str, ctx: Ctx) -> Response:
    """The newest picture, at most a second old; faces are as the site shows them."""
    camera_named(ctx, camera)
    if ctx.site.web.pictures == "none":
        raise ProblemError(404, "This site shows no pictures.")
    newest = await ctx.hub.picture(camera, _PICTURE_WITHIN_S)
    if newest is None:
        raise ProblemError(503, "The camera gives no picture at the moment.")
    head = newest.value
    return Response(newest.body, media_type="image/jpeg", headers={"Picture-Sequence": str(head["sequence"])})


def camera_named(ctx: Context, name: str) -> Camera:
    """The camera of that name; raises `ProblemError` if there is none."""
    found = [camera for camera in ctx.site.cameras if camera.name == name]
    if not found:
        raise ProblemError(404, "There is no camera of that name.")
    return found[0]


def _camera_out(ctx: Context, camera: Camera) -> CameraOut:
    return CameraOut(
        name=camera.name,
        zones=tuple(
            ZoneShape(name=zone.name, polygon=zone.polygon, mask_required=zone.mask_required) for zone in camera.zones
        ),
        lines=tuple(LineShape(name=line.name, start=line.start, end=line.end) for line in camera.lines),
        collects_for_training=camera.collect_for_training,
        today=_today(ctx, camera.name),
        live=ctx.hub.camera(camera.name),
    )


def _today(ctx: Context, camera: str) -> SharesToday:
    states = ctx.reading.states(camera, period_start(datetime.now(UTC), "day", ctx.site.zone_info))
    share = wilson(states[State.MASK], states.total() - states[State.UNSURE])
    return SharesToday(
        passages={state: states[state] for state in State}, share=share.share, low=share.low, high=share.high
    )
