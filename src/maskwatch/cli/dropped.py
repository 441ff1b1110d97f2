"""Telling of boxes that were left out because another program's convention was asked for."""

import typer

from maskwatch.data.building import DROPPED
from maskwatch.data.faults import ReadResult

SHOWN = 5


def tell_dropped(result: ReadResult) -> None:
    """Name the first few on standard error, and how many there are."""
    dropped = [fault for fault in result.faults if fault.kind == DROPPED]
    for fault in dropped[:SHOWN]:
        typer.echo(f"warning: {fault}", err=True)
    if len(dropped) > SHOWN:
        typer.echo(f"warning: and {len(dropped) - SHOWN} more; `maskwatch data check` lists them all.", err=True)
