"""What the server's process is told when it is started."""

from dataclasses import dataclass
from pathlib import Path

from maskwatch.config import Site


@dataclass(frozen=True)
class Order:
    """Handed over when the process is started.

    Attributes:
        site: the settings as the watch began with them.
        config: the settings file, which the page may change; None if the watch was started with sources.
        device, threads: what runs the model for `POST /api/v1/detect`.
        as_json: how the log is written.
    """

    site: Site
    config: Path | None
    device: str
    threads: int | None
    as_json: bool
