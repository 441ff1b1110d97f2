"""Writes `.h5` files as Keras would, from the layouts recorded of the real keras-retinanet."""

import gzip
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from formula_weights import tensor
from record_keras_retinanet import NUMBERS, STRUCTURES

Structure = dict[str, Any]


@cache
def recorded_numbers() -> dict[str, np.ndarray]:
    with np.load(NUMBERS) as file:
        return dict(file)


@cache
def _structures() -> dict[str, Structure]:
    with gzip.open(STRUCTURES) as file:
        return dict(json.load(file))


def structure(name: str) -> Structure:
    """A copy of a recorded layout: `0.2 50`, `0.2 101`, `0.2 152`, `0.2 P2`, `0.1 50`."""
    return dict(json.loads(json.dumps(_structures()[name])))


def formula(layer: str, part: str, shape: tuple[int, ...]) -> np.ndarray | None:
    return np.asarray(tensor(layer, part, shape))


def nothing(layer: str, part: str, shape: tuple[int, ...]) -> np.ndarray | None:
    """Leaves the numbers out: the file is small, and every number is read as zero."""
    return None


def write_h5(
    path: Path,
    layout: Structure,
    kind: str = "training",
    numbers: Callable[[str, str, tuple[int, ...]], np.ndarray | None] = nothing,
) -> Path:
    """Write a `training` or `inference` file with its description, or `weights` alone."""
    with h5py.File(path, "w") as file:
        root: h5py.Group = file
        if kind != "weights":
            file.attrs["model_config"] = json.dumps(layout[kind])
            root = file.create_group("model_weights")
        root.attrs["backend"], root.attrs["keras_version"] = "tensorflow", "2.15.0"
        root.attrs["layer_names"] = [name.encode() for name in layout["layers"]]
        for layer, weights in layout["layers"].items():
            group = root.create_group(layer)
            group.attrs["weight_names"] = [name.encode() for name, _ in weights]
            for name, shape in weights:
                own, _, part = name.removesuffix(":0").rpartition("/")
                values = numbers(own, part, tuple(shape))
                group.create_dataset(name, tuple(shape), np.float32, data=values)
    return path
