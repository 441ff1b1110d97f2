"""Whether the server works, for machines."""

from fastapi import APIRouter, Response

from maskwatch.web.context import Ctx
from maskwatch.web.models import Health

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> Health:
    """The server answers."""
    return Health(healthy=True)


@router.get("/readyz", responses={503: {"model": Health, "description": "The watch or the store is not there"}})
def readyz(ctx: Ctx, response: Response) -> Health:
    """The watch has been heard within the last seconds, and the store can be read."""
    trouble, silent_s = ctx.reading.trouble(), ctx.hub.silent_s
    ready = ctx.hub.hears_watch and trouble is None
    response.status_code = 200 if ready else 503
    return Health(healthy=ready, watch_silent_s=silent_s and round(silent_s, 2), store=trouble)
