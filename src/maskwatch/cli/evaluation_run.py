"""The work behind `maskwatch evaluate`: measures what was asked for, shows it, writes it down."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress, track

from maskwatch import __version__
from maskwatch.cli.detection_sources import Source
from maskwatch.cli.evaluate_request import STANDARD_OUTPUT, EvaluateRequest
from maskwatch.cli.folders import pictures_below
from maskwatch.data.samples import Sample
from maskwatch.errors import UserError
from maskwatch.evaluation.collecting import collect
from maskwatch.evaluation.false_alarms import FalseAlarms, false_alarms
from maskwatch.evaluation.measure import Measurement, judge
from maskwatch.evaluation.record import false_alarms_record, measurement_record
from maskwatch.evaluation.robustness import CONDITIONS, Kept, measure_robustness
from maskwatch.evaluation.table import alarms_remark, robustness_table, tables
from maskwatch.files import replacing

RECORD_FORMAT = 1

Item = TypeVar("Item")


@dataclass(frozen=True)
class Outcome:
    """What came of a request; what was not asked for is None or empty, as is the time of predictions."""

    measured: Measurement
    ms_a_picture: float | None
    alarms: FalseAlarms | None
    robustness: tuple[Kept, ...]


def run_evaluation(request: EvaluateRequest, source: Source) -> None:
    """Measure, print the tables, write the JSON; raises UserError for anything the user can put right."""
    if request.robust and not source.detect:
        raise UserError("--robust changes pictures and looks again, which --predictions cannot; give a MODEL.")
    samples = request.data.samples()
    pictures = pictures_below(request.backgrounds, "--backgrounds") if request.backgrounds else []
    outcome = _measure(request, source, samples, pictures)
    # Class names and file names may hold square brackets, which are no markup.
    _show(Console(stderr=request.json == STANDARD_OUTPUT, markup=False, highlight=False), source, outcome)
    if request.json:
        _write(request.json, _record(request, source, outcome))


def _measure(request: EvaluateRequest, source: Source, samples: Sequence[Sample], backgrounds: list[Path]) -> Outcome:
    names = _class_names(request, source)
    score = source.score if request.score is None else request.score
    found = source.of([sample.picture for sample in samples])
    run = collect(samples, _shown(found, "Measuring", len(samples)), names)
    ms = source.watch.ms_a_picture
    measured = judge(run, score=max(score, request.rule.minimum_score), rule=request.rule, coco=request.coco)
    alarms = None
    if backgrounds:
        empty = _shown(source.of(backgrounds), "Backgrounds", len(backgrounds))
        alarms = false_alarms(backgrounds, empty, measured.shown.score)
    return Outcome(measured, ms, alarms, _robustness(request, source, samples, names, measured.ap))


def _robustness(
    request: EvaluateRequest, source: Source, samples: Sequence[Sample], names: tuple[str, ...], ap: float | None
) -> tuple[Kept, ...]:
    if not (request.robust and source.detect):
        return ()
    terminal = Console(stderr=True)
    with Progress(console=terminal, transient=True, disable=not terminal.is_terminal) as progress:
        task = progress.add_task(f"Robustness ({len(CONDITIONS)} conditions)", total=len(samples))
        return measure_robustness(
            samples,
            source.detect,
            names,
            ap,
            rule=request.rule,
            batch_size=request.batch,
            on_picture=lambda: progress.advance(task),
        )


def _class_names(request: EvaluateRequest, source: Source) -> tuple[str, ...]:
    """The classes to judge; predictions may lack a class that their maker knows, a model may not."""
    unknown = [name for name in request.only if name not in source.class_names]
    if unknown and source.detect:
        raise UserError(f"--only {unknown[0]}: not a class of {source.name} ({', '.join(source.class_names)}).")
    return request.only or source.class_names


def _shown(items: Iterable[Item], what: str, total: int) -> Iterable[Item]:
    terminal = Console(stderr=True)
    return track(items, what, total, console=terminal, transient=True, disable=not terminal.is_terminal)


def _show(console: Console, source: Source, outcome: Outcome) -> None:
    ms = outcome.ms_a_picture
    at = f", {source.input}, {ms:.1f} ms a picture from pixels to boxes" if ms else ""
    console.print(f"{source.name}{at}")
    for each in tables(outcome.measured):
        console.print(each)
    if outcome.alarms:
        console.print(alarms_remark(outcome.alarms))
    if outcome.robustness:
        console.print(robustness_table(outcome.robustness, outcome.measured.ap))


def _record(request: EvaluateRequest, source: Source, outcome: Outcome) -> dict[str, Any]:
    return {
        "format": RECORD_FORMAT,
        "maskwatch": __version__,
        "model": source.name,
        "input": source.input,
        "ms_a_picture": outcome.ms_a_picture,
        "data": str(request.data.path),
        **measurement_record(outcome.measured),
        "backgrounds": false_alarms_record(outcome.alarms) if outcome.alarms else None,
        "robustness": [asdict(kept) for kept in outcome.robustness],
    }


def _write(target: str, record: Mapping[str, Any]) -> None:
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    if target == STANDARD_OUTPUT:
        typer.echo(text, nl=False)
        return
    with replacing(Path(target)) as temporary:
        temporary.write_text(text, encoding="utf-8")
