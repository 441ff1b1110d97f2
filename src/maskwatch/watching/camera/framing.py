"""Turning, cropping and blacking out: what comes before anything else sees a frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Pixels = NDArray[np.uint8]
Corners = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Framing:
    """How a camera's picture becomes the one that is looked at.

    Attributes:
        rotate: degrees clockwise, 0, 90, 180 or 270.
        crop: left, top, right and bottom of the part of the turned picture that stays, in shares of it.
        black_out: polygons in shares of what is left, that become black.
    """

    rotate: int = 0
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    black_out: tuple[tuple[tuple[float, float], ...], ...] = ()

    def apply(self, pixels: Pixels) -> Pixels:
        """(H, W, 3) uint8 RGB to (h, w, 3), contiguous; a copy unless nothing is to be done."""
        turned = np.rot90(pixels, k=-self.rotate // 90)
        height, width = turned.shape[:2]
        left, top, right, bottom = self.crop
        rows, columns = _cut(top, bottom, height), _cut(left, right, width)
        framed = np.ascontiguousarray(turned[rows, columns])
        if self.black_out and np.shares_memory(framed, pixels):
            framed = framed.copy()
        for corners in self.black_out:
            _black_out(framed, corners)
        return framed


def _cut(low: float, high: float, size: int) -> slice:
    """The pixels between two shares; at least one stays."""
    first = min(round(low * size), size - 1)
    return slice(first, max(round(high * size), first + 1))


def _black_out(pixels: Pixels, corners: Corners) -> None:
    """Black inside the polygon and on its edge, only touching the rows and columns it lies in."""
    height, width = pixels.shape[:2]
    points = [(x * width, y * height) for x, y in corners]
    x1, y1 = (int(min(axis)) for axis in zip(*points, strict=True))
    x2, y2 = (int(max(axis)) + 1 for axis in zip(*points, strict=True))
    mask = Image.new("1", (x2 - x1, y2 - y1))
    ImageDraw.Draw(mask).polygon([(x - x1, y - y1) for x, y in points], fill=1, outline=1)
    region = pixels[y1:y2, x1:x2]
    region[np.array(mask)[: region.shape[0], : region.shape[1]]] = 0
