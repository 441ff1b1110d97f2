"""`maskwatch data convert`: a labelled set written anew in another format."""

import json
from pathlib import Path
from typing import Annotated

import typer

from maskwatch.cli.data_options import (
    ClassesOption,
    ConventionOption,
    FormatOption,
    JsonOption,
    MapOption,
    SetPath,
    plain_console,
    showing_progress,
)
from maskwatch.cli.stopping import terminated_as_interrupted
from maskwatch.data.building import DROPPED
from maskwatch.data.classes import parse_map
from maskwatch.data.faults import printable
from maskwatch.data.losses import compare
from maskwatch.data.options import CONVENTIONS, Reading
from maskwatch.data.reading import AUTO, SET_FORMATS, read_samples, require_set
from maskwatch.data.writing.sets import write_samples


def convert(
    path: SetPath,
    to: Annotated[str, typer.Option(help=f"One of {', '.join(SET_FORMATS)}.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to write; no file in it is overwritten.")],
    format: FormatOption = AUTO,
    map: MapOption = None,
    classes: ClassesOption = None,
    convention: ConventionOption = "as-written",
    as_json: JsonOption = False,
) -> None:
    """Write a labelled set in another format, with copies of its pictures, and list what got lost.

    Pictures that lie in the folder already stay where they are: to add labels beside them, name their folder.
    """
    with terminated_as_interrupted(), showing_progress() as progress:
        reading = Reading(progress, convention=CONVENTIONS[convention])
        source = require_set(
            path, format=format, mapping=parse_map(map), classes=classes, need_boxes=False, reading=reading
        )
        written = write_samples(source.samples, out, format=to, class_names=source.class_names, progress=progress)
        losses = compare(written, read_samples(out, format=to, reading=Reading(progress)).samples)
    not_taken = [fault for fault in source.faults if fault.kind in ("unlabelled-picture", "outlines", DROPPED)]
    boxes = sum(len(sample.labels) for sample in written)
    if as_json:
        record = {"folder": str(out), "format": to, "pictures": len(written), "boxes": boxes}
        lost = losses.to_record() | {"not_taken": [fault.to_record() for fault in not_taken]}
        typer.echo(json.dumps(record | {"lost": lost}, indent=2))
        return
    console = plain_console()
    console.print(printable(f"Read {source.why}"))
    console.print(f"Wrote {to} to {printable(str(out))}: pictures {len(written)}, boxes {boxes}.")
    sentences = [*losses.sentences(), *(str(fault) for fault in not_taken)]
    console.print("Lost:" if sentences else "Lost: nothing.")
    for sentence in sentences:
        console.print(f"  {sentence}")
