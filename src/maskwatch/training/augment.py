"""One random training crop of a labelled picture."""

import numpy as np
from PIL import Image

from maskwatch.boxes import Floats, Ints
from maskwatch.pictures.preprocessing import Pixels
from maskwatch.training.colours import distort
from maskwatch.training.crops import GREY, Crop, boxes_in_crop, choose_window, cut
from maskwatch.training.settings import AugmentSettings

ROTATED_SHARE = 0.3
LARGEST_ANGLE_DEG = 12.0
MIRRORED_SHARE = 0.5


def augment(
    picture: Pixels,
    boxes: Floats,
    labels: Ints,
    difficult: np.ndarray,
    side_px: int,
    settings: AugmentSettings,
    random: np.random.Generator,
) -> Crop:
    """Crop, turn, mirror and distort.

    Args:
        picture: (H, W, 3) uint8 RGB.
        boxes: (N, 4) float32 xyxy pixels of the picture.
        labels: (N,) int64.
        difficult: (N,) bool; such boxes are ignored.
        side_px: of the crop.
        settings: ranges.
        random: everything random comes from here, so a crop is a function of its seed.
    """
    height, width = picture.shape[:2]
    window = choose_window(width, height, boxes[~difficult], side_px, settings, random)
    pixels = cut(picture, window, side_px)
    corner = np.array([window.x, window.y] * 2, np.float32)
    moved = ((boxes - corner) * (side_px / window.side)).astype(np.float32)
    if random.random() < ROTATED_SHARE:
        pixels, moved = _rotated(pixels, moved, random.uniform(-LARGEST_ANGLE_DEG, LARGEST_ANGLE_DEG))
    if random.random() < MIRRORED_SHARE:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        moved = np.stack([side_px - moved[:, 2], moved[:, 1], side_px - moved[:, 0], moved[:, 3]], 1)
    pixels = distort(pixels, random)
    return boxes_in_crop(moved[~difficult], labels[~difficult], moved[difficult], pixels, settings)


def _rotated(pixels: Pixels, boxes: Floats, angle_deg: float) -> tuple[Pixels, Floats]:
    """Turn a crop about its middle; a box becomes one of its own size round its turned centre.

    A face is round: the box round the four turned corners would be too large for it.
    """
    image = Image.fromarray(pixels)
    turned = image.rotate(angle_deg, Image.Resampling.BILINEAR, fillcolor=(GREY, GREY, GREY))
    radians = np.deg2rad(angle_deg)
    # Pillow turns counter-clockwise as seen; y points down.
    rotation = np.array([[np.cos(radians), np.sin(radians)], [-np.sin(radians), np.cos(radians)]], np.float32)
    middle = np.array([image.width, image.height], np.float32) / 2
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    centre = ((boxes[:, :2] + boxes[:, 2:]) / 2 - middle) @ rotation.T + middle
    return np.asarray(turned), np.concatenate([centre - half, centre + half], axis=1).astype(np.float32)
