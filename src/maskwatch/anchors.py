"""Anchor boxes: where the network looks, and which labelled box each anchor answers for.

Conventions are those of keras-retinanet: centres at `(i + 0.5) * stride`, a level of a picture `side` pixels
long has `ceil(side / stride)` cells, a ratio is height over width, and an anchor's shape keeps the area of
its size. Order: levels from fine to coarse, then rows, columns, ratios, scales.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from maskwatch import boxes as box_math
from maskwatch.boxes import Floats, Ints

BACKGROUND = -1
IGNORED = -2


@dataclass(frozen=True)
class AnchorSettings:
    """One size a pyramid level; every ratio and scale at every cell. Sizes and strides are in pixels."""

    sizes: tuple[float, ...]
    strides: tuple[int, ...]
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0)
    scales: tuple[float, ...] = (1.0, 2 ** (1 / 3), 2 ** (2 / 3))

    def __post_init__(self) -> None:
        if len(self.sizes) != len(self.strides):
            raise ValueError(f"{len(self.sizes)} anchor sizes for {len(self.strides)} strides: one a level")

    @property
    def per_cell(self) -> int:
        return len(self.ratios) * len(self.scales)

    def cell_boxes(self, level: int) -> Floats:
        """The anchors of one level round the origin: (ratios * scales, 4) xyxy pixels, scale fastest."""
        ratios = np.repeat(np.asarray(self.ratios, np.float64), len(self.scales))
        sides = self.sizes[level] * np.tile(np.asarray(self.scales, np.float64), len(self.ratios))
        widths = sides / np.sqrt(ratios)
        heights = widths * ratios
        return (np.stack([-widths, -heights, widths, heights], axis=1) / 2).astype(np.float32)

    def level_shapes(self, height: int, width: int) -> list[tuple[int, int]]:
        """Rows and columns of each level's map for a picture of `height` by `width` pixels."""
        return [(-(-height // stride), -(-width // stride)) for stride in self.strides]


@lru_cache(maxsize=32)
def generate(settings: AnchorSettings, height: int, width: int) -> Floats:
    """All anchors of a picture of `height` by `width` pixels: (A, 4) xyxy, read-only because it is shared."""
    levels = []
    for level, (rows, columns) in enumerate(settings.level_shapes(height, width)):
        stride = settings.strides[level]
        y, x = np.meshgrid((np.arange(rows) + 0.5) * stride, (np.arange(columns) + 0.5) * stride, indexing="ij")
        centres = np.stack([x, y, x, y], axis=-1).reshape(-1, 1, 4)
        levels.append((centres + settings.cell_boxes(level)).reshape(-1, 4))
    anchors = np.concatenate(levels).astype(np.float32)
    anchors.flags.writeable = False
    return anchors


def match_by_iou(
    anchors: Floats, boxes: Floats, positive: float = 0.5, negative: float = 0.4, rescue: bool = False
) -> Ints:
    """Give every anchor the labelled box it overlaps most, RetinaNet's rule (Lin et al. 2017, section 4.1).

    Args:
        anchors: (A, 4) xyxy pixels.
        boxes: (N, 4) xyxy pixels; N may be 0.
        positive: from this IoU on an anchor answers for its best box.
        negative: up to and including this IoU it is background; between the two it is ignored.
        rescue: also give each box that no anchor reached the anchor that overlaps it most, if any does.

    Returns:
        (A,) index of the box, or `BACKGROUND`, or `IGNORED`.
    """
    if not len(boxes):
        return np.full(len(anchors), BACKGROUND, np.int64)
    overlap = box_math.iou(anchors, boxes)
    best, best_iou = overlap.argmax(axis=1), overlap.max(axis=1)
    matches = np.where(best_iou >= positive, best, np.where(best_iou > negative, IGNORED, BACKGROUND))
    if rescue:
        reached = np.isin(np.arange(len(boxes)), matches)
        for box in np.flatnonzero(~reached & (overlap.max(axis=0) > 0)):
            matches[overlap[:, box].argmax()] = box
    return matches.astype(np.int64)


def match_atss(anchors: Floats, boxes: Floats, level_sizes: tuple[int, ...], candidates_per_level: int = 9) -> Ints:
    """Adaptive training sample selection (Zhang et al. 2020): every box sets its own IoU threshold.

    On each level the anchors nearest to a box's centre are candidates; those whose IoU reaches the mean plus
    the standard deviation of the candidates' IoUs, and whose centre lies in the box, answer for it. Where two
    boxes want one anchor the higher IoU wins. No labelled face goes unlearnt: a box that holds no candidate's
    centre (a face smaller than the finest stride) gets its best candidate, and one that lost all it wanted gets
    the best that its holder can spare.

    Args:
        anchors: (A, 4) xyxy pixels, levels one after the other.
        boxes: (N, 4) xyxy pixels; N may be 0.
        level_sizes: how many anchors each level has; their sum is A.
        candidates_per_level: nine in the paper, flat between 7 and 17.

    Returns:
        (A,) index of the box, or `BACKGROUND`; nothing is ignored.
    """
    if not len(boxes):
        return np.full(len(anchors), BACKGROUND, np.int64)
    overlap = box_math.iou(anchors, boxes)
    centres = box_math.centres(anchors)
    candidates = _nearest_per_level(centres, boxes, level_sizes, candidates_per_level)
    chosen_iou = np.take_along_axis(overlap, candidates, axis=0)
    threshold = chosen_iou.mean(axis=0) + chosen_iou.std(axis=0)
    inside = _inside(centres[candidates], boxes)
    accepted = (chosen_iou >= threshold) & inside
    orphans = ~accepted.any(axis=0)
    accepted[chosen_iou.argmax(axis=0)[orphans], np.flatnonzero(orphans)] = True
    wanted = np.full_like(overlap, -1.0)
    np.put_along_axis(wanted, candidates, np.where(accepted, chosen_iou, -1.0), axis=0)
    matches = np.where(wanted.max(axis=1) >= 0, wanted.argmax(axis=1), BACKGROUND).astype(np.int64)
    _give_to_losers(matches, candidates, chosen_iou)
    return matches


def _give_to_losers(matches: Ints, candidates: Ints, chosen_iou: Floats) -> None:
    """Change `matches` (A,) so that each box without an anchor gets its best candidate that is background or one
    of several of another box, if it overlaps any; `candidates` and `chosen_iou` are (candidates, N)."""
    losers = np.setdiff1d(np.arange(chosen_iou.shape[1]), matches)
    # The one with most to gain chooses first, whatever the order of the boxes.
    for box in losers[np.argsort(-chosen_iou[:, losers].max(axis=0), kind="stable")]:
        held = np.bincount(matches[matches >= 0], minlength=chosen_iou.shape[1])
        holders = matches[candidates[:, box]]
        spare = (holders == BACKGROUND) | (held[holders] > 1)
        fit = np.where(spare, chosen_iou[:, box], 0)
        if fit.max() > 0:
            matches[candidates[fit.argmax(), box]] = box


def _nearest_per_level(centres: Floats, boxes: Floats, level_sizes: tuple[int, ...], count: int) -> Ints:
    """Indices (candidates, N) of the `count` anchors of each level whose centres are nearest each box's."""
    distance = np.square(centres[:, None] - box_math.centres(boxes)[None]).sum(axis=-1)
    chosen, start = [], 0
    for size in level_sizes:
        level = distance[start : start + size]
        nearest = np.argsort(level, axis=0, kind="stable")[:count]
        chosen.append(nearest + start)
        start += size
    return np.concatenate(chosen)


def _inside(points: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Whether points (M, N, 2) lie strictly inside their boxes (N, 4): (M, N)."""
    return np.asarray(((points > boxes[:, :2]) & (points < boxes[:, 2:])).all(axis=-1))


def best_iou(settings: AnchorSettings, boxes: Floats, height: int, width: int) -> Floats:
    """How well the best anchor fits each box (N, 4) of a picture of that size: (N,) IoU, 0 for no overlap."""
    if not len(boxes):
        return np.zeros(0, np.float32)
    return np.asarray(box_math.iou(generate(settings, height, width), boxes).max(axis=0))
