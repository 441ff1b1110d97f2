"""A whole picture changed a little, as keras-retinanet's `--random-transform` does, but for vertical mirroring.

The distribution is its own; the arithmetic is not to the bit: positions are continuous here, so that a mirrored
picture is exactly mirrored (OpenCV's is one pixel further), and colours turn in Pillow's HSV of 256 hues, not in 180.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwatch.boxes import Floats, Ints
from maskwatch.pictures.preprocessing import Pixels
from maskwatch.training.crops import Crop
from maskwatch.training.settings import WholePictureSettings

Matrix = NDArray[np.float64]


def changed(
    picture: Pixels,
    boxes: Floats,
    labels: Ints,
    difficult: np.ndarray,
    settings: WholePictureSettings,
    random: np.random.Generator,
) -> Crop:
    """Distort colours, move, and scale as in use; arguments as for `augment.augment`.

    A box becomes the one round its four moved corners, and is not cut to the picture.
    """
    effects = random.uniform(-1, 1, 4)
    chosen = random.uniform(-1, 1, 6)
    mirrored = random.random() < settings.mirrored_share
    height, width = picture.shape[:2]
    matrix = random_matrix(chosen, mirrored, (width, height), settings)
    pixels, placement = settings.preprocessing.apply(moved(coloured(picture, effects, settings), matrix))
    new = placement.to_input(moved_boxes(boxes, matrix))
    return Crop(pixels, new[~difficult], labels[~difficult], new[difficult])


def random_matrix(
    chosen: NDArray[np.float64], mirrored: bool, size: tuple[int, int], settings: WholePictureSettings
) -> Matrix:
    """The homogeneous matrix (3, 3) that moves points x, y of a picture of `size` (width, height).

    Args:
        chosen: six numbers, -1..1: rotation, translation along x and y, shear, scaling along x and y, in
            shares of the settings' largest.
        mirrored: left to right, before everything else.
        size: width and height in pixels.
        settings: the largest of each.
    """
    angle, shear = chosen[0] * settings.rotation_rad, chosen[3] * settings.shear_rad
    x, y = 1 + chosen[4:] * settings.scaling
    rotation = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    shearing = np.array([[1, -np.sin(shear), 0], [0, np.cos(shear), 0], [0, 0, 1]])
    scaling = np.diag([-x if mirrored else x, y, 1])
    matrix = rotation @ _translation(*(chosen[1:3] * settings.translation)) @ shearing @ scaling
    matrix[:2, 2] *= size
    middle = np.array(size) / 2
    return np.asarray(_translation(*middle) @ matrix @ _translation(*-middle))


def moved(picture: Pixels, matrix: Matrix) -> Pixels:
    """A picture (H, W, 3) whose points are where `matrix` puts them, its edge repeated beyond it; same shape."""
    if np.array_equal(matrix, np.eye(3)):
        return picture
    height, width = picture.shape[:2]
    back = np.linalg.inv(matrix)
    reached = (back @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]]))[:2]
    before = np.ceil(np.maximum(0, -reached.min(axis=1))).astype(int) + 1
    after = np.ceil(np.maximum(0, reached.max(axis=1) - (width, height))).astype(int) + 1
    margins = ((before[1], after[1]), (before[0], after[0]), (0, 0))
    back = _translation(*before) @ back
    image = Image.fromarray(np.pad(picture, margins, "edge"))
    values = tuple(back[:2].reshape(-1).tolist())
    return np.asarray(image.transform((width, height), Image.Transform.AFFINE, values, Image.Resampling.BILINEAR))


def moved_boxes(boxes: Floats, matrix: Matrix) -> Floats:
    """Boxes (N, 4) xyxy round the moved corners of boxes (N, 4)."""
    x, y = boxes[:, [0, 2, 0, 2]], boxes[:, [1, 1, 3, 3]]
    corners = np.stack([x, y, np.ones_like(x)]).reshape(3, -1)
    points = (matrix @ corners)[:2].reshape(2, -1, 4)
    low, high = points.min(axis=2).T, points.max(axis=2).T
    return np.concatenate([low, high], axis=1).astype(np.float32)


def coloured(picture: Pixels, effects: NDArray[np.float64], settings: WholePictureSettings) -> Pixels:
    """A picture with another contrast, brightness, hue and saturation; `effects` (4,), -1..1: shares of the largest."""
    contrast, brightness, hue, saturation = effects * (
        settings.contrast, settings.brightness, settings.hue, settings.saturation
    )  # fmt: skip
    if not any((contrast, brightness, hue, saturation)):
        return picture
    level = np.arange(256.0)
    mean = picture.reshape(-1, 3).mean(axis=0)[:, None]
    contrasted = _levels((level - mean) * (1 + contrast) + mean)
    tables = _levels(contrasted + brightness * 255.0)
    image = Image.fromarray(picture).point(tables.reshape(-1).tolist()).convert("HSV")
    turned = np.mod(level + hue * 256, 256).astype(np.uint8)
    tables = np.stack([turned, _levels(level * (1 + saturation)), level.astype(np.uint8)])
    return np.asarray(image.point(tables.reshape(-1).tolist()).convert("RGB"))


def _levels(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(values, 0, 255).astype(np.uint8)


def _translation(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)
