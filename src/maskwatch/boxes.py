"""Box arithmetic on NumPy arrays: pure functions, boxes are xyxy edges in pixels.

A box is `(x1, y1, x2, y2)` with continuous edges, so its width is `x2 - x1` and nothing is ever added or
subtracted. An empty set of boxes has the shape (0, 4).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def xyxy_to_cxcywh(boxes: Floats) -> Floats:
    """Edges (..., 4) to centre x, centre y, width, height (..., 4)."""
    low, high = boxes[..., :2], boxes[..., 2:]
    return np.concatenate([(low + high) / 2, high - low], axis=-1)


def cxcywh_to_xyxy(boxes: Floats) -> Floats:
    """Centre x, centre y, width, height (..., 4) to edges (..., 4)."""
    centre, half = boxes[..., :2], boxes[..., 2:] / 2
    return np.concatenate([centre - half, centre + half], axis=-1)


def centres(boxes: Floats) -> Floats:
    """Middle points x, y, (..., 4) to (..., 2)."""
    return np.asarray((boxes[..., :2] + boxes[..., 2:]) / 2, np.float32)


def area(boxes: Floats) -> Floats:
    """Area in square pixels, (..., 4) to (...); a reversed box has area 0."""
    sides = np.clip(boxes[..., 2:] - boxes[..., :2], 0, None)
    return np.asarray(sides[..., 0] * sides[..., 1])


def side(boxes: Floats) -> Floats:
    """The size of a face as this project quotes it: the square root of the area, in pixels."""
    return np.asarray(np.sqrt(area(boxes)))


def intersection(a: Floats, b: Floats) -> Floats:
    """Shared area of every pair, (N, 4) and (M, 4) to (N, M), in square pixels."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    sides = np.clip(high - low, 0, None)
    return np.asarray(sides[..., 0] * sides[..., 1])


def iou(a: Floats, b: Floats) -> Floats:
    """Intersection over union of every pair, (N, 4) and (M, 4) to (N, M) in 0..1; 0 where both are empty."""
    shared = intersection(a, b)
    union = area(a)[:, None] + area(b)[None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def covered(a: Floats, b: Floats) -> Floats:
    """Which share of each box of `a` lies inside each box of `b`, (N, 4) and (M, 4) to (N, M) in 0..1."""
    shared, own = intersection(a, b), area(a)[:, None]
    return np.asarray(np.divide(shared, own, out=np.zeros_like(shared), where=own > 0))


def clip(boxes: Floats, width: float, height: float) -> Floats:
    """Boxes (N, 4) cut to a picture of `width` by `height` pixels."""
    limits = np.array([width, height, width, height], boxes.dtype)
    return np.clip(boxes, 0, limits)


def upright(boxes: Floats) -> Floats:
    """Boxes (N, 4) with their edges in order: a network's raw box may be reversed."""
    low, high = boxes[:, :2], boxes[:, 2:]
    return np.concatenate([np.minimum(low, high), np.maximum(low, high)], axis=1)


def nms(boxes: Floats, scores: Floats, iou_threshold: float, most: int | None = None) -> Ints:
    """Greedy suppression that knows no class, because one face has one label.

    Args:
        boxes: (N, 4) xyxy; reversed ones count as upright, as in the engines' own operators.
        scores: (N,), higher is better; equal scores keep their order.
        iou_threshold: a box goes when it overlaps a better one by more than this.
        most: the best so many are enough.

    Returns:
        Indices of the boxes kept, best score first; (0,) for no boxes.
    """
    boxes = upright(boxes)
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while order.size and len(kept) != most:
        best, rest = order[0], order[1:]
        kept.append(best)
        overlap = iou(boxes[best : best + 1], boxes[rest])[0]
        order = rest[overlap <= iou_threshold]
    return np.array(kept, np.int64)
