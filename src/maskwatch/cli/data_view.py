"""`maskwatch data view`: contact sheets of a labelled set."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from maskwatch.cli.data_options import (
    DEFAULT_SIDE_PX,
    NAMED_ANCHORS,
    ClassesOption,
    FormatOption,
    MapOption,
    SetPath,
    SidePxOption,
    anchors_of,
    showing_progress,
)
from maskwatch.cli.data_view_run import Look, sheets, tell
from maskwatch.cli.extras import require_extra
from maskwatch.cli.stopping import terminated_as_interrupted
from maskwatch.data.classes import parse_map
from maskwatch.data.options import Reading
from maskwatch.data.reading import AUTO, require_set
from maskwatch.data.samples import Sample
from maskwatch.data.viewing import Matching
from maskwatch.errors import UserError


def view(
    path: SetPath,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the sheets; nothing in it is overwritten.")],
    pictures: Annotated[int, typer.Option(min=1, help="How many, drawn at random.")] = 60,
    only: Annotated[str | None, typer.Option(help="Only pictures with a box of this class.")] = None,
    augmented: Annotated[bool, typer.Option("--augmented", help="Show crops as training sees them.")] = False,
    anchors: Annotated[
        str | None,
        typer.Option(help=f"Show which anchors answer for each box: {', '.join(NAMED_ANCHORS)}, or an .ini file's."),
    ] = None,
    matching: Annotated[
        Matching | None,
        typer.Option(help="By which rule of `maskwatch train`. Default: atss, with classic anchors classic."),
    ] = None,
    worst: Annotated[bool, typer.Option("--worst", help="With --anchors: the pictures they fit worst.")] = False,
    columns: Annotated[int, typer.Option(min=1, max=20, help="Pictures side by side; a sheet has as many rows.")] = 6,
    tile_px: Annotated[int, typer.Option(min=64, max=2000, help="Side of a picture on the sheet.")] = 320,
    side_px: SidePxOption = DEFAULT_SIDE_PX,
    crop_px: Annotated[int, typer.Option(min=64, help="Side of the training crops, with --augmented.")] = 256,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw.")] = 0,
    format: FormatOption = AUTO,
    map: MapOption = None,
    classes: ClassesOption = None,
) -> None:
    """Draw a labelled set on contact sheets: its boxes, its training crops, the anchors that answer for its boxes.

    With --anchors a box is green where anchors answer for it, with their number and the best one's overlap, and
    orange where none does; the anchors themselves are thin and blue.
    """
    if (worst or matching) and not anchors:
        raise UserError("--worst and --matching are about anchors; give --anchors watch or --anchors classic too.")
    if worst and augmented:
        raise UserError("--worst judges whole pictures, not crops; leave out one of --worst and --augmented.")
    if augmented:
        require_extra("torch", "train")
    settings = anchors_of(anchors) if anchors else None
    rule: Matching = matching or ("classic" if anchors == "classic" else "atss")
    look = Look(pictures, seed, settings, rule, worst, augmented, columns, tile_px, side_px, crop_px)
    with terminated_as_interrupted(), showing_progress() as progress:
        reading, mapping = Reading(progress), parse_map(map)
        source = require_set(path, format=format, mapping=mapping, classes=classes, reading=reading)
        counts = sheets(_holding(source.samples, only), look, out, progress)
    tell(counts, look, out)


def _holding(samples: Sequence[Sample], name: str | None) -> list[Sample]:
    """The samples with a box of that class; raises UserError where there is none."""
    chosen = [sample for sample in samples if name is None or name in sample.labels]
    if not chosen:
        known = ", ".join(sorted({label for sample in samples for label in sample.labels}))
        raise UserError(f"--only {name}: no picture has such a box; the set's classes are {known}.")
    return chosen
