"""Labels from which nothing can be learnt, told before an hour is spent on them."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from maskwatch.anchor_fitting import best_iou_of_nearest
from maskwatch.data.check_anchors import AnchorFit, boxes_to_cover
from maskwatch.data.check_classes import FEW_BOXES
from maskwatch.data.samples import Sample

FEWEST_BOXES = 5  # of a class; up to FEW_BOXES it is learnt by heart if at all
LARGE_SHARE = 0.2
ANYWAY = "--anyway trains all the same"


def why_hopeless(samples: Sequence[Sample], class_names: Sequence[str], fit: AnchorFit) -> str | None:
    """Why no training can succeed, with what to do; None where it may."""
    counts = _counts(samples)
    rare = [name for name in class_names if counts[name] < FEWEST_BOXES]
    if rare:
        return (
            f"the class {rare[0]!r} has {_boxes(counts[rare[0]])}, which nobody could learn from; label more (some "
            f"hundreds do well), or join it to another by --map {rare[0]}=OTHER; {ANYWAY}."
        )
    shown = boxes_to_cover(samples, fit.preprocessing)
    if _unreached(samples, fit) == len(shown.boxes):
        sides = np.sqrt((shown.boxes[:, 2:] - shown.boxes[:, :2]).prod(axis=1))
        return (
            f"no anchor matches any of the {_boxes(len(shown.boxes))}: at --side-px {fit.preprocessing.side_px} half "
            f"of them are below {np.median(sides):.2g} px; try another --side-px or --p2, and `maskwatch data check` "
            f"shows which boxes these are; {ANYWAY}."
        )
    return None


def doubts(samples: Sequence[Sample], class_names: Sequence[str], fit: AnchorFit) -> list[str]:
    """What makes success unlikely, without ruling it out."""
    counts = _counts(samples)
    found = [
        f"The class {name!r} has only {_boxes(counts[name])}: it will be learnt by heart if at all."
        for name in class_names
        if FEWEST_BOXES <= counts[name] < FEW_BOXES
    ]
    unreached, total = _unreached(samples, fit), sum(counts.values())
    if unreached > LARGE_SHARE * total:
        found.append(
            f"{unreached} of {_boxes(total)} match no anchor at --side-px {fit.preprocessing.side_px}; "
            "`maskwatch data check` shows which, and at what size they would."
        )
    return found


def _counts(samples: Sequence[Sample]) -> Counter[str]:
    """Boxes that are learnt, by class."""
    return Counter(
        name for sample in samples for name, hard in zip(sample.labels, sample.difficult, strict=True) if not hard
    )


def _unreached(samples: Sequence[Sample], fit: AnchorFit) -> int:
    return int((best_iou_of_nearest(fit.anchors, boxes_to_cover(samples, fit.preprocessing)) < fit.min_iou).sum())


def _boxes(count: int) -> str:
    return f"{count} box" if count == 1 else f"{count:,} boxes"
