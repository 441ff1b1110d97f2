"""How everything is, and who changed what, for the people in charge."""

import shutil
from typing import Annotated

from fastapi import APIRouter, Query

from maskwatch.web.context import Ctx
from maskwatch.web.guarding import Admin, Operator
from maskwatch.web.models import AuditLine, HealthReport, Limit
from maskwatch.web.watchside.snapshot import resident_mb

router = APIRouter(tags=["health"])


@router.get("/health")
def health(ctx: Ctx, _holder: Operator) -> HealthReport:
    """Cameras, model, store, memory and the end of the log."""
    store, silent_s = ctx.reading.path, ctx.hub.silent_s
    return HealthReport(
        watch=ctx.hub.watch,
        watch_silent_s=None if silent_s is None else round(silent_s, 2),
        viewers=ctx.hub.viewers,
        server_memory_mb=resident_mb(),
        store_bytes=store.stat().st_size if store.exists() else 0,
        free_bytes=shutil.disk_usage(store.parent).free,
        store_trouble=ctx.reading.trouble(),
        log=tuple(ctx.hub.log),
    )


@router.get("/audit")
def audit(
    ctx: Ctx,
    _holder: Admin,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="Only lines with a lower number.")] = None,
    limit: Annotated[Limit, Query()] = 100,
) -> list[AuditLine]:
    """Who signed in and who changed what, newest first."""
    lines = ctx.people.notes(before, limit)
    return [AuditLine(number=line[0], utc=line[1], who=line[2], action=line[3], what=line[4]) for line in lines]
