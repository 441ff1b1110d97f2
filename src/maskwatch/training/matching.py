"""Which box of a crop each anchor answers for."""

import numpy as np
from numpy.typing import NDArray

from maskwatch import anchors as anchor_math
from maskwatch import boxes as box_math
from maskwatch.anchors import BACKGROUND, IGNORED, AnchorSettings
from maskwatch.boxes import Floats, Ints
from maskwatch.training.crops import Crop
from maskwatch.training.settings import Matching

IGNORE_OVERLAP = 0.5
IGNORE_IOU = 0.1
ROUNDING_PX = 1e-3


def match(crop: Crop, settings: AnchorSettings, matching: Matching, shape: tuple[int, int] | None = None) -> Ints:
    """The index of a box, `BACKGROUND` or `IGNORED` for each anchor of a crop, (A,).

    Background that an ignored box covers is ignored: something is there, but not for learning.

    Args:
        crop: what is learnt from.
        settings: the anchors.
        matching: by which rule.
        shape: height and width of the batch in whose top left corner the crop lies; None for its own.
    """
    height, width = shape or crop.pixels.shape[:2]
    anchors = anchor_math.generate(settings, height, width)
    if matching == "atss":
        levels = tuple(rows * columns * settings.per_cell for rows, columns in settings.level_shapes(height, width))
        matches = anchor_math.match_atss(anchors, crop.boxes, levels)
    else:
        matches = anchor_math.match_by_iou(anchors, crop.boxes, rescue=matching == "iou")
    if len(crop.ignored):
        matches[(matches == BACKGROUND) & _covering(anchors, crop.ignored)] = IGNORED
    if matching == "classic":
        matches[_centred_beyond(anchors, crop)] = IGNORED
    return matches


def _centred_beyond(anchors: Floats, crop: Crop) -> NDArray[np.bool_]:
    """Anchors (A, 4) whose centre lies on or beyond the crop's right or lower edge: (A,).

    Of centres exactly on the edge keras-retinanet ignores some, as its rounding has it.
    """
    height, width = crop.pixels.shape[:2]
    edges = np.array([width, height], np.float32) - ROUNDING_PX
    return np.asarray((box_math.centres(anchors) >= edges).any(axis=1))


def _covering(anchors: Floats, ignored: Floats) -> NDArray[np.bool_]:
    """Anchors (A, 4) that lie mostly in an ignored box (M, 4), or hold most of one of about their size: (A,)."""
    inside = box_math.covered(anchors, ignored) >= IGNORE_OVERLAP
    holding = box_math.covered(ignored, anchors).T >= IGNORE_OVERLAP
    alike = box_math.iou(anchors, ignored) >= IGNORE_IOU
    return np.asarray((inside | (holding & alike)).any(axis=1))
