"""`maskwatch data split`: a labelled set cut into parts that are alike, near-duplicates together."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from maskwatch.cli.data_options import ClassesOption, FormatOption, JsonOption, MapOption, SetPath, showing_progress
from maskwatch.cli.stopping import terminated_as_interrupted
from maskwatch.data.check_pictures import look_at_pictures
from maskwatch.data.classes import parse_map
from maskwatch.data.faults import printable
from maskwatch.data.near_duplicates import groups_of, joined
from maskwatch.data.options import Progress, Reading
from maskwatch.data.reading import AUTO, SET_FORMATS, require_set
from maskwatch.data.samples import Sample
from maskwatch.data.splitting import Grouped, parse_shares, split
from maskwatch.data.writing.sets import all_names, write_samples
from maskwatch.data.writing.staging import refuse_existing, staged
from maskwatch.errors import UserError

Parts = Mapping[str, Sequence[Sample]]


def split_set(
    path: SetPath,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the parts; nothing in it is overwritten.")],
    into: Annotated[str, typer.Option(help="The parts and their shares.")] = "train=0.8,val=0.2",
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another cut.")] = 0,
    to: Annotated[str | None, typer.Option(help=f"One of {', '.join(SET_FORMATS)}. Default: as it is.")] = None,
    lists: Annotated[
        bool, typer.Option("--lists", help="Copy nothing: write a list of SHA-256 sums for each part.")
    ] = False,
    format: FormatOption = AUTO,
    map: MapOption = None,
    classes: ClassesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cut a labelled set into parts with the same mix of classes; near-duplicates stay in one part.

    The same pictures, shares and seed always give the same parts. `maskwatch train --leave-out` takes the lists.
    """
    shares = parse_shares(into)
    refuse_existing(out, [Path(f"{name}.sha256" if lists else name) for name in shares])
    with terminated_as_interrupted(), showing_progress() as progress:
        reading, mapping = Reading(progress), parse_map(map)
        source = require_set(path, format=format, mapping=mapping, classes=classes, reading=reading)
        grouped = group(source.samples, progress)
        chosen = split(grouped, shares, seed)
        with staged(out) as stage:
            for name, indices in chosen.items():
                if lists:
                    sums = sorted(grouped.digests[index] for index in indices)
                    (stage / f"{name}.sha256").write_text("".join(f"{digest}\n" for digest in sums))
                else:
                    part = [source.samples[index] for index in indices]
                    names = all_names(source.samples, source.class_names)
                    write_samples(part, stage / name, format=to or source.format, class_names=names, progress=progress)
    parts = {name: [source.samples[index] for index in indices] for name, indices in chosen.items()}
    _tell(parts, grouped, seed, as_json=as_json)


def group(samples: Sequence[Sample], progress: Progress) -> Grouped:
    """The set with its near-duplicates found; raises UserError for a picture that cannot be decoded."""
    looks = look_at_pictures(samples, progress)
    broken = [look.fault for look in looks if look.fault]
    if broken:
        raise UserError(f"{len(broken)} pictures are broken; `maskwatch data check` lists them. The first: {broken[0]}")
    same: dict[str, int] = {}
    pairs = ((same.setdefault(look.digest, index), index) for index, look in enumerate(looks))
    alike = groups_of([look.bits for look in looks])
    near = ((members[0], other) for members in alike for other in members[1:])
    return Grouped(samples, joined(len(samples), [*pairs, *near]), [look.digest for look in looks])


def _tell(parts: Parts, grouped: Grouped, seed: int, *, as_json: bool) -> None:
    classes = {name: Counter(label for sample in samples for label in sample.labels) for name, samples in parts.items()}
    without = {name: sum(not sample.labels for sample in samples) for name, samples in parts.items()}
    groups, largest = len(grouped.groups), max(map(len, grouped.groups))
    if as_json:
        records = [
            {
                "name": name,
                "pictures": len(samples),
                "pictures_without_boxes": without[name],
                "classes": dict(classes[name]),
            }
            for name, samples in parts.items()
        ]
        record = {"seed": seed, "groups": groups, "largest_group": largest, "parts": records}
        typer.echo(json.dumps(record, indent=2))
        return
    console, pictures = Console(), len(grouped.samples)
    console.print(f"pictures: {pictures} in {groups} groups, the largest of {largest}", highlight=False)
    totals = sum(classes.values(), Counter[str]())
    table = Table("part")
    for heading in ("pictures", "without boxes", *totals):
        table.add_column(Text(printable(heading)), justify="right")
    for name, samples in parts.items():
        boxes = [_share(classes[name][label], total) for label, total in totals.items()]
        table.add_row(Text(printable(name)), _share(len(samples), pictures), str(without[name]), *boxes)
    console.print(table)


def _share(count: int, total: int) -> str:
    return f"{count} ({count / total:.1%})"
