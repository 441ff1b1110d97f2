"""`maskwatch data stats`: what a labelled set holds, in figures and pictures."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from maskwatch.cli.data_options import (
    DEFAULT_SIDE_PX,
    ClassesOption,
    FormatOption,
    JsonOption,
    MapOption,
    SetPath,
    SidePxOption,
    plain_console,
    showing_progress,
)
from maskwatch.cli.stopping import terminated_as_interrupted
from maskwatch.data.classes import parse_map
from maskwatch.data.faults import printable
from maskwatch.data.options import Reading, counted
from maskwatch.data.reading import AUTO, require_set
from maskwatch.data.statistics import BoxColumns, SetFigures, Spread, figures
from maskwatch.data.writing.staging import refuse_existing, staged
from maskwatch.pictures.preprocessing import Preprocessing

_MOST_DATABASES = 12


def stats(
    path: SetPath,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder for the charts; nothing is overwritten.")
    ] = None,
    side_px: SidePxOption = DEFAULT_SIDE_PX,
    format: FormatOption = AUTO,
    map: MapOption = None,
    classes: ClassesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count a labelled set: classes, sizes, aspects, crowds; --out draws how they are distributed."""
    from maskwatch.data.charts import charts, write_chart  # matplotlib takes its time, which `--help` should not

    with terminated_as_interrupted(), showing_progress() as progress:
        reading, mapping = Reading(progress), parse_map(map)
        source = require_set(path, format=format, mapping=mapping, classes=classes, reading=reading)
        columns = BoxColumns.of(source.samples, Preprocessing(side_px=side_px))
        if out:
            drawings = charts(source.samples, columns, side_px)
            refuse_existing(out, [Path(name) for name in drawings])
            with staged(out) as stage:
                for name in counted(list(drawings), "Drawing", progress):
                    write_chart(drawings[name], stage / name)
    found = figures(source.samples, columns)
    if as_json:
        typer.echo(json.dumps({"path": str(path), "side_px": side_px, **found.to_record()}, indent=2))
        return
    plain_console().print(printable(f"Read {source.why}"))
    _tell(Console(), found, side_px)
    if out:
        plain_console().print(f"Charts in {printable(str(out))}.")


def _tell(console: Console, found: SetFigures, side_px: int) -> None:
    lines = [
        f"pictures: {found.pictures}, without boxes: {found.without_boxes}, verified: {found.verified}",
        f"picture width: {_spread(found.widths_px)} px, height: {_spread(found.heights_px)} px",
        f"boxes: {found.boxes}, difficult: {found.difficult}; in a picture: {_spread(found.boxes_a_picture)}",
    ]
    for line in lines:
        console.print(line, highlight=False)
    console.print(_class_table(found, side_px))
    if set(found.databases) - {""}:
        console.print(_database_table(found))
    console.print("a/b/c: 5 % lie below a, half below b, 95 % below c.", highlight=False)


def _class_table(found: SetFigures, side_px: int) -> Table:
    table = Table("class", box=None, pad_edge=False)
    for heading in ("boxes", "pictures", "difficult", "side, px", f"side at {side_px}, px", "height / width"):
        table.add_column(heading, justify="right")
    for each in found.classes:
        counts = (str(each.boxes), str(each.pictures), str(each.difficult))
        spreads = (_spread(each.sides_px), _spread(each.scaled_px), _spread(each.aspects, 2))
        table.add_row(Text(printable(each.name)), *counts, *spreads)
    return table


def _database_table(found: SetFigures) -> Table:
    table = Table("source", box=None, pad_edge=False)
    table.add_column("pictures", justify="right")
    for name, count in list(found.databases.items())[:_MOST_DATABASES]:
        table.add_row(Text(printable(name) or "not told"), str(count))
    if len(found.databases) > _MOST_DATABASES:
        table.add_row(f"and {len(found.databases) - _MOST_DATABASES} more", "")
    return table


def _spread(spread: Spread | None, places: int = 0) -> str:
    return "/".join(f"{each:.{places}f}" for each in (spread.low, spread.median, spread.high)) if spread else "-"
