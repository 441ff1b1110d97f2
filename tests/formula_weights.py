"""Weights and pictures by a formula of name and index, so that nobody has to ship them.

The formula is exact integer arithmetic and needs NumPy alone: the tests, and keras-retinanet's own environment
(another Python, another NumPy), make the same numbers of it. Names, shapes and layouts are Keras's.
"""

import zlib
from typing import Any

import numpy as np

Array = Any  # the two environments' NumPy type their arrays differently

CLASSES = 3


def noise(name: str, count: int) -> Array:
    """`count` numbers in [-1, 1), float64: a 32-bit hash (lowbias32) of the index, beginning at the name's CRC."""
    hashed = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(zlib.crc32(name.encode()))
    hashed ^= hashed >> np.uint32(16)
    hashed *= np.uint32(0x7FEB352D)
    hashed ^= hashed >> np.uint32(15)
    hashed *= np.uint32(0x846CA68B)
    hashed ^= hashed >> np.uint32(16)
    return hashed / 2.0**31 - 1


def tensor(layer: str, part: str, shape: tuple[int, ...]) -> Array:
    """The float32 tensor of a layer's `kernel`, `bias`, `gamma`, `beta`, `moving_mean` or `moving_variance`.

    Kernels keep the size of what they are given, residual branches are weak, and the class layer starts so low
    that some hundredth of the anchors find something.
    """
    values = noise(f"{layer}/{part}", int(np.prod(shape))).reshape(shape)
    if part == "kernel":
        spread = np.sqrt(3.0 / np.prod(shape[:3])) * _gain(layer)
        return (values * spread).astype(np.float32)
    level = {"gamma": 0.3 if layer.endswith("branch2c") else 1.0, "moving_variance": 1.0}.get(part, 0.0)
    width = 0.3 * level if level else 0.1
    if (layer, part) == ("pyramid_classification", "bias"):
        level, width = -6.0, 0.5
    return (level + width * values).astype(np.float32)


def _gain(layer: str) -> float:
    """How much larger a layer's output is than its input, about."""
    own = {"conv1": 0.02, "pyramid_regression": 0.2, "pyramid_classification": 0.5}  # pixels are some tens
    return own.get(layer, 1.0 if layer.startswith(("C", "P")) else 1.414)


def picture(name: str, height: int, width: int) -> Array:
    """(height, width, 3) uint8 RGB: patches of 16 pixels with a little noise, edges at several scales."""
    rows, columns = -(-height // 16), -(-width // 16)
    coarse = noise(name, rows * columns * 3).reshape(rows, columns, 3).repeat(16, 0).repeat(16, 1)[:height, :width]
    fine = noise(f"{name} fine", height * width * 3).reshape(height, width, 3)
    return np.clip(128 + 100 * coarse + 25 * fine, 0, 255).astype(np.uint8)


def faces(name: str, height: int, width: int, count: int) -> tuple[Array, Array]:
    """`count` boxes (count, 4) float64 xyxy, whole pixels, inside a picture, and their classes (count,)."""
    values = (noise(f"{name} faces", count * 5).reshape(count, 5) + 1) / 2
    side = 16 + values[:, 2] * 0.6 * min(height, width)
    x, y = values[:, 0] * (width - side), values[:, 1] * (height - side)
    boxes = np.floor(np.stack([x, y, x + side, y + side * (0.8 + 0.2 * values[:, 3])], 1))
    return boxes, np.floor(values[:, 4] * CLASSES).astype(np.int64)
