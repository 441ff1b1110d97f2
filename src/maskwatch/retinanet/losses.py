"""Focal loss for the classes; smooth L1 or generalised IoU for the boxes."""

from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

BoxLoss = Literal["smooth_l1", "giou"]


class Losses(NamedTuple):
    """Two scalars, already weighted: their sum is what training descends."""

    classes: Tensor
    boxes: Tensor


def focal_loss(logits: Tensor, targets: Tensor, alpha: float = 0.25, gamma: float = 2.0) -> Tensor:
    """Lin et al. 2017, equation 5, summed: logits (..., K) against targets (..., K) of 0 and 1."""
    cross_entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    probability = logits.sigmoid()
    missing = targets * (1 - probability) + (1 - targets) * probability
    weight = targets * alpha + (1 - targets) * (1 - alpha)
    return (weight * missing**gamma * cross_entropy).sum()


def smooth_l1(offsets: Tensor, targets: Tensor, sigma: float = 3.0) -> Tensor:
    """Smooth L1 with its corner at `1 / sigma**2`, summed: `.5 (sigma x)**2` inside, `|x| - .5 / sigma**2` out."""
    return F.smooth_l1_loss(offsets, targets, reduction="sum", beta=1 / sigma**2)


def giou_loss(boxes: Tensor, targets: Tensor) -> Tensor:
    """One minus the generalised IoU (Rezatofighi et al. 2019), summed over pairs of xyxy boxes (N, 4).

    It weighs a face of 8 px like one of 300 px, which smooth L1 on anchor offsets does not.
    """
    low = torch.maximum(boxes[:, :2], targets[:, :2])
    high = torch.minimum(boxes[:, 2:], targets[:, 2:])
    shared = (high - low).clamp(min=0).prod(dim=1)
    # A reversed box has a negative side; clamped it has no area, and the hull pulls in what lies beyond the truth.
    own = (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(dim=1)
    union = own + (targets[:, 2:] - targets[:, :2]).prod(dim=1) - shared
    hull_low = torch.minimum(torch.minimum(boxes[:, :2], boxes[:, 2:]), targets[:, :2])
    hull_high = torch.maximum(torch.maximum(boxes[:, :2], boxes[:, 2:]), targets[:, 2:])
    hull = (hull_high - hull_low).prod(dim=1).clamp(min=1e-6)
    giou = shared / union.clamp(min=1e-6) - (hull - union) / hull
    return (1 - giou).sum()
