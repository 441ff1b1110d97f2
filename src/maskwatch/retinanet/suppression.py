"""From every anchor's box and scores to the detections that remain, in NumPy: what an exported graph does itself."""

import numpy as np

from maskwatch import boxes as box_math
from maskwatch.boxes import Floats, Ints
from maskwatch.retinanet.settings import SuppressionSettings


def suppress(
    boxes: Floats, scores: Floats, settings: SuppressionSettings, score_threshold: float, iou_threshold: float
) -> tuple[Ints, Ints]:
    """The detections of one picture.

    Args:
        boxes: (A, 4) xyxy.
        scores: (A, K).
        settings: which candidates there are, and whether classes suppress each other.
        score_threshold, iou_threshold: a score must exceed the first, an overlap must not exceed the second.

    Returns:
        Index of the anchor (M,) and class (M,), best score first; (0,) for none.
    """
    best = scores.max(axis=1, initial=0)
    candidates = np.flatnonzero(best > score_threshold)
    candidates = candidates[np.argsort(-best[candidates], kind="stable")][: settings.candidates]
    groups = scores.T if settings.per_class else best[None]
    rows: list[Ints] = []
    for own in groups:
        able = candidates[own[candidates] > score_threshold]
        rows.append(able[box_math.nms(boxes[able], own[able], iou_threshold, settings.most)])
    found = np.concatenate(rows)
    group = np.repeat(np.arange(len(groups)), [len(each) for each in rows])
    order = np.argsort(-groups[group, found], kind="stable")[: settings.most]
    anchors = found[order]
    return anchors, group[order] if settings.per_class else scores[anchors].argmax(axis=1)
