"""Tracks that are one passage: who is lost at one place and found there again at once has not been two people."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maskwatch.boxes import Floats

# Unseen for longer, a passage is over.
GONE_AFTER_S = 3.0
# How far, in sides of the face, it may be from where it was last seen: at once, and more for every second.
_NEAR_SIDES, _NEAR_SIDES_PER_S = 1.0, 0.75
# A face that is this much larger or smaller is another one.
_LIKE_SIZE = 1.6


@dataclass(frozen=True)
class Place:
    """Where and when a face was last seen: middle and side in pixels, seconds."""

    x: float
    y: float
    side_px: float
    seen_s: float


def place_of(box: Floats, seen_s: float) -> Place:
    """Of a box (4,) xyxy in pixels."""
    x1, y1, x2, y2 = (float(edge) for edge in box)
    return Place((x1 + x2) / 2, (y1 + y2) / 2, math.sqrt(max((x2 - x1) * (y2 - y1), 0.0)), seen_s)


def joined(unseen: Mapping[int, Place], found: Sequence[Place]) -> list[int | None]:
    """For each track just begun, the passage it goes on with, nearest pairs first; None begins a new one.

    Args:
        unseen: passages that are not in the frame, by number.
        found: where the new tracks are.
    """
    pairs = sorted(
        (distance, number, row)
        for row, place in enumerate(found)
        for number, last in unseen.items()
        if (distance := _distance(last, place)) is not None
    )
    chosen: dict[int, int] = {}
    for _, number, row in pairs:
        if row not in chosen and number not in chosen.values():
            chosen[row] = number
    return [chosen.get(row) for row in range(len(found))]


def _distance(last: Place, now: Place) -> float | None:
    """Distance in sides of the face, or None if it is too far in place, time or size."""
    gap_s = now.seen_s - last.seen_s
    larger, smaller = max(last.side_px, now.side_px), min(last.side_px, now.side_px)
    if gap_s > GONE_AFTER_S or larger > _LIKE_SIZE * smaller:
        return None
    sides = math.hypot(now.x - last.x, now.y - last.y) / max(larger, 1e-6)
    return sides if sides <= _NEAR_SIDES + _NEAR_SIDES_PER_S * gap_s else None
