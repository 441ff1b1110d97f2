"""The site, the machine and the server."""

from typing import Literal

from maskwatch.web.models.base import Model
from maskwatch.web.models.live import WatchLive


class Health(Model):
    """Whether the server answers; for `/readyz`, whether it has heard the watch and can read the store."""

    healthy: bool
    watch_silent_s: float | None = None
    store: str | None = None


class HealthReport(Model):
    """Everything about the machine for the health page."""

    watch: WatchLive | None
    watch_silent_s: float | None
    viewers: int
    server_memory_mb: float | None
    store_bytes: int
    free_bytes: int
    store_trouble: str | None
    log: tuple[str, ...]


class About(Model):
    """What every page has to know of the site.

    Attributes:
        time_zone: of the site's clock, as `Europe/Paris`.
        pictures: how faces are shown live: `pixelated`, `clear`, or `none` for no pictures at all.
        snapshots: whether a picture of each event is kept: `none`, `blurred` or `clear`.
    """

    version: str
    time_zone: str
    pictures: Literal["pixelated", "clear", "none"]
    snapshots: Literal["none", "blurred", "clear"]
