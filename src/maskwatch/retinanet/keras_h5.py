"""Models of keras-retinanet: a `.h5` file of it as one of our networks, to the same numbers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from maskwatch.errors import UserError
from maskwatch.retinanet.keras_file import KerasFile, open_keras
from maskwatch.retinanet.keras_model import KerasAsked, KerasModel, read_model
from maskwatch.retinanet.keras_names import Place, places
from maskwatch.retinanet.network import RetinaNet

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
