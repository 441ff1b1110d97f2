"""Models of keras-retinanet: a `.h5` file of it as one of our networks, to the same numbers."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from maskwatch.errors import UserError
from maskwatch.retinanet.keras_file import KerasFile, open_keras
from maskwatch.retinanet.keras_layers import KerasLayers
from maskwatch.retinanet.keras_model import KerasAsked, KerasModel, read_model, stem_padding
from maskwatch.retinanet.keras_names import Depth, Place, backbone_places, places
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.padding import Padding
from maskwatch.retinanet.settings import NetworkSettings, ResNetSettings
from maskwatch.retinanet.variants import CLASSIC_RESNET50

FIRST_CONVOLUTION = "backbone.conv1.weight"


@dataclass(frozen=True)
class KerasImport:
    """A model and its tensors by our names."""

    model: KerasModel
    weights: dict[str, Tensor]


def read_keras(path: Path, asked: KerasAsked) -> KerasImport:
    """Read a training file, an inference model or a file of weights.

    Raises:
        UserError: for a file that is not whole, not of keras-retinanet, or of a kind that cannot be imported.
    """
    with open_keras(path) as file:
        model = read_model(file, asked)
        with torch.device("meta"):
            expected = RetinaNet(model.settings, model.class_count).state_dict()
        where = places(model.settings)
        _require_nothing_else(file, where)
        weights = {name: _tensor(file, name, where[name], tensor) for name, tensor in expected.items()}
    return KerasImport(model, weights)


def read_keras_backbone(path: Path, depth: Depth, padding: Padding | None) -> tuple[dict[str, Tensor], NetworkSettings]:
    """The ResNet of a file of keras-retinanet, or of one of keras-resnet's own, as its ImageNet weights are.

    Args:
        path: the file.
        depth: the one wanted.
        padding: of the first convolution, where the file does not say.

    Returns:
        The tensors by their names in a backbone, and a network that has such a backbone.

    Raises:
        UserError: as `read_keras` does, and for a backbone of another depth.
    """
    with open_keras(path) as file:
        own = ResNetSettings(depth, "1x1", stem_padding(file, KerasLayers.of(file.config), padding))
        settings = replace(CLASSIC_RESNET50, backbone=own)
        with torch.device("meta"):
            expected = RetinaNet(settings, 1).backbone.state_dict()
        where = backbone_places(depth)
        _require_depth(file, where)
        tensors = {name: _tensor(file, f"backbone.{name}", where[name], tensor) for name, tensor in expected.items()}
    return tensors, settings


def _require_depth(file: KerasFile, where: dict[str, Place]) -> None:
    """A deeper ResNet has all layers of a shallower one but the names of its long stages."""
    known = {place.group for place in where.values()}
    blocks = [name for name in file.layers if re.match(r"(res|bn)\d", name)]
    others = [*(name for name in blocks if name not in known), *(name for name in known if name not in file.layers)]
    if others:
        raise UserError(f"{file.path}: its backbone is not the ResNet wanted ({others[0]} tells); name its --model.")


def _tensor(file: KerasFile, name: str, place: Place, expected: Tensor) -> Tensor:
    shape = tuple(expected.shape)
    if len(shape) < 4:
        return torch.from_numpy(file.read(place, shape))
    outputs, inputs, rows, columns = shape
    kernel = file.read(place, (rows, columns, inputs, outputs))
    return torch.from_numpy(_turned(kernel, name == FIRST_CONVOLUTION))


def _turned(kernel: NDArray[np.float32], takes_pixels: bool) -> NDArray[np.float32]:
    """A kernel (rows, columns, in, out) as (out, in, rows, columns); one that takes BGR pixels then takes RGB."""
    inputs_reversed = kernel[:, :, ::-1] if takes_pixels else kernel
    return np.ascontiguousarray(inputs_reversed.transpose(3, 2, 0, 1))


def _require_nothing_else(file: KerasFile, where: dict[str, Place]) -> None:
    known = {place.group for place in where.values()}
    others = [name for name in file.layers if name not in known]
    if others:
        raise UserError(f"{file.path}: has weights of a layer {others[0]}, which no keras-retinanet model has.")
