"""Boxes that reach out of their picture or lie on each other."""

from collections.abc import Iterator

import numpy as np

from maskwatch import boxes as box_math
from maskwatch.boxes import Floats
from maskwatch.data.building import numbers
from maskwatch.data.faults import Fault
from maskwatch.data.samples import Sample

# A hundredth of a pixel is what YOLO's six decimals and float32 leave at an edge.
TOLERANCE_PX = 0.01

_BOXES_AT_ONCE = 256  # a set may hold a picture of ten thousand boxes, each paired with each

# Two boxes that overlap this much are one face labelled twice: no two faces in a picture do.
DOUBLED_IOU = 0.9


def box_faults(sample: Sample, doubled_iou: float = DOUBLED_IOU) -> list[Fault]:
    """Boxes of one sample that reach outside or are doubled; each fault stands at its box's line."""
    return [*_outside(sample), *_doubled(sample, doubled_iou)]


def box_fault_of(sample: Sample, index: int, kind: str, message: str, advice: str) -> Fault:
    """A fault of one box of a sample: `message` goes on from `the box (x1, y1, x2, y2)`."""
    line = sample.box_lines[index] if sample.box_lines else None
    box = numbers(tuple(sample.boxes[index].tolist()))
    text = f"the box ({box}) {message}"
    return Fault(kind, text, sample.origin.file, line, box, advice)


def _outside(sample: Sample) -> Iterator[Fault]:
    limits = np.array([sample.width, sample.height], np.float32)
    over = np.maximum(-sample.boxes[:, :2], sample.boxes[:, 2:] - limits).max(axis=1, initial=0)
    for index in np.flatnonzero(over > TOLERANCE_PX):
        by = f"reaches {over[index]:.4g} px out of its picture of {sample.width}x{sample.height}."
        yield box_fault_of(sample, int(index), "outside-box", by, "Cut it at the edge, or draw it anew.")


def _doubled(sample: Sample, doubled_iou: float) -> Iterator[Fault]:
    """One fault for each box that lies on an earlier one."""
    for index, first, overlap in doubled_boxes(sample.boxes, doubled_iou):
        line = f" of line {sample.box_lines[first]}" if sample.box_lines else ""
        own, other = sample.labels[index], sample.labels[first]
        as_what = f", one {own!r} and one {other!r}" if own != other else ""
        message = f"lies on the one{line}: {overlap:.0%} overlap{as_what}."
        yield box_fault_of(sample, index, "doubled-box", message, "Delete one of the two.")


def doubled_boxes(boxes: Floats, doubled_iou: float = DOUBLED_IOU) -> Iterator[tuple[int, int, float]]:
    """The boxes (N, 4) that lie on an earlier one: their index, that of the one they lie on most, and the IoU."""
    for start in range(0, len(boxes), _BOXES_AT_ONCE):
        part = boxes[start : start + _BOXES_AT_ONCE]
        overlap = np.tril(box_math.iou(part, boxes[: start + len(part)]), k=start - 1)
        for row in np.flatnonzero((overlap >= doubled_iou).any(axis=1)).tolist():
            first = int(overlap[row].argmax())
            yield start + row, first, float(overlap[row, first])
