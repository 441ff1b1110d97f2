"""Anchors fitted to the boxes of a set, and how well any anchors cover them.

How well an anchor fits a box is told without making all anchors of a picture: of each shape the one at the cell
nearest to the box's centre overlaps it most, so a box needs as many comparisons as there are shapes.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwatch.anchors import AnchorSettings
from maskwatch.boxes import Floats

Doubles = NDArray[np.float64]

POSITIVE_IOU, NEGATIVE_IOU, REACHED_IOU = 0.5, 0.4, 0.2
ENOUGH_IOU = 0.6

_MOST_BOXES = 4000  # more change the fit by less than its rounding
_FIRST_STEP, _SMALLEST_STEP = 0.2, 0.01  # of the logarithms of sizes, ratios and scales
_RATIOS = (1 / 8, 8.0)
_SIZES = (1.0, 8.0)  # strides: below one the cells leave gaps, above eight a level does the next but one's work


@dataclass(frozen=True)
class BoxesToCover:
    """Boxes (B, 4) xyxy in pixels of the network's input, and width and height of each one's input (B, 2)."""

    boxes: Floats
    sizes: NDArray[np.int64]

    def some(self, most: int, random: np.random.Generator) -> "BoxesToCover":
        """At most so many of them, drawn at random."""
        if len(self.boxes) <= most:
            return self
        chosen = random.choice(len(self.boxes), most, replace=False)
        return BoxesToCover(self.boxes[chosen], self.sizes[chosen])


@dataclass(frozen=True)
class Coverage:
    """How well anchors cover boxes; shares of the boxes, 0..1.

    Attributes:
        boxes: how many there are.
        mean_iou: of each box's best anchor.
        positive: overlap an anchor by .5, from where RetinaNet's rule trains it.
        ignored: overlap the best by .4 to .5, where that rule trains nothing.
        unreached: overlap no anchor by .2, where `data check` says so.
    """

    boxes: int
    mean_iou: float
    positive: float
    ignored: float
    unreached: float

    def to_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dict(vars(self))


def coverage(settings: AnchorSettings, chosen: BoxesToCover) -> Coverage:
    """The coverage of at least one box."""
    best = best_iou_of_nearest(settings, chosen)
    return Coverage(
        boxes=len(best),
        mean_iou=float(best.mean()),
        positive=float((best >= POSITIVE_IOU).mean()),
        ignored=float(((best > NEGATIVE_IOU) & (best < POSITIVE_IOU)).mean()),
        unreached=float((best < REACHED_IOU).mean()),
    )


def best_iou_of_nearest(settings: AnchorSettings, chosen: BoxesToCover) -> Doubles:
    """The IoU of each box with its best anchor, as `anchors.best_iou` finds it among all of them: (B,)."""
    boxes = chosen.boxes.astype(np.float64)
    sides = boxes[:, 2:] - boxes[:, :2]
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    best = np.zeros(len(boxes))
    for level, stride in enumerate(settings.strides):
        last = -(-chosen.sizes // stride) - 1
        cells = np.clip(np.floor(centres / stride), 0, last)
        offsets = centres - (cells + 0.5) * stride
        shapes = settings.cell_boxes(level).astype(np.float64)
        best = np.maximum(best, _iou_at(offsets, sides, shapes[:, 2:] - shapes[:, :2]).max(axis=1))
    return best


def _iou_at(middles: Doubles, sides: Doubles, shapes: Doubles) -> Doubles:
    """IoU of boxes, by their sides (B, 2) and centres (B, 2), with shapes (K, 2) round the origin: (B, K)."""
    middle, half, other = middles[:, None], sides[:, None] / 2, shapes[None] / 2
    shared = np.clip(np.minimum(middle + half, other) - np.maximum(middle - half, -other), 0, None).prod(axis=2)
    union = sides.prod(axis=1)[:, None] + shapes.prod(axis=1)[None] - shared
    return np.asarray(shared / union)


def fit(
    start: AnchorSettings, chosen: BoxesToCover, ratios: int, scales: int, seed: int = 0, steps: int = 600
) -> AnchorSettings:
    """The anchors of most `worth` that an evolution finds.

    One size, in strides, for all levels; ratios and scales are free. A step changes all numbers a little at random and
    is taken if the anchors are worth more; steps grow while they succeed and shrink while they do not (the (1+1)
    evolution strategy, Rechenberg 1973). Whole sizes and three decimals, so that a file of them loses nothing.

    Args:
        start: its strides are kept; its sizes, ratios and scales are where the search begins, where the counts agree.
        chosen: boxes in the network's input; at least one.
        ratios, scales: how many of each the anchors of a cell have.
        seed: the same gives the same anchors.
        steps: of the evolution; half of the gain is in the first fifty.

    Returns:
        The fitted anchors; `start` itself if it has the same counts and nothing better was found.
    """
    random = np.random.default_rng(seed)
    sampled = chosen.some(_MOST_BOXES, random)
    numbers = _first(start, sampled, ratios, scales)
    best, step = _fitness(start, sampled, numbers, ratios), _FIRST_STEP
    for _ in range(steps):
        other = _limited(numbers + random.normal(0, step, len(numbers)), ratios)
        fitness = _fitness(start, sampled, other, ratios)
        step = min(_FIRST_STEP, step * 1.5) if fitness > best else max(_SMALLEST_STEP, step * 0.9)
        if fitness > best:
            numbers, best = other, fitness
    found = _settings(start, numbers, ratios)
    same_counts = (len(start.ratios), len(start.scales)) == (ratios, scales)
    return start if same_counts and worth(start, sampled) >= worth(found, sampled) else found


def worth(settings: AnchorSettings, chosen: BoxesToCover) -> float:
    """The mean IoU of boxes with their best anchors, of which .6 is as good as any higher.

    The plain mean is bought dearly: fitting large boxes still better leaves the small ones without an anchor.
    """
    return float(np.minimum(best_iou_of_nearest(settings, chosen), ENOUGH_IOU).mean())


def _first(start: AnchorSettings, chosen: BoxesToCover, ratios: int, scales: int) -> Doubles:
    """The logarithms that the search begins with: the size in strides, the ratios, the scales."""
    sides = (chosen.boxes[:, 2:] - chosen.boxes[:, :2]).astype(np.float64)
    aspects = np.quantile(sides[:, 1] / sides[:, 0], (np.arange(ratios) + 0.5) / ratios)
    shapes = start.ratios if len(start.ratios) == ratios else aspects
    steps = start.scales if len(start.scales) == scales else 2 ** (np.arange(scales) / scales)
    return np.asarray(np.log(np.concatenate([[np.mean(np.divide(start.sizes, start.strides))], shapes, steps])))


def _limited(numbers: Doubles, ratios: int) -> Doubles:
    limited = numbers.copy()
    limited[0] = np.clip(limited[0], *np.log(_SIZES))
    limited[1 : ratios + 1] = np.clip(limited[1 : ratios + 1], *np.log(_RATIOS))
    limited[ratios + 1 :] = np.clip(limited[ratios + 1 :], -np.log(2), np.log(2))
    return np.asarray(limited)


def _settings(start: AnchorSettings, numbers: Doubles, ratios: int) -> AnchorSettings:
    values = np.exp(numbers)
    sizes = tuple(float(max(1, round(values[0] * stride))) for stride in start.strides)
    shapes, steps = (tuple(sorted(np.round(part, 3).tolist())) for part in np.split(values[1:], [ratios]))
    return replace(start, sizes=sizes, ratios=shapes, scales=steps)


def _fitness(start: AnchorSettings, chosen: BoxesToCover, numbers: Doubles, ratios: int) -> float:
    return worth(_settings(start, numbers, ratios), chosen)
