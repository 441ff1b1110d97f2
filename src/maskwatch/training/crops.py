"""Square crops around faces over a wide range of scales: the heart of the augmentation."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from maskwatch import boxes as box_math
from maskwatch.boxes import Floats, Ints
from maskwatch.pictures.preprocessing import Pixels
from maskwatch.training.settings import AugmentSettings

AIMED_SHARE = 0.6  # of the crops are aimed at a face of a chosen size; the rest at a chosen scale
LARGEST_WINDOW = 1.15  # of the picture's longer side: beyond the picture there is only filling
SLACK = 0.1  # of the window's side may lie outside the picture although it would fit
LARGEST_FACE = 0.94  # of the crop's side
GREY = 114


@dataclass(frozen=True)
class Crop:
    """A training picture and what is in it.

    Attributes:
        pixels: (H, W, 3) uint8 RGB; square where it was cut, of any shape where it is a whole picture.
        boxes: (N, 4) float32 xyxy in pixels of the crop; cut to it where it was cut.
        labels: (N,) int64 class index.
        ignored: (M, 4) boxes that are neither learnt nor background.
    """

    pixels: Pixels
    boxes: Floats
    labels: Ints
    ignored: Floats


@dataclass(frozen=True)
class Window:
    """A square of the picture: its top left corner and side in pixels of the picture; it may reach outside."""

    x: float
    y: float
    side: float


def choose_window(
    width: int, height: int, boxes: Floats, side_px: int, settings: AugmentSettings, random: np.random.Generator
) -> Window:
    """Choose what a crop shows: mostly a face, scaled to a size drawn log-uniformly; else any place.

    Args:
        width, height: of the picture, pixels.
        boxes: (N, 4) xyxy of the faces worth aiming at.
        side_px: of the crop that the window will be scaled to.
    """
    scale = _log_uniform(settings.scales, random) * side_px / settings.crop_px
    if not len(boxes):
        side = _side(scale, width, height, side_px, settings)
        x, y = (_offset(0, full, full, side, random) for full in (width, height))
        return Window(x, y, side)
    face = boxes[random.integers(len(boxes))]
    if random.random() < AIMED_SHARE:
        aimed = (settings.face_px[0], min(settings.face_px[1], LARGEST_FACE * side_px))
        scale = _log_uniform(aimed, random) / max(1.0, float(box_math.side(face)))
    side = _side(scale, width, height, side_px, settings)
    x = _offset(face[0], face[2], width, side, random)
    return Window(x, _offset(face[1], face[3], height, side, random), side)


def _side(scale: float, width: int, height: int, side_px: int, settings: AugmentSettings) -> float:
    """The window's side in pixels of the picture."""
    return min(side_px / min(scale, settings.max_scale), LARGEST_WINDOW * max(width, height))


def _offset(low: float, high: float, full: int, side: float, random: np.random.Generator) -> float:
    """A window's start along one axis: the face from `low` to `high` in it (or it in the face), and hardly any
    of it outside the picture, which is `full` pixels long."""
    first, last = sorted((high - side, low))
    inner_first, inner_last = sorted((0.0, full - side))
    first = max(first, inner_first - SLACK * side)
    last = min(last, inner_last + SLACK * side)
    return float(random.uniform(min(first, last), max(first, last)))


def _log_uniform(limits: tuple[float, float], random: np.random.Generator) -> float:
    return float(np.exp(random.uniform(*np.log(limits))))


def cut(picture: Pixels, window: Window, crop_px: int) -> Pixels:
    """The window's pixels scaled to (crop_px, crop_px, 3), averaging when shrinking; grey outside the picture."""
    height, width = picture.shape[:2]
    left, top = max(0.0, window.x), max(0.0, window.y)
    right, bottom = min(width, window.x + window.side), min(height, window.y + window.side)
    scale = crop_px / window.side
    canvas = np.full((crop_px, crop_px, 3), GREY, np.uint8)
    x1, y1 = round((left - window.x) * scale), round((top - window.y) * scale)
    x2, y2 = round((right - window.x) * scale), round((bottom - window.y) * scale)
    if x2 <= x1 or y2 <= y1:
        return canvas
    # Only the part in view becomes an image: copying the whole picture would cost more than scaling it.
    whole = (int(left), int(top), min(width, int(np.ceil(right))), min(height, int(np.ceil(bottom))))
    part = Image.fromarray(picture[whole[1] : whole[3], whole[0] : whole[2]])
    source = (left - whole[0], top - whole[1], right - whole[0], bottom - whole[1])
    scaled = part.resize((x2 - x1, y2 - y1), Image.Resampling.BILINEAR, box=source, reducing_gap=2.0)
    canvas[y1:y2, x1:x2] = np.asarray(scaled)
    return canvas


def boxes_in_crop(boxes: Floats, labels: Ints, ignored: Floats, pixels: Pixels, settings: AugmentSettings) -> Crop:
    """Sort boxes, already in pixels of the crop, into learnt, ignored and gone, by size and visible share."""
    side = float(len(pixels))
    frame = np.array([[0, 0, side, side]], np.float32)
    visible = box_math.covered(boxes, frame)[:, 0]
    large = box_math.side(boxes) >= settings.smallest_px
    learnt = (visible >= settings.kept_share) & large
    left_out = ~learnt & (visible >= settings.ignored_share)
    hidden = np.concatenate([boxes[left_out], ignored])
    hidden = box_math.clip(hidden, side, side)
    kept = box_math.clip(boxes[learnt], side, side)
    return Crop(pixels, kept, labels[learnt], hidden[box_math.area(hidden) > 0])


def mosaic(crops: list[Crop]) -> Crop:
    """Lay n * n square crops side by side, row by row, into one; their boxes move along."""
    across = round(len(crops) ** 0.5)
    rows = [np.concatenate([c.pixels for c in crops[y * across : (y + 1) * across]], 1) for y in range(across)]
    tile = len(crops[0].pixels)
    corners = [np.array([i % across * tile, i // across * tile] * 2, np.float32) for i in range(len(crops))]
    boxes = np.concatenate([crop.boxes + corner for crop, corner in zip(crops, corners, strict=True)])
    ignored = np.concatenate([crop.ignored + corner for crop, corner in zip(crops, corners, strict=True)])
    return Crop(np.concatenate(rows), boxes, np.concatenate([crop.labels for crop in crops]), ignored)
