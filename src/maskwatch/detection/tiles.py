"""Large pictures cut into overlapping tiles, so that small faces reach the network at a size it was trained for.

A picture is looked at whole and in grids of tiles, each about twice as fine as the one before. A face that a
tile's edge may have cut is left to the neighbour, if it fits into the overlap, and else to the coarser grid, where
it is whole and large enough. So no half face needs to be put together.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maskwatch import boxes as box_math
from maskwatch.boxes import Floats, Ints
from maskwatch.detections import Detect, Detections
from maskwatch.pictures.preprocessing import Preprocessing

Pixels = NDArray[np.uint8]

# Training shows pictures shrunk to a third and up to their own size: this is well within, and a picture that is
# but a little larger than the network's side is not looked at five times.
LARGEST_SHRINKING = 1.5

OVERLAP = 0.25  # of a tile's side; faces up to OVERLAP - 2 * MARGIN of it are whole in some tile of a grid
MARGIN = 0.02  # of a tile's side: a box that ends this near to an inner edge may be part of a face
AT_A_TIME = 16  # tiles in memory


@dataclass(frozen=True)
class View:
    """A part of a picture, edges in pixels, and how near to each edge a box may be that is to be trusted.

    Attributes:
        left, top, right, bottom: the part.
        margins: (4,) left, top, right, bottom, in pixels; 0 where the part ends with the picture.
    """

    left: int
    top: int
    right: int
    bottom: int
    margins: tuple[float, float, float, float] = (0, 0, 0, 0)

    def of(self, picture: Pixels) -> Pixels:
        return picture[self.top : self.bottom, self.left : self.right]

    def uncut(self, boxes: Floats) -> NDArray[np.bool_]:
        """Which boxes (N, 4), xyxy pixels of the view, are surely whole: (N,)."""
        limits = np.array([0, 0, self.right - self.left, self.bottom - self.top], np.float32)
        distance = np.abs(boxes - limits)
        return np.asarray((distance >= np.array(self.margins, np.float32)).all(axis=1))

    def to_picture(self, found: Detections) -> Detections:
        """Detections in pixels of the view, without those that may be cut, in pixels of the picture."""
        boxes = np.asarray(found.xyxy, np.float32)
        offset = np.array([self.left, self.top] * 2, np.float32)
        return _rows(replace(found, xyxy=boxes + offset), np.flatnonzero(self.uncut(boxes)))


def tiled(detect: Detect, preprocessing: Preprocessing, iou: float, count: int | None = None) -> Detect:
    """A detect function that looks at tiles too; pictures that need none go through untouched.

    Args:
        detect: finds faces in whole pictures.
        preprocessing: what `detect` does to a picture before the network sees it.
        iou: boxes of different views that overlap more are one face.
        count: tiles along the longer side in the finest grid; without it as many as it takes for the network
            to see tiles shrunk no more than `LARGEST_SHRINKING`.
    """

    def detect_tiled(pictures: Sequence[Pixels]) -> list[Detections]:
        views = [views_of(p.shape[1], p.shape[0], preprocessing, count) for p in pictures]
        jobs = [(picture, view) for picture, own in zip(pictures, views, strict=True) for view in own]
        found: list[Detections] = []
        for start in range(0, len(jobs), AT_A_TIME):
            found += detect([view.of(picture) for picture, view in jobs[start : start + AT_A_TIME]])
        rest = iter(found)
        return [_merged([(view, next(rest)) for view in own], iou) for own in views]

    return detect_tiled


def views_of(width: int, height: int, preprocessing: Preprocessing, count: int | None = None) -> list[View]:
    """The whole picture, then the tiles of each grid, coarse grids first; arguments as for `tiled`."""
    finest = _tiles_wanted(width, height, preprocessing) if count is None else count
    grids = []
    while finest > 1:
        grids.append(finest)
        finest = math.ceil(finest / 2)
    views = [View(0, 0, width, height)]
    for each in reversed(grids):
        views += _grid(width, height, tile_side(max(width, height), each))
    return views


def tile_side(length: int, count: int) -> int:
    """The side in pixels of `count` tiles that cover `length` pixels and overlap by `OVERLAP` of their side."""
    return math.ceil(length / (count - (count - 1) * OVERLAP))


def _tiles_wanted(width: int, height: int, preprocessing: Preprocessing) -> int:
    """The fewest tiles along the longer side that are not shrunk too much."""
    count = 1
    while True:
        side = tile_side(max(width, height), count)
        shown = (min(side, width), min(side, height))
        scaled = preprocessing.scaled_size(*shown)
        if max(shown[0] / scaled[0], shown[1] / scaled[1]) <= LARGEST_SHRINKING:
            return count
        count += 1


def _grid(width: int, height: int, side: int) -> list[View]:
    columns, rows = _spans(width, side), _spans(height, side)
    margin = MARGIN * side
    return [
        View(
            left,
            top,
            right,
            bottom,
            (
                margin * (left > 0),
                margin * (top > 0),
                margin * (right < width),
                margin * (bottom < height),
            ),
        )
        for top, bottom in rows
        for left, right in columns
    ]


def _spans(length: int, side: int) -> list[tuple[int, int]]:
    """First and last edge of the fewest tiles that cover `length` with the overlap wanted, evenly spread."""
    if side >= length:
        return [(0, length)]
    count = math.ceil((length - OVERLAP * side) / ((1 - OVERLAP) * side))
    starts = np.linspace(0, length - side, count).round().astype(int)
    return [(int(start), int(start) + side) for start in starts]


def _merged(found: Sequence[tuple[View, Detections]], iou: float) -> Detections:
    """One list of what all views of a picture found, best score first."""
    if len(found) == 1:
        return found[0][1]
    parts = [view.to_picture(own) for view, own in found]
    together = Detections.merge([part for part in parts if len(part)] or parts[:1])
    if not len(together):
        return parts[0]
    scores = np.asarray(together.confidence, np.float32)
    kept = box_math.nms(np.asarray(together.xyxy, np.float32), scores, iou)
    return _rows(together, kept)


def _rows(found: Detections, rows: Ints) -> Detections:
    if not len(found):
        return found
    chosen = found[rows]
    assert isinstance(chosen, Detections)  # supervision's type speaks of columns too
    return chosen
