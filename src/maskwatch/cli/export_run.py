"""The work behind `maskwatch export`. Needs torch."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from maskwatch.detection.export import export
from maskwatch.detection.metadata import ModelMetadata
from maskwatch.detection.shipped import checkpoint_path, is_shipped
from maskwatch.errors import UserError
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.retinanet import checkpoint as checkpoints
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.training.loop import BEST

SCORE, IOU = 0.3, 0.5


@dataclass(frozen=True)
class ExportRequest:
    """The options of `maskwatch export`; None where the checkpoint decides."""

    checkpoint: str
    out: Path
    name: str | None
    score: float | None
    iou: float | None
    side_px: int | None
    raw: bool
    licence: str


def run_export(request: ExportRequest) -> str:
    """Write the file; gives a sentence on what was written and compared."""
    path = find_checkpoint(request.checkpoint)
    checkpoint = checkpoints.load(path)
    metadata = describe(request, path, checkpoint)
    comparison = export(checkpoint.build(), metadata, request.out, raw=request.raw)
    size_mb = request.out.stat().st_size / 1e6
    kind = ", without suppression" if request.raw else ""
    return (
        f"{request.out}: {metadata.name} ({', '.join(metadata.class_names)}), {size_mb:.1f} MB{kind}.\n"
        f"Compared with PyTorch {comparison}."
    )


def find_checkpoint(name: str) -> Path:
    """The checkpoint that is meant: a file, the best of a run's folder, or a shipped model's."""
    if is_shipped(name):
        return checkpoint_path(name)
    path = Path(name)
    if not path.is_dir():
        return path
    if not (path / BEST).exists():
        raise UserError(f"{path}: no {BEST} in this folder; train until the first measurement, or name a checkpoint.")
    return path / BEST


def describe(request: ExportRequest, path: Path, checkpoint: Checkpoint) -> ModelMetadata:
    """What the file will say of itself; what was left open comes from the checkpoint."""
    try:
        preprocessing = Preprocessing.from_record(checkpoint.preprocessing)
    except (TypeError, ValueError) as error:
        raise UserError(f"{path}: its preprocessing is not one of this version of maskwatch ({error}).") from error
    own = checkpoint.settings.suppression
    calibrated = checkpoint.calibration.score if checkpoint.calibration else own.score
    return ModelMetadata(
        name=request.name or request.out.stem,
        class_names=checkpoint.class_names,
        preprocessing=replace(preprocessing, side_px=request.side_px or preprocessing.side_px),
        default_score=_first(request.score, calibrated, SCORE),
        default_iou=_first(request.iou, own.iou, IOU),
        training=_training(checkpoint),
        licence=request.licence,
    )


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)


def _training(checkpoint: Checkpoint) -> dict[str, Any]:
    """What the file says of its making: the training's summary and, where there is one, the calibration's."""
    calibration = {"calibration": checkpoint.calibration.summary} if checkpoint.calibration else {}
    return checkpoint.training | calibration
