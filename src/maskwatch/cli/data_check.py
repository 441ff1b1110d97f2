"""`maskwatch data check`: every fault of a labelled set at once."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from maskwatch.cli.data_fix import Repair, print_repair, refuse_fix, repair
from maskwatch.cli.data_options import (
    ClassesOption,
    ConventionOption,
    FormatOption,
    JsonOption,
    MapOption,
    SetPath,
    showing_progress,
)
from maskwatch.cli.data_report import json_text, print_report
from maskwatch.cli.stopping import terminated_as_interrupted
from maskwatch.data.check import CheckedSet, check_set, compare_sets, has_faults
from maskwatch.data.check_anchors import AnchorFit
from maskwatch.data.classes import parse_map
from maskwatch.data.options import CONVENTIONS, Reading
from maskwatch.data.reading import AUTO, read_samples
from maskwatch.pictures.preprocessing import Preprocessing

EXIT_FAULTS = 1


def check(
    path: SetPath,
    val: Annotated[Path | None, typer.Option(help="Check this validation set too, and the two together.")] = None,
    format: FormatOption = AUTO,
    map: MapOption = None,
    classes: ClassesOption = None,
    convention: ConventionOption = "as-written",
    side_px: Annotated[
        int, typer.Option(min=32, max=4096, help="Longer side of pictures in training, for boxes too small.")
    ] = Preprocessing().side_px,
    fix: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a repaired copy of the set into this new folder.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Find every fault of a labelled set at once. Exit code 0: clean, 1: faults, 2: could not run.

    --fix puts right what has one right answer: edges the wrong way round, boxes over the edge, doubled boxes and
    pictures, misspelt classes. Pictures that lost labels are left out, and listed. The exit code is the copy's.
    """
    if fix:
        refuse_fix(path, val, fix)
    reader = partial(read_samples, format=format, mapping=parse_map(map), classes=classes)
    paths = [path, *([val] if val else [])]
    own = CONVENTIONS[convention]
    fit = AnchorFit(preprocessing=Preprocessing(side_px=side_px))
    with terminated_as_interrupted(), showing_progress() as progress:
        results = [reader(part, reading=Reading(progress, convention=own)) for part in paths]
        checked = [check_set(part, result, fit, progress) for part, result in zip(paths, results, strict=True)]
        fixed = None
        if fix:
            mending = Reading(progress, mending=True, convention=own)
            fixed = repair(checked[0], reader(path, reading=mending), fix, fit, progress)
    _report(checked, fixed, as_json=json)


def _report(checked: list[CheckedSet], fixed: Repair | None, *, as_json: bool) -> None:
    between = compare_sets(*checked) if len(checked) == 2 else []
    faults = [fault for part in checked for fault in part.faults] + between
    if as_json:
        typer.echo(json_text(checked, between, fixed))
    else:
        print_report(Console(), checked, faults)
        if fixed:
            print_repair(fixed)
    if has_faults(fixed.after.faults if fixed else faults):
        raise typer.Exit(EXIT_FAULTS)
