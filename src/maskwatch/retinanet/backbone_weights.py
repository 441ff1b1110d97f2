"""Weights of a ResNet backbone alone: torchvision's, keras-retinanet's, or those of a checkpoint of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from maskwatch.errors import UserError
from maskwatch.retinanet import checkpoint as checkpoints
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.padding import Padding
from maskwatch.retinanet.settings import NetworkSettings, ResNetSettings
from maskwatch.retinanet.variants import RESNET50

PREFIX = "backbone."
COUNTER = "num_batches_tracked"  # of no use once training is over, and not in every file

# Where other programs put the tensors in a dictionary that holds more.
INNER = ("state_dict", "model")

# What torch raises for a file that is no pickle of tensors, or is cut short.
_DAMAGE = (UnpicklingError, OSError, RuntimeError, EOFError, ValueError, KeyError, IndexError, AttributeError)


@dataclass(frozen=True)
class BackboneWeights:
    """A ResNet's tensors, and how it was trained to see pictures.

    Attributes:
        tensors: by torchvision's names, float32.
        like: a network with such a backbone; of its settings those count that the tensors are wrong without: where
            strides and padding lie, and which pixels the first convolution takes.
    """

    tensors: dict[str, Tensor]
    like: NetworkSettings

    def adopted(self, settings: NetworkSettings) -> NetworkSettings:
        """`settings` with the backbone as these weights need it."""
        own = self.like
        return replace(settings, backbone=own.backbone, padding=own.padding, mean=own.mean, std=own.std)

    def put_into(self, network: RetinaNet) -> str:
        """Copy the tensors; gives a clause saying how many."""
        own = network.backbone.state_dict()
        network.backbone.load_state_dict(own | {name: self.tensors[name] for name in own if name in self.tensors})
        return f"{sum(name in self.tensors for name in own)} tensors of the backbone"


def read_backbone(path: Path, settings: NetworkSettings, padding: str | None = None) -> BackboneWeights:
    """Read the backbone that a network of `settings` can take from a file.

    Args:
        path: `.pth` or `.pt` of torchvision's format, `.safetensors` of it or of ours, or `.h5` of keras-retinanet
            or keras-resnet.
        settings: of the network that is to be trained.
        padding: of the first convolution, `same` or `explicit`, for a `.h5` of weights alone.

    Raises:
        UserError: for a file that is none, or holds another network.
    """
    if not isinstance(settings.backbone, ResNetSettings):
        raise UserError(f"--backbone-weights {path}: this network's backbone is no ResNet; choose another --model.")
    if not path.is_file():
        raise UserError(f"--backbone-weights {path}: there is no such file.")
    found = _read(path, settings.backbone, padding)
    _require_fit(path, found, settings)
    return found


def _read(path: Path, wanted: ResNetSettings, padding: str | None) -> BackboneWeights:
    match path.suffix.lower():
        case ".h5" | ".hdf5":
            return _from_keras(path, wanted, padding)
        case ".safetensors":
            return _from_safetensors(path, wanted)
        case _:
            return _from_torchvision(path, _unpickled(path), wanted)


def _from_keras(path: Path, wanted: ResNetSettings, padding: str | None) -> BackboneWeights:
    # h5py is an extra of its own, which nobody else needs.
    from maskwatch.retinanet.keras_h5 import read_keras_backbone

    if wanted.depth == 18 or wanted.depth == 34:
        raise UserError(f"{path}: keras-retinanet has no ResNet-{wanted.depth}; choose another --model.")
    paddings: dict[str, Padding] = {"same": "same", "explicit": "symmetric"}
    return BackboneWeights(*read_keras_backbone(path, wanted.depth, paddings[padding] if padding else None))


def _from_safetensors(path: Path, wanted: ResNetSettings) -> BackboneWeights:
    try:
        with safe_open(path, framework="pt") as file:
            ours = checkpoints.METADATA_KEY in (file.metadata() or {})
            tensors = {} if ours else {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise UserError(f"{path}: is not a whole safetensors file ({error}).") from error
    if not ours:
        return _from_torchvision(path, tensors, wanted)
    earlier = checkpoints.load(path)
    own = {name.removeprefix(PREFIX): each for name, each in earlier.weights.items() if name.startswith(PREFIX)}
    return BackboneWeights(own, earlier.settings)


def _unpickled(path: Path) -> Mapping[str, Any]:
    """The tensors of a `.pth` file.

    Such a file is a pickle, which can call anything when it is opened. With `weights_only` torch reads it by an
    interpreter of its own that knows tensors and plain containers, and stops at any other name.
    """
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except _DAMAGE as error:
        reason = str(error).split("\n")[0].rstrip(".")
        raise UserError(f"{path}: is no file of weights that PyTorch opens safely ({reason}).") from error
    for name in INNER:
        if isinstance(loaded, dict) and isinstance(loaded.get(name), dict):
            return dict(loaded[name])
    if not isinstance(loaded, dict):
        raise UserError(f"{path}: holds no tensors by name.")
    return loaded


def _from_torchvision(path: Path, tensors: Mapping[str, Any], wanted: ResNetSettings) -> BackboneWeights:
    own = {name: each.float() for name, each in tensors.items() if isinstance(each, Tensor)}
    if not own:
        raise UserError(f"{path}: holds no tensors by name.")
    # torchvision's conventions are those of our own ResNets.
    return BackboneWeights(own, replace(RESNET50, backbone=ResNetSettings(wanted.depth)))


def _require_fit(path: Path, found: BackboneWeights, settings: NetworkSettings) -> None:
    assert isinstance(settings.backbone, ResNetSettings)
    own = found.like.backbone
    if not isinstance(own, ResNetSettings) or own.depth != settings.backbone.depth:
        raise UserError(f"{path}: its backbone is no ResNet-{settings.backbone.depth}; choose another --model.")
    wanted = found.adopted(settings)
    with torch.device("meta"):
        expected = RetinaNet(wanted, 1).backbone.state_dict()
    for name, tensor in expected.items():
        if name.endswith(COUNTER) and name not in found.tensors:
            continue
        if name not in found.tensors or found.tensors[name].shape != tensor.shape:
            raise UserError(
                f"{path}: has no {name} of shape {tuple(tensor.shape)}, so it is no ResNet-{settings.backbone.depth}."
            )
        if not found.tensors[name].isfinite().all():
            raise UserError(f"{path}: {name} holds numbers that are not finite.")
