"""Decoded pictures kept in memory within a limit, shared by all loader processes."""

import mmap
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from maskwatch.pictures.opening import open_picture
from maskwatch.pictures.preprocessing import Pixels


class PictureCache:
    """Opens pictures by index and remembers their pixels.

    The memory is one anonymous mapping: loader processes made by fork share it, so a picture is decoded once
    for all of them and the limit holds for all together. Where processes cannot share it (spawn), each has a
    mapping of its own, and the limit is divided by the caller. Pages are taken only as they are filled.

    Args:
        paths: the pictures.
        sizes: width and height of each, pixels.
        limit_bytes: room for this many bytes of pixels; the pictures that fit are the first ones.
    """

    def __init__(self, paths: Sequence[Path], sizes: Sequence[tuple[int, int]], limit_bytes: int) -> None:
        self._paths, self._sizes = list(paths), list(sizes)
        lengths = np.array([width * height * 3 for width, height in sizes], np.int64)
        ends = np.cumsum(lengths)
        self._starts = ends - lengths
        self._fits = ends <= limit_bytes
        self._room = int(lengths[self._fits].sum())
        self._map()

    def _map(self) -> None:
        # One byte a picture says that its pixels are complete; it is written after them.
        self._pixels = mmap.mmap(-1, max(1, self._room))
        self._complete = mmap.mmap(-1, max(1, len(self._paths)))

    def __getstate__(self) -> dict[str, object]:
        return {k: v for k, v in self.__dict__.items() if k not in ("_pixels", "_complete")}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._map()

    def __getitem__(self, index: int) -> Pixels:
        """The picture as (H, W, 3) uint8 RGB, EXIF-turned, not to be written to: others see the same memory.

        Raises:
            PictureError: where it cannot be opened.
        """
        if self._fits[index] and self._complete[index]:
            remembered = self._view(index)
            remembered.flags.writeable = False
            return remembered
        picture = open_picture(self._paths[index])
        if self._fits[index] and picture.shape[:2] == self._sizes[index][::-1]:
            self._view(index)[:] = picture
            self._complete[index] = 1
        return picture

    def _view(self, index: int) -> Pixels:
        width, height = self._sizes[index]
        flat = np.frombuffer(self._pixels, np.uint8, width * height * 3, int(self._starts[index]))
        return flat.reshape(height, width, 3)
