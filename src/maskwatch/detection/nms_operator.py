"""Suppression of overlaps as one operator: NumPy when torch runs it, ONNX's own in an exported graph."""

from typing import Any

import numpy as np
import torch
from onnxscript import opset18
from torch import Tensor

from maskwatch import boxes as box_math


@torch.library.custom_op("maskwatch::nms", mutates_args=())
def nms(boxes: Tensor, scores: Tensor, iou_threshold: Tensor, score_threshold: Tensor, most: int) -> Tensor:
    """Which candidates remain, each group suppressed for itself.

    Args:
        boxes: (B, C, 4) xyxy.
        scores: (B, G, C), one group or one for each class; a candidate's score must exceed the threshold.
        iou_threshold, score_threshold: (1,) float32.
        most: so many a group at most.

    Returns:
        (M, 3) int64 rows of picture, group and candidate.
    """
    rows = [np.zeros((0, 3), np.int64)]
    for picture, (own_boxes, groups) in enumerate(zip(boxes.cpu().numpy(), scores.cpu().numpy(), strict=True)):
        for group, own_scores in enumerate(groups):
            able = np.flatnonzero(own_scores > float(score_threshold))
            kept = able[box_math.nms(own_boxes[able], own_scores[able], float(iou_threshold), most)]
            rows.append(np.stack([np.full_like(kept, picture), np.full_like(kept, group), kept], axis=1))
    return torch.from_numpy(np.concatenate(rows)).to(boxes.device)


@nms.register_fake
def _(boxes: Tensor, scores: Tensor, iou_threshold: Tensor, score_threshold: Tensor, most: int) -> Tensor:
    found = torch.library.get_ctx().new_dynamic_size()
    return boxes.new_empty((found, 3), dtype=torch.int64)


def onnx_nms(boxes: Any, scores: Any, iou_threshold: Any, score_threshold: Any, most: int) -> Any:
    """The same in ONNX operators, whose classes are our groups."""
    # onnxscript records these calls as nodes; its types speak of running them.
    op: Any = opset18
    limit = op.Constant(value_ints=[most])
    return op.NonMaxSuppression(boxes, scores, limit, iou_threshold, score_threshold)
