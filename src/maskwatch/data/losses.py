"""What a set lost on its way into another format, found by reading back what was written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from maskwatch import boxes as box_math
from maskwatch.boxes import Floats
from maskwatch.data.samples import Sample

# Six decimals of a share place an edge of a picture of 10,000 px within this.
_UNMOVED_PX = 0.01
_LOST_PX = 2.0
_NO_DATABASE = ("", "Unknown")


@dataclass
class Losses:
    """What was lost, counted.

    Attributes:
        pictures, boxes: gone altogether.
        moved, farthest_px: boxes of which an edge moved, and by how much at most.
        renamed: boxes by old and new class name.
        difficult, verified, databases: marks of that kind that are gone.
    """

    pictures: int = 0
    boxes: int = 0
    moved: int = 0
    farthest_px: float = 0.0
    renamed: Counter[tuple[str, str]] = field(default_factory=Counter)
    difficult: int = 0
    verified: int = 0
    databases: int = 0

    def to_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        renamed = [{"from": old, "to": new, "boxes": count} for (old, new), count in self.renamed.items()]
        return {**vars(self), "renamed": renamed}

    def sentences(self) -> list[str]:
        """Each kind of loss in words, the worst first; empty where nothing was lost."""
        told = [
            ("pictures gone", self.pictures),
            ("boxes gone", self.boxes),
            *((f"boxes of class {old!r} that are {new!r} now", count) for (old, new), count in self.renamed.items()),
            (f"boxes moved, by at most {self.farthest_px:.2g} px", self.moved),
            ("boxes no longer marked difficult", self.difficult),
            ("pictures no longer marked verified", self.verified),
            ("pictures that no longer tell which set they came from", self.databases),
        ]
        return [f"{what}: {count}" for what, count in told if count]


def compare(before: Sequence[Sample], after: Sequence[Sample]) -> Losses:
    """What the samples read back lack of those written; pictures are paired by their paths."""
    read_back = {sample.picture: sample for sample in after}
    losses = Losses()
    for sample in before:
        other = read_back.get(sample.picture)
        if not other:
            losses.pictures += 1
            continue
        _compare_boxes(sample, other, losses)
        losses.verified += sample.verified and not other.verified
        losses.databases += sample.database not in _NO_DATABASE and other.database != sample.database
    return losses


def _compare_boxes(before: Sample, after: Sample, losses: Losses) -> None:
    """Every format keeps the order of boxes, so each is looked for from where the last was found."""
    position = 0
    cut = box_math.clip(before.boxes, before.width, before.height)
    for index, label in enumerate(before.labels):
        rest = after.boxes[position:]
        near = np.flatnonzero(np.minimum(_distance(rest, before.boxes[index]), _distance(rest, cut[index])) < _LOST_PX)
        if not len(near):
            losses.boxes += 1
            continue
        position += int(near[0])
        by = float(_distance(after.boxes[position : position + 1], before.boxes[index])[0])
        losses.moved += by > _UNMOVED_PX
        losses.farthest_px = max(losses.farthest_px, by if by > _UNMOVED_PX else 0.0)
        losses.difficult += bool(before.difficult[index]) and not bool(after.difficult[position])
        if after.labels[position] != label:
            losses.renamed[label, after.labels[position]] += 1
        position += 1


def _distance(boxes: Floats, box: Floats) -> Floats:
    """How far the farthest edge of each box (N, 4) is from that of `box` (4,): (N,) pixels."""
    return np.asarray(np.abs(boxes - box).max(axis=1, initial=0))
