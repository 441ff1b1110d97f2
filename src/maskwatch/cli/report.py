"""`maskwatch report`: passages counted by state, camera, zone and period."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Option = typer.Option


def report(
    config: Annotated[Path, Option(help="The site's settings, which say where the store is.")] = Path("site.toml"),
    store: Annotated[Path | None, Option(help="The store itself, in place of --config; times are then UTC.")] = None,
    from_: Annotated[
        str | None, Option("--from", help="From this day or time on, by the site's clock: 2026-03-01T08:00")
    ] = None,
    to: Annotated[str | None, Option("--to", help="Before this time, or to the end of this day.")] = None,
    by: Annotated[Literal["minute", "hour", "day"], Option(help="How long a period is.")] = "hour",
    camera: Annotated[str | None, Option(help="This camera only.")] = None,
    format: Annotated[Literal["table", "csv", "json"], Option(help="How to print it.")] = "table",
) -> None:
    """Count passages: how many wore a mask, how many did not, and the share with its 95 % interval.

    A passage is somebody who was followed for a while. There is no identity: who passes twice counts twice.
    """
    from maskwatch.cli.extras import require_extra

    require_extra("sqlalchemy", "watch")
    from maskwatch.cli.report_run import Request, run_report

    run_report(Request(config, store, from_, to, by, camera, format))
