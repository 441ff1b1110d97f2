"""The work behind `maskwatch import-keras`. Needs torch and h5py."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from maskwatch.cli.export_run import ExportRequest, run_export
from maskwatch.data.faults import Severity
from maskwatch.data.keras_classes import read_classes
from maskwatch.data.keras_config import read_anchor_config
from maskwatch.errors import UserError
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.retinanet.keras_h5 import KerasImport, read_keras
from maskwatch.retinanet.keras_model import KerasAsked
from maskwatch.retinanet.padding import Padding
from maskwatch.retinanet.settings import NetworkSettings, ResNetSettings

KINDS = {"training": "a training file", "inference": "an inference model", "weights": "a file of weights"}

PADDINGS: dict[str, Padding] = {"same": "same", "explicit": "symmetric"}


@dataclass(frozen=True)
class ImportRequest:
    """The options of `maskwatch import-keras`, and the two files to write."""

    model: Path
    checkpoint: Path
    onnx: Path
    classes: Path | None
    config: Path | None
    padding: str | None
    corner_targets: bool
    one_label: bool
    min_side: int
    max_side: int


def run_import(request: ImportRequest) -> Iterator[str]:
    """Write both files, or neither; gives sentences on what was found and written."""
    asked = KerasAsked(
        read_anchor_config(request.config) if request.config else None,
        PADDINGS[request.padding] if request.padding else None,
        request.corner_targets,
    )
    found = read_keras(request.model, asked)
    checkpoint = _checkpoint(request, found)
    yield f"{request.model}: {_described(found)}."
    yield from (f"{request.model}: {sentence}." for sentence in found.model.assumed)
    with ExitStack() as undone:
        undone.callback(request.checkpoint.unlink, missing_ok=True)
        checkpoint.save(request.checkpoint)
        written = run_export(_export_request(request))
        undone.pop_all()
    yield f"{request.checkpoint}: to train on with --weights."
    yield written


def _checkpoint(request: ImportRequest, found: KerasImport) -> Checkpoint:
    model = found.model
    settings = model.settings
    if request.one_label:
        settings = replace(settings, suppression=replace(settings.suppression, per_class=False))
    return Checkpoint(
        settings,
        _class_names(request, model.class_count),
        Preprocessing("short_side", request.min_side, request.max_side, "sampled").to_record(),
        found.weights,
        {"model": f"classic-resnet{_backbone(settings).depth}", "imported": request.model.name, "was": model.kind},
    )


def _class_names(request: ImportRequest, count: int) -> tuple[str, ...]:
    if request.classes is None:
        return tuple(f"class_{number}" for number in range(count))
    names, faults = read_classes(request.classes, request.classes)
    wrong = [fault for fault in faults if fault.severity is not Severity.WARNING]
    if wrong:
        raise UserError(str(wrong[0]))
    if len(names) != count:
        raise UserError(f"--classes {request.classes}: names {len(names)} classes, but {request.model} has {count}.")
    return names


def _backbone(settings: NetworkSettings) -> ResNetSettings:
    assert isinstance(settings.backbone, ResNetSettings)  # keras-retinanet's others are refused
    return settings.backbone


def _described(found: KerasImport) -> str:
    settings, backbone = found.model.settings, _backbone(found.model.settings)
    levels = f"P{settings.levels[0]} to P{settings.levels[-1]}"
    padding = "explicit" if backbone.stem_padding == "symmetric" else "same"
    classes = f"{found.model.class_count} class{'' if found.model.class_count == 1 else 'es'}"
    return f"{KINDS[found.model.kind]}, ResNet-{backbone.depth} (padding {padding}), {levels}, {classes}"


def _export_request(request: ImportRequest) -> ExportRequest:
    return ExportRequest(str(request.checkpoint), request.onnx, None, None, None, None, False, "")
