"""Labelled pictures drawn for the eye: their boxes, and which anchors answer for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from maskwatch import anchors as anchor_math
from maskwatch import boxes as box_math
from maskwatch.anchor_fitting import best_iou_of_nearest
from maskwatch.anchors import AnchorSettings
from maskwatch.boxes import Floats, Ints
from maskwatch.data.check_anchors import boxes_to_cover
from maskwatch.data.samples import Sample
from maskwatch.pictures.draw import class_colour, draw_boxes
from maskwatch.pictures.preprocessing import Pixels, Preprocessing
from maskwatch.pictures.sheet import Tile, fitted

Matching = Literal["atss", "iou", "classic"]

DIFFICULT_COLOUR = "#999999"
ANCHOR_COLOUR = "#56B4E9"
REACHED_COLOUR, UNREACHED_COLOUR = "#009E73", "#D55E00"


@dataclass(frozen=True)
class Matched:
    """A picture of the network's input, and what answers for its boxes.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        boxes: (N, 4) xyxy in pixels of it, those to be learnt.
        anchors: (A, 4).
        matches: (A,) index of a box, or below 0.
    """

    pixels: Pixels
    boxes: Floats
    anchors: Floats
    matches: Ints

    @property
    def counts(self) -> Ints:
        """How many anchors answer for each box: (N,)."""
        return np.bincount(self.matches[self.matches >= 0], minlength=len(self.boxes)).astype(np.int64)


def plain_tile(sample: Sample, picture: Pixels, side_px: int) -> Tile:
    """A picture with its boxes, each with its class; difficult ones grey and called so."""
    small, scale = fitted(picture, side_px)
    texts = [f"{name} difficult" if hard else name for name, hard in zip(sample.labels, sample.difficult, strict=True)]
    colours = [
        DIFFICULT_COLOUR if hard else class_colour(name)
        for name, hard in zip(sample.labels, sample.difficult, strict=True)
    ]
    mark = " (verified)" if sample.verified else ""
    return Tile(draw_boxes(small, sample.boxes * np.float32(scale), texts, colours), f"{sample.picture.name}{mark}")


def matched_sample(
    sample: Sample, picture: Pixels, settings: AnchorSettings, preprocessing: Preprocessing, matching: Matching
) -> Matched:
    """A whole picture as the network sees it in use, and its boxes matched by the rule."""
    pixels, placement = preprocessing.apply(picture)
    boxes = placement.to_input(sample.boxes[~sample.difficult])
    height, width = pixels.shape[:2]
    anchors = anchor_math.generate(settings, height, width)
    if matching == "atss":
        levels = tuple(rows * columns * settings.per_cell for rows, columns in settings.level_shapes(height, width))
        matches = anchor_math.match_atss(anchors, boxes, levels)
    else:
        matches = anchor_math.match_by_iou(anchors, boxes, rescue=matching == "iou")
    return Matched(pixels, boxes, anchors, matches)


def matched_tile(matched: Matched, caption: str, side_px: int) -> Tile:
    """The anchors that answer for a box, thin; each box with their number and its best anchor's IoU, or in another
    colour where there is none."""
    small, scale = fitted(matched.pixels, side_px)
    factor = np.float32(scale)
    used = matched.anchors[np.flatnonzero(matched.matches >= 0)] * factor
    scene = draw_boxes(small, used, [""] * len(used), [ANCHOR_COLOUR] * len(used), thickness_px=1)
    counts, best = matched.counts, _best(matched)
    texts = [
        f"{count} x {iou:.2f}" if count else f"none {iou:.2f}"
        for count, iou in zip(counts.tolist(), best.tolist(), strict=True)
    ]
    colours = [REACHED_COLOUR if count else UNREACHED_COLOUR for count in counts.tolist()]
    return Tile(draw_boxes(scene, matched.boxes * factor, texts, colours), caption)


def _best(matched: Matched) -> Floats:
    """The highest IoU of each box with any anchor: (N,)."""
    if not len(matched.boxes):
        return np.zeros(0, np.float32)
    return np.asarray(box_math.iou(matched.boxes, matched.anchors).max(axis=1))


def choose(total: int, count: int, seed: int) -> list[int]:
    """At most `count` of `total` indices, drawn at random, in order."""
    if total <= count:
        return list(range(total))
    return sorted(np.random.default_rng(seed).choice(total, count, replace=False).tolist())


def worst_covered(
    samples: Sequence[Sample], count: int, settings: AnchorSettings, preprocessing: Preprocessing
) -> list[Sample]:
    """The samples with the boxes that anchors fit worst, the worst first; those without boxes come last."""
    best = best_iou_of_nearest(settings, boxes_to_cover(samples, preprocessing))
    counts = [int((~sample.difficult).sum()) for sample in samples]
    parts = np.split(best, np.cumsum(counts)[:-1])
    worst = [float(part.min(initial=1.0)) for part in parts]
    return [samples[index] for index in np.argsort(worst, kind="stable")[:count].tolist()]
