"""How blurred a face is, without knowing what a sharp one would look like.

After Crété-Roffet et al., "The blur effect: perception and estimation with a new no-reference perceptual blur
metric" (2007): what is blurred already changes little when it is blurred again.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Greys = NDArray[np.float64]

# A mask is told at about this size, so blur that vanishes when a face is scaled down to it does no harm.
_JUDGED_SIDE_PX = 24
_WINDOW = 5


def blur(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> float | None:
    """Blur of a face, 0 (sharp) to 1 (flat).

    Args:
        picture: (H, W, 3) uint8 RGB.
        box: (4,) xyxy in its pixels.

    Returns:
        None if less than 8 pixels a side of the face are in the picture.
    """
    height, width = picture.shape[:2]
    x1, y1 = (max(0, round(float(edge))) for edge in box[:2])
    x2, y2 = min(width, round(float(box[2]))), min(height, round(float(box[3])))
    if x2 - x1 < 8 or y2 - y1 < 8:
        return None
    grey = _grey(picture[y1:y2, x1:x2])
    return max(_along_rows(grey), _along_rows(grey.T))


def _grey(face: NDArray[np.uint8]) -> Greys:
    """Brightness (h, w) of a face (H, W, 3), averaged down to the size at which it is judged."""
    image = Image.fromarray(face).convert("L")
    scale = _JUDGED_SIDE_PX / (image.width * image.height) ** 0.5
    if scale < 1:
        size = (max(8, round(image.width * scale)), max(8, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.BOX)
    return np.asarray(image, np.float64)


def _along_rows(grey: Greys) -> float:
    """Which share of the change from row to row is left after a moving average over the rows."""
    half = _WINDOW // 2
    padded = np.pad(grey, ((half + 1, half), (0, 0)), mode="edge")
    sums = padded.cumsum(axis=0)
    again = (sums[_WINDOW:] - sums[:-_WINDOW]) / _WINDOW
    change, change_left = np.abs(np.diff(grey, axis=0)), np.abs(np.diff(again, axis=0))
    lost = np.clip(change - change_left, 0, None).sum()
    total = change.sum()
    return float(1 - lost / total) if total > 0 else 1.0
