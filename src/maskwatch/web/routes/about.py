"""What every page has to know of the site."""

from fastapi import APIRouter

from maskwatch import __version__
from maskwatch.web.context import Ctx
from maskwatch.web.models import About

router = APIRouter(tags=["site"])


@router.get("/about")
async def about(ctx: Ctx) -> About:
    """The version, the site's clock, and how pictures are shown and kept."""
    site = ctx.site
    return About(
        version=__version__, time_zone=str(site.zone_info), pictures=site.web.pictures, snapshots=site.snapshots
    )
