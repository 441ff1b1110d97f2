"""Boxes that no anchor of the model fits at the chosen size, and the size at which one would."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from maskwatch.anchor_fitting import REACHED_IOU, BoxesToCover, Doubles, best_iou_of_nearest
from maskwatch.anchors import AnchorSettings
from maskwatch.boxes import Floats
from maskwatch.data.check_boxes import box_fault_of
from maskwatch.data.faults import Fault
from maskwatch.data.samples import Sample
from maskwatch.pictures.preprocessing import Placement, Preprocessing

# The anchors that training begins with, whichever network: those of our own, and keras-retinanet's.
WATCH_ANCHORS = AnchorSettings(sizes=(18, 36, 72, 144, 288), strides=(8, 16, 32, 64, 128), ratios=(1.2,), scales=(1.0,))

CLASSIC_ANCHORS = AnchorSettings(sizes=(32, 64, 128, 256, 512), strides=(8, 16, 32, 64, 128))

# Sizes to try in turn, as multiples of the chosen one: larger ones first, because small faces are the rule.
_OTHER_SIDES = (1.25, 1.5, 2, 2.5, 3, 4, 6, 8, 0.75, 0.5)
_LONGEST_SIDE_PX = 4096
_STEP_PX = 32


@dataclass(frozen=True)
class AnchorFit:
    """By what a box's chance of being matched is judged.

    Attributes:
        anchors: those of the model to be trained.
        preprocessing: how pictures are scaled for it.
        min_iou: below this the best anchor is no match. At .2 a face is under half as long as the smallest
            anchor, about one cell of the finest map, so that its neighbours' anchors fit as well as its own.
    """

    anchors: AnchorSettings = WATCH_ANCHORS
    preprocessing: Preprocessing = field(default=Preprocessing())
    min_iou: float = REACHED_IOU


def anchor_faults(sample: Sample, fit: AnchorFit) -> list[Fault]:
    """One fault for each box of a sample, `difficult` ones excepted, that no anchor overlaps enough."""
    chosen = np.flatnonzero(~sample.difficult)
    best, scale = _best_iou(sample, sample.boxes[chosen], fit)
    poor = chosen[best < fit.min_iou]
    sides = _fitting_sides(sample, poor, fit)
    width, height = ((sample.boxes[:, 2:] - sample.boxes[:, :2]) * scale).T
    faults = []
    for index, side in zip(poor.tolist(), sides, strict=True):
        at = f"{width[index]:.3g}x{height[index]:.3g} px at side {fit.preprocessing.side_px}"
        advice = (
            f"At --side-px {side} one would; or mark it difficult."
            if side
            else "No other size would do: mark it difficult, draw it anew, or cut the picture."
        )
        faults.append(box_fault_of(sample, index, "unmatched-box", f"is {at}, which no anchor fits.", advice))
    return faults


def boxes_to_cover(samples: Sequence[Sample], preprocessing: Preprocessing) -> BoxesToCover:
    """All boxes of a set but `difficult` ones, as the network's input shows them."""
    boxes, sizes = [np.zeros((0, 4), np.float32)], [np.zeros((0, 2), np.int64)]
    for sample in samples:
        placement, size = _placement(sample, preprocessing)
        boxes.append(placement.to_input(sample.boxes[~sample.difficult]))
        sizes.append(np.full((len(boxes[-1]), 2), size))
    return BoxesToCover(np.concatenate(boxes), np.concatenate(sizes))


def _placement(sample: Sample, preprocessing: Preprocessing) -> tuple[Placement, tuple[int, int]]:
    """Where the sample's picture lies in the network's input, and that input's width and height."""
    width, height = preprocessing.scaled_size(sample.width, sample.height)
    return Placement(width / sample.width, height / sample.height, sample.width, sample.height), (width, height)


def _best_iou(sample: Sample, boxes: Floats, fit: AnchorFit) -> tuple[Doubles, Floats]:
    """The best anchor's IoU for each of `boxes` (N, 4) of the sample: (N,); and the scale of x and y: (2,)."""
    placement, size = _placement(sample, fit.preprocessing)
    chosen = BoxesToCover(placement.to_input(boxes), np.full((len(boxes), 2), size))
    scale = np.array([placement.scale_x, placement.scale_y], np.float32)
    return best_iou_of_nearest(fit.anchors, chosen), scale


def _fitting_sides(sample: Sample, indices: np.ndarray, fit: AnchorFit) -> list[int | None]:
    """For each of those boxes the first other side in pixels at which an anchor fits it, None if none does."""
    sides: dict[int, int] = {}
    for factor in _OTHER_SIDES:
        open_indices = np.array([index for index in indices.tolist() if index not in sides], int)
        other = _resized(fit.preprocessing, factor)
        if not len(open_indices) or not other:
            continue
        best, _ = _best_iou(sample, sample.boxes[open_indices], replace(fit, preprocessing=other))
        sides |= dict.fromkeys(open_indices[best >= fit.min_iou].tolist(), other.side_px)
    return [sides.get(index) for index in indices.tolist()]


def _resized(preprocessing: Preprocessing, factor: float) -> Preprocessing | None:
    """The same with another side, in steps of 32 px; None outside what anybody would train at."""
    side = round(preprocessing.side_px * factor / _STEP_PX) * _STEP_PX
    if not _STEP_PX <= side <= _LONGEST_SIDE_PX:
        return None
    return replace(preprocessing, side_px=side, max_side_px=round(preprocessing.max_side_px * factor))
