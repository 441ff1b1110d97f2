"""The work behind `maskwatch report`."""

import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from maskwatch.config import load_site
from maskwatch.errors import UserError
from maskwatch.watching.nouns import State
from maskwatch.watching.store import Store
from maskwatch.watching.summary import Line, Period, summarise

_WIDE = 200
_STATES = (State.MASK, State.NO_MASK, State.INCORRECT, State.UNSURE)


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    config: Path
    store: Path | None
    start: str | None
    end: str | None
    by: Period
    camera: str | None
    format: Literal["table", "csv", "json"]


def run_report(request: Request) -> None:
    """Read the passages of the time asked for and print them counted."""
    path, zone = _place(request)
    start = None if request.start is None else parse_time("--from", request.start, zone, is_end=False)
    end = None if request.end is None else parse_time("--to", request.end, zone, is_end=True)
    if start and end and end <= start:
        raise UserError(f"--to {request.end}: lies before --from {request.start}.")
    with Store(path, create=False) as store:
        passages = store.passages(start, end)
        chosen = (each for each in passages if request.camera in (None, each.camera))
        lines = summarise(chosen, request.by, zone)
    if request.format == "json":
        print(json.dumps([record_of(line) for line in lines], indent=2, ensure_ascii=False))
    elif request.format == "csv":
        _write_csv(lines)
    else:
        console = Console(highlight=False)
        console.width = console.width if console.is_terminal else _WIDE
        _show(console, lines, request.by)


def _place(request: Request) -> tuple[Path, ZoneInfo]:
    """Where the store is, and the time zone of the site."""
    if request.store is not None:
        return request.store, ZoneInfo("UTC")
    site = load_site(request.config)
    return site.store, site.zone_info


def parse_time(option: str, text: str, zone: ZoneInfo, *, is_end: bool) -> datetime:
    """A day or time by the site's clock, or one with an offset, in UTC; a day as an end is the end of that day."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"{option} {text}: not a time; write one as 2026-03-01 or 2026-03-01T08:00.") from None
    if is_end and len(text) <= len("2026-03-01"):
        time += timedelta(days=1)
    return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)


def record_of(line: Line) -> dict[str, Any]:
    """One line of a report as plain values."""
    wearing = line.wearing
    return {
        "begins": line.begins.isoformat(),
        "camera": line.camera,
        "zone": line.zone,
        "passages": sum(line.passages.values()),
        **{str(state): line.passages[state] for state in _STATES},
        **{f"{state}_face_seconds": round(line.seconds[state], 1) for state in _STATES},
        "share_wearing": _rounded(wearing.share),
        "share_low": _rounded(wearing.low),
        "share_high": _rounded(wearing.high),
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _write_csv(lines: Sequence[Line]) -> None:
    """With the columns of an empty report too, so that a spreadsheet always finds them."""
    columns = list(record_of(Line(datetime.now(UTC), "", None)))
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(record_of(line) for line in lines)


def _show(console: Console, lines: Sequence[Line], by: Period) -> None:
    """A table of 80 columns where names are short; into a file it is as wide as it has to be."""
    if not lines:
        console.print("no passages in that time")
        return
    with_zones = any(line.zone for line in lines)
    table = Table(box=None, pad_edge=False)
    for name in (by, "camera", *(("zone",) if with_zones else ())):
        table.add_column(name, no_wrap=name == by, overflow="fold")
    for name in ("mask", "no mask", "wrong", "unsure", "face-s", "wearing", "95 %"):
        table.add_column(name, no_wrap=True, justify="right")
    for line in lines:
        table.add_row(*_cells(line, by, with_zones))
    console.print(table)


def _cells(line: Line, by: Period, with_zones: bool) -> list[str]:
    wearing = line.wearing
    shown = {"minute": "%Y-%m-%d %H:%M", "hour": "%Y-%m-%d %H:%M", "day": "%Y-%m-%d"}[by]
    share = "" if wearing.share is None else f"{wearing.share:.0%}"
    interval = "" if wearing.low is None else f"{wearing.low:.0%} to {wearing.high:.0%}"
    counts = [str(line.passages[state]) for state in _STATES]
    zones = [line.zone or ""] if with_zones else []
    when = line.begins.strftime(shown)
    return [when, line.camera, *zones, *counts, f"{sum(line.seconds.values()):.0f}", share, interval]
