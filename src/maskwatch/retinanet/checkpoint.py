"""Trained networks as safetensors files: opening one never runs code."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from maskwatch.errors import UserError
from maskwatch.files import replacing
from maskwatch.retinanet.calibration import Calibration, fold
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.settings import NetworkSettings

METADATA_KEY = "maskwatch"
FORMAT = 1

# Tensors under this prefix belong to an unfinished run and are no part of the network.
RUN_PREFIX = "run/"


@dataclass(frozen=True)
class RunTensors:
    """What a run keeps beside the averaged weights: tensors by name, and plain values."""

    tensors: dict[str, Tensor]
    record: dict[str, Any]


@dataclass(frozen=True)
class Checkpoint:
    """A network's weights with all that is needed to use them or to train on.

    Attributes:
        settings: what the network is.
        class_names: K names in the order of the class subnet.
        preprocessing: the record of `pictures.Preprocessing`, as plain values.
        weights: the network's tensors by name, as training left them.
        training: a summary for people and model cards.
        calibration: what `build` adds to the weights; None for scores as the network gives them.
    """

    settings: NetworkSettings
    class_names: tuple[str, ...]
    preprocessing: dict[str, Any]
    weights: dict[str, Tensor]
    training: dict[str, Any] = field(default_factory=dict)
    calibration: Calibration | None = None

    def build(self) -> RetinaNet:
        """The network with these weights and calibrated scores, in evaluation mode and float32."""
        network = RetinaNet(self.settings, len(self.class_names))
        network.load_state_dict(self.weights)
        if self.calibration:
            fold(self.calibration, network.class_subnet.last)
        return network.eval()

    def save(self, path: Path, *, half: bool = False, run: RunTensors | None = None) -> None:
        """Write the file, whole or not at all.

        Args:
            path: usually `*.safetensors`.
            half: float16 weights, for shipping: half the bytes.
            run: what an unfinished run needs besides, to go on.
        """
        tensors = {name: _stored(tensor, half) for name, tensor in self.weights.items()}
        record: dict[str, Any] = {
            "format": FORMAT,
            "network": self.settings.to_record(),
            "class_names": self.class_names,
            "preprocessing": self.preprocessing,
            "training": self.training,
        }
        if self.calibration:
            record["calibration"] = self.calibration.to_record()
        if run:
            tensors |= {RUN_PREFIX + name: _stored(tensor, False) for name, tensor in run.tensors.items()}
            record["run"] = run.record
        with replacing(path) as temporary:
            # safetensors' own writing to a file has no OSError for a full disk.
            temporary.write_bytes(save(tensors, {METADATA_KEY: json.dumps(record, ensure_ascii=False)}))


def load(path: Path) -> Checkpoint:
    """Open a checkpoint; raises UserError for anything that is not one."""
    tensors, record = _read(path, lambda name: not name.startswith(RUN_PREFIX))
    return _checkpoint(path, tensors, record)


def load_run(path: Path) -> tuple[Checkpoint, RunTensors]:
    """Open the checkpoint of an unfinished run; raises UserError if it is not one."""
    tensors, record = _read(path, lambda name: True)
    if "run" not in record:
        raise UserError(f"{path}: holds a finished model, not a run to resume; start from it with --weights {path}")
    run = {name: tensors.pop(name) for name in list(tensors) if name.startswith(RUN_PREFIX)}
    named = {name.removeprefix(RUN_PREFIX): tensor for name, tensor in run.items()}
    return _checkpoint(path, tensors, record), RunTensors(named, record["run"])


def _stored(tensor: Tensor, half: bool) -> Tensor:
    kept = tensor.detach().cpu().contiguous()
    if not (half and kept.is_floating_point()):
        return kept
    halved = kept.half()
    # A running variance may pass the largest float16, 65504.
    return halved if halved.isfinite().all() else kept


def _read(path: Path, wanted: Callable[[str], bool]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The wanted tensors, in float32 where they are float16, and the record."""
    if not path.is_file():
        raise UserError(f"{path}: there is no such checkpoint")
    try:
        with safe_open(path, framework="pt") as file:
            record = json.loads((file.metadata() or {}).get(METADATA_KEY, "null"))
            tensors = {name: _full(file.get_tensor(name)) for name in file.keys() if wanted(name)}  # noqa: SIM118
    except (SafetensorError, json.JSONDecodeError) as error:
        raise UserError(f"{path}: is not a whole safetensors file ({error})") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UserError(f"{path}: is a safetensors file, but not a maskwatch checkpoint of format {FORMAT}")
    return tensors, record


def _calibration(record: dict[str, Any] | None, classes: int) -> Calibration | None:
    """None for files without one, as all are until `maskwatch calibrate`."""
    if record is None:
        return None
    calibration = Calibration.from_record(record)
    if len(calibration.scales) != classes:
        raise ValueError(f"calibrates {len(calibration.scales)} classes of {classes}")
    return calibration


def _full(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype == torch.float16 else tensor


def _checkpoint(path: Path, weights: dict[str, Tensor], record: dict[str, Any]) -> Checkpoint:
    try:
        settings = NetworkSettings.from_record(record["network"])
        names = tuple(record["class_names"])
        calibration = _calibration(record.get("calibration"), len(names))
        checkpoint = Checkpoint(settings, names, record["preprocessing"], weights, record["training"], calibration)
        with torch.device("meta"):
            expected = RetinaNet(settings, len(names)).state_dict()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: its record lacks something or has too much ({error})") from error
    _check_tensors(path, weights, expected)
    return checkpoint


def _check_tensors(path: Path, weights: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    for name, tensor in expected.items():
        if name not in weights or weights[name].shape != tensor.shape:
            raise UserError(f"{path}: tensor {name} is missing or not of shape {tuple(tensor.shape)}")
    unknown = sorted(weights.keys() - expected.keys())
    if unknown:
        raise UserError(f"{path}: has a tensor {unknown[0]} that its network does not have")
