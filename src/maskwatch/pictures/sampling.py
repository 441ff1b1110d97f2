"""OpenCV's bilinear resizing of 8-bit pictures by a factor, to the bit: the pixels that keras-retinanet's models saw.

It blends the four pixels nearest to each sample, also when shrinking, in fixed-point numbers of 11 binary places.
"""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

_ONE = np.float32(1 << 11)


def sampled(picture: Pixels, size: tuple[int, int], scale: float) -> Pixels:
    """A picture scaled by a factor along both sides; its edge is repeated beyond it.

    Args:
        picture: (H, W, 3) uint8.
        size: new width and height, pixels: the old ones times `scale`, rounded.
        scale: the factor.
    """
    height, width = picture.shape[:2]
    x, x_share = _places(size[0], scale)
    # Beyond the first and last column OpenCV takes their value alone; beyond rows it blends the row with itself.
    x_share = np.where((x < 0) | (x >= width - 1), np.float32(0), x_share)
    left, right = (np.clip(x + step, 0, width - 1) for step in (0, 1))
    y, y_share = _places(size[1], scale)
    upper, lower = (np.clip(y + step, 0, height - 1) for step in (0, 1))
    near, far = (weight[:, None] for weight in _weights(x_share))
    across = (picture[:, left] * near + picture[:, right] * far) >> 4
    near, far = (weight[:, None, None] for weight in _weights(y_share))
    blended = ((near * across[upper]) >> 16) + ((far * across[lower]) >> 16)
    return np.asarray(np.clip((blended + 2) >> 2, 0, 255), np.uint8)


def _places(count: int, scale: float) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Of each new pixel along an axis the old one whose centre is just before it, maybe -1, and the distance from
    that centre, 0..1: (count,) each."""
    place = ((np.arange(count) + 0.5) * (1 / scale) - 0.5).astype(np.float32)
    first = np.floor(place)
    return first.astype(np.int64), place - first


def _weights(share: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Of the nearer and the farther pixel, in units of 1 / 2048."""
    near, far = np.rint((1 - share) * _ONE), np.rint(share * _ONE)
    return near.astype(np.int32), far.astype(np.int32)
