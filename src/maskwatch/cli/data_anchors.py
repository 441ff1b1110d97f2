"""`maskwatch data anchors`: anchors fitted to a set, and how well they and others cover it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from maskwatch.anchor_fitting import Coverage, coverage, fit
from maskwatch.anchors import AnchorSettings
from maskwatch.cli.data_options import (
    DEFAULT_SIDE_PX,
    AnchorsOption,
    ClassesOption,
    FormatOption,
    JsonOption,
    MapOption,
    SetPath,
    SidePxOption,
    anchors_of,
    plain_console,
    showing_progress,
)
from maskwatch.cli.stopping import terminated_as_interrupted
from maskwatch.data.check_anchors import boxes_to_cover
from maskwatch.data.classes import parse_map
from maskwatch.data.keras_config import anchor_config_text
from maskwatch.data.options import Reading
from maskwatch.data.reading import AUTO, require_set
from maskwatch.data.writing.staging import refuse_existing, staged
from maskwatch.errors import UserError
from maskwatch.pictures.preprocessing import Preprocessing


def fit_anchors(
    path: SetPath,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Write the fitted anchors as keras-retinanet's .ini.")
    ] = None,
    start: AnchorsOption = "watch",
    ratios: Annotated[int | None, typer.Option(min=1, max=9, help="Ratios a cell. Default: as before.")] = None,
    scales: Annotated[int | None, typer.Option(min=1, max=9, help="Scales a cell. Default: as before.")] = None,
    side_px: SidePxOption = DEFAULT_SIDE_PX,
    seed: Annotated[int, typer.Option(min=0, help="Of the search.")] = 0,
    format: FormatOption = AUTO,
    map: MapOption = None,
    classes: ClassesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit anchors to a labelled set, and tell how many boxes anchors reach before and after."""
    before = anchors_of(start)
    if out:
        refuse_existing(out.parent, [Path(out.name)])
    with terminated_as_interrupted(), showing_progress() as progress:
        reading, mapping = Reading(progress), parse_map(map)
        source = require_set(path, format=format, mapping=mapping, classes=classes, reading=reading)
    chosen = boxes_to_cover(source.samples, Preprocessing(side_px=side_px))
    if not len(chosen.boxes):
        raise UserError(f"{path}: every box in it is marked difficult, so no anchor has to reach any.")
    after = fit(before, chosen, ratios or len(before.ratios), scales or len(before.scales), seed)
    covered = {"before": (before, coverage(before, chosen)), "after": (after, coverage(after, chosen))}
    if out:
        with staged(out.parent) as stage:
            (stage / out.name).write_text(anchor_config_text(after), encoding="utf-8")
    if as_json:
        record = {
            name: {**vars(settings), "coverage": found.to_record()} for name, (settings, found) in covered.items()
        }
        typer.echo(json.dumps({"side_px": side_px, **record}, indent=2))
        return
    _tell(covered, side_px)
    if out:
        plain_console().print(f"Written to {out}.")


def _tell(covered: Mapping[str, tuple[AnchorSettings, Coverage]], side_px: int) -> None:
    boxes = next(found.boxes for _, found in covered.values())
    plain_console().print(f"{boxes} boxes at --side-px {side_px}; the best anchor of each:")
    table = Table("anchors", box=None, pad_edge=False)
    for heading in ("mean IoU", "from .5", ".4 to .5", "below .2", "a cell"):
        table.add_column(heading, justify="right")
    for name, (settings, found) in covered.items():
        shares = (f"{share:.1%}" for share in (found.positive, found.ignored, found.unreached))
        table.add_row(name, f"{found.mean_iou:.3f}", *shares, str(settings.per_cell))
    Console().print(table)
    for name, (settings, _) in covered.items():
        plain_console().print(f"{name}:\n{anchor_config_text(settings)}".rstrip())
