"""A frame as the watch takes it from a camera."""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT = 96, 54


@dataclass(frozen=True, eq=False)
class CapturedFrame:
    """One frame, turned, cropped and blacked out.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        thumbnail: (54, 96) uint8, brightness averaged over cells; what motion and the state of the view are
            told by.
        fingerprint: of every pixel; equal for equal pictures.
        sequence: its number among the frames wanted of this connection, from 1.
        captured_s: when the camera took it, as far as can be told, by the monotonic clock of this machine;
            for a file its own time from 0.
    """

    pixels: Pixels
    thumbnail: Pixels
    fingerprint: int
    sequence: int
    captured_s: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]


def to_frame(pixels: Pixels, sequence: int, captured_s: float) -> CapturedFrame:
    """The frame of contiguous pixels (H, W, 3) uint8 RGB."""
    return CapturedFrame(pixels, thumbnail_of(pixels), zlib.crc32(pixels.data), sequence, captured_s)


def thumbnail_of(pixels: Pixels) -> Pixels:
    """(H, W, 3) uint8 RGB to (54, 96) uint8 brightness, averaged over cells so that noise goes."""
    small = Image.fromarray(pixels).resize((THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT), Image.Resampling.BOX)
    return np.array(small.convert("L"))
