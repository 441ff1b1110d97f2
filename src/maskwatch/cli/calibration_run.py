"""The work behind `maskwatch calibrate`. Needs torch."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import track

from maskwatch.boxes import Floats
from maskwatch.cli.evaluate_request import DataAsked
from maskwatch.cli.export_run import find_checkpoint
from maskwatch.cli.folders import pictures_below
from maskwatch.detections import Detections
from maskwatch.errors import UserError
from maskwatch.evaluation.calibration import calibration_figures
from maskwatch.evaluation.calibration_fit import Lines, calibrated, fit
from maskwatch.evaluation.collecting import Run, collect, detect_files
from maskwatch.evaluation.matching import match
from maskwatch.evaluation.operating_point import rates
from maskwatch.evaluation.threshold import invented_scores, score_for_false_alarms
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.retinanet import checkpoint as checkpoints
from maskwatch.retinanet.calibration import Calibration
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.training.torch_detector import TorchDetector

LOWEST_SCORE = 0.005


@dataclass(frozen=True)
class CalibrateRequest:
    """The options of `maskwatch calibrate`."""

    checkpoint: str
    data: DataAsked
    out: Path
    false_alarms: float
    backgrounds: Path | None
    half: bool
    device: str
    threads: int | None


def run_calibration(request: CalibrateRequest) -> None:
    """Fit, choose, write, tell; raises UserError for anything the user can put right."""
    loaded = replace(checkpoints.load(find_checkpoint(request.checkpoint)), calibration=None)
    samples = request.data.samples()
    backgrounds = pictures_below(request.backgrounds, "--backgrounds") if request.backgrounds else []
    detector = _detector(request, loaded)
    run = collect(samples, _looked_at(detector, [sample.picture for sample in samples]), loaded.class_names)
    lines = fit(run)
    after = calibrated(run, lines)
    invented = _scores(_looked_at(detector, backgrounds), lines) if backgrounds else invented_scores(after)
    counted_in = len(backgrounds) or len(samples)
    score = score_for_false_alarms(invented, counted_in, request.false_alarms)
    where = {"rate": request.false_alarms, "pictures": counted_in, "without_faces": bool(backgrounds)}
    summary = _summary(request, run, after, lines) | {"false_alarms": where}
    calibration = Calibration(lines.scales, lines.shifts, score, summary)
    replace(loaded, calibration=calibration).save(request.out, half=request.half)
    console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    for sentence in (*_told(loaded.class_names, calibration, after), f"Written to {request.out}."):
        console.print(sentence)


def _detector(request: CalibrateRequest, loaded: Checkpoint) -> TorchDetector:
    if request.device == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda: PyTorch sees no GPU here; leave it out to run on the CPU.")
    if request.threads:
        torch.set_num_threads(request.threads)
    gpu = request.device != "cpu" and torch.cuda.is_available()
    network = loaded.build().to("cuda" if gpu else "cpu")
    return TorchDetector(network, loaded.class_names, Preprocessing.from_record(loaded.preprocessing), LOWEST_SCORE)


def _looked_at(detector: TorchDetector, paths: Sequence[Path]) -> Iterable[Detections]:
    terminal = Console(stderr=True)
    found = detect_files(paths, detector.detect_batch)
    return track(found, "Looking", len(paths), console=terminal, transient=True, disable=not terminal.is_terminal)


def _scores(detections: Iterable[Detections], lines: Lines) -> Floats:
    """The calibrated scores of all detections, (D,)."""
    by_class = (np.asarray(found.data["class_scores"]) for found in detections if len(found))
    return np.concatenate([np.zeros(0, np.float32), *(lines.apply(scores).max(axis=1) for scores in by_class)])


def _summary(request: CalibrateRequest, run: Run, after: Run, lines: Lines) -> dict[str, Any]:
    before_figures, figures = (calibration_figures(match(each), each.table) for each in (run, after))
    return {
        "data": request.data.path.name,
        "listed": [path.name for path in request.data.listed],
        "pictures": len(run.pictures),
        "faces": sum(len(judged.sample.labels) for judged in run.pictures),
        "shared_line": list(lines.shared),
        "error_before": before_figures.error,
        "error_after": figures.error,
    }


def _told(class_names: tuple[str, ...], calibration: Calibration, after: Run) -> Iterator[str]:
    summary = calibration.summary
    yield (
        f"Fitted to {summary['pictures']} pictures with {summary['faces']} faces: expected calibration error "
        f"{_figure(summary['error_before'])} before, {_figure(summary['error_after'])} after, on these same pictures; "
        "`maskwatch evaluate` judges it on others."
    )
    for name, scale, shift in zip(class_names, calibration.scales, calibration.shifts, strict=True):
        shared = " (too few faces of its own: the line of the others)" if name in summary["shared_line"] else ""
        yield f"  {name}: logit times {scale:.2f} plus {shift:.2f}{shared}"
    alarms = summary["false_alarms"]
    kind = "pictures without faces" if alarms["without_faces"] else "labelled pictures"
    shown = rates(match(after, by_class=False), calibration.score)
    yield (
        f"Default score {calibration.score:g}: at most {alarms['rate']:g} false faces a picture on "
        f"{alarms['pictures']} {kind}; on the labelled pictures it finds {_figure(shown.recall)} of the faces, and "
        f"{_figure(shown.precision)} of what it finds are faces."
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
