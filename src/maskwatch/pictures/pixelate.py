"""Faces made unknowable: each becomes a few large squares."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# A face is this many squares wide and high, so little more than its colours is left.
_SQUARES = 4
# Hair, ears and chin lie outside the box.
_MARGIN = 0.25


def pixelate(picture: NDArray[np.uint8], boxes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A copy of a picture in which every box, a quarter larger on each side, is averaged over large squares.

    Args:
        picture: (H, W, 3) uint8 RGB.
        boxes: (N, 4) float32 xyxy in pixels; parts outside the picture are cut off.

    Returns:
        (H, W, 3) uint8 RGB, writable.
    """
    covered = picture.copy()
    height, width = picture.shape[:2]
    for x1, y1, x2, y2 in boxes:
        margin_x, margin_y = _MARGIN * (x2 - x1), _MARGIN * (y2 - y1)
        left, top = max(0, int(x1 - margin_x)), max(0, int(y1 - margin_y))
        right, bottom = min(width, int(np.ceil(x2 + margin_x))), min(height, int(np.ceil(y2 + margin_y)))
        if right > left and bottom > top:
            covered[top:bottom, left:right] = _squares(picture[top:bottom, left:right])
    return covered


def _squares(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = part.shape[:2]
    few = (min(_SQUARES, width), min(_SQUARES, height))
    image = Image.fromarray(np.ascontiguousarray(part)).resize(few, Image.Resampling.BOX)
    return np.asarray(image.resize((width, height), Image.Resampling.NEAREST))
