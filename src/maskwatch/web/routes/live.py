"""Live data as server-sent events: one connection a page, whatever it shows."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from maskwatch.web.context import Ctx
from maskwatch.web.hub import Hub

router = APIRouter(tags=["live"])

# A comment keeps proxies from giving up, and shows the page that the connection stands.
_QUIET_S = 5.0


@router.get(
    "/live",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {"text/event-stream": {}},
            "description": "Events `watch` (WatchLive), `picture` (Picture), `event` (EventOut), `settings` ({})",
        }
    },
)
async def live(
    ctx: Ctx,
    camera: Annotated[list[str] | None, Query(description="Whose pictures; without it everybody's.")] = None,
    pictures: Annotated[bool, Query(description="With the JPEG, or only who is where.")] = True,
) -> StreamingResponse:
    """Everything as it happens. Who does not keep up gets what is newest and misses the rest."""
    chosen = None if camera is None else frozenset(camera)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_news(ctx.hub, chosen, pictures), media_type="text/event-stream", headers=headers)


async def _news(hub: Hub, cameras: frozenset[str] | None, pictures: bool) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n\n"
    with hub.viewing(cameras, pictures=pictures) as viewer:
        while True:
            try:
                async with asyncio.timeout(_QUIET_S):
                    await viewer.news.wait()
            except TimeoutError:
                yield b": still here\n\n"
            for text in viewer.take():
                yield text
