"""What the network should have said: targets from the anchors' matches, and the loss against them."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from maskwatch.anchors import BACKGROUND
from maskwatch.retinanet.decode import decode_boxes, encode_boxes
from maskwatch.retinanet.losses import BoxLoss, Losses, focal_loss, giou_loss, smooth_l1
from maskwatch.retinanet.network import RawOutput


@dataclass(frozen=True)
class Targets:
    """The labelled boxes of a batch and which anchor answers for which.

    Attributes:
        matches: (B, A) int64 index of the picture's box, or `BACKGROUND`, or `IGNORED`.
        boxes: (B, N, 4) float32 xyxy in pixels of the network's input, filled up with zeros to the largest N.
        labels: (B, N) int64 class index.
    """

    matches: Tensor
    boxes: Tensor
    labels: Tensor

    def to(self, device: torch.device) -> "Targets":
        moved = (t.to(device, non_blocking=True) for t in (self.matches, self.boxes, self.labels))
        return Targets(*moved)

    @property
    def positives(self) -> Tensor:
        """How many anchors answer for a box, () int64."""
        return (self.matches >= 0).sum()

    def rows(self, rows: slice) -> "Targets":
        """Those of some of the pictures."""
        return Targets(self.matches[rows], self.boxes[rows], self.labels[rows])

    def pin_memory(self) -> "Targets":
        return Targets(self.matches.pin_memory(), self.boxes.pin_memory(), self.labels.pin_memory())


def loss(
    raw: RawOutput,
    targets: Targets,
    anchors: Tensor,
    box_std: float,
    box_loss: BoxLoss = "smooth_l1",
    box_weight: float = 1.0,
    positives: Tensor | None = None,
) -> Losses:
    """Both losses of a batch, each divided by the number of positive anchors of the whole batch (at least 1).

    Args:
        raw: the network's output for B pictures and A anchors.
        targets: of the same batch.
        anchors: (A, 4) xyxy.
        box_std: of the network's settings.
        box_loss: smooth L1 on the offsets (keras-retinanet's), or generalised IoU on the boxes.
        box_weight: of the box loss.
        positives: () how many positive anchors there are where this batch is a part of a larger one; the losses of
            the parts then add up to that of the whole. None for this batch alone.
    """
    positive = targets.matches >= 0
    counted = positive | (targets.matches == BACKGROUND)
    normaliser = (targets.positives if positives is None else positives).clamp(min=1)
    class_loss = focal_loss(raw.class_logits[counted].float(), _one_hot(targets, raw.class_logits)[counted])
    batch, anchor = positive.nonzero(as_tuple=True)
    truth = targets.boxes[batch, targets.matches[batch, anchor]]
    offsets, own_anchors = raw.box_offsets[batch, anchor].float(), anchors[anchor]
    if box_loss == "giou":
        box_sum = giou_loss(decode_boxes(own_anchors, offsets, box_std), truth)
    else:
        box_sum = smooth_l1(offsets, encode_boxes(own_anchors, truth, box_std))
    return Losses(class_loss / normaliser, box_weight * box_sum / normaliser)


def _one_hot(targets: Targets, like: Tensor) -> Tensor:
    """(B, A, K) float32: one at the class of a matched anchor, zero elsewhere."""
    if not targets.labels.shape[1]:
        return torch.zeros_like(like, dtype=torch.float32)
    label = targets.labels.gather(1, targets.matches.clamp(min=0))
    encoded = F.one_hot(label, like.shape[-1]).float()
    return encoded * (targets.matches >= 0)[..., None]
