"""From raw numbers to boxes and scores in pixels of the network's input, and back for targets."""

from typing import NamedTuple

import torch
from torch import Tensor

from maskwatch.anchors import AnchorSettings
from maskwatch.retinanet.network import RawOutput
from maskwatch.retinanet.settings import NetworkSettings


class Decoded(NamedTuple):
    """Every anchor's box and scores, nothing suppressed: boxes (B, A, 4) xyxy pixels, scores (B, A, K) 0..1."""

    boxes: Tensor
    scores: Tensor


def anchor_grid(settings: AnchorSettings, height: int, width: int, device: torch.device) -> Tensor:
    """`anchors.generate` in torch operations (A, 4) float32: an exported graph computes it at run time."""
    levels = []
    for level, stride in enumerate(settings.strides):
        rows, columns = (height + stride - 1) // stride, (width + stride - 1) // stride
        y = (torch.arange(rows, device=device, dtype=torch.float32) + 0.5) * stride
        x = (torch.arange(columns, device=device, dtype=torch.float32) + 0.5) * stride
        grid_y = y[:, None].expand(rows, columns)
        grid_x = x[None, :].expand(rows, columns)
        centres = torch.stack([grid_x, grid_y, grid_x, grid_y], dim=-1).reshape(-1, 1, 4)
        cell = torch.tensor(settings.cell_boxes(level), device=device)
        levels.append((centres + cell).reshape(-1, 4))
    return torch.cat(levels)


def decode_boxes(anchors: Tensor, offsets: Tensor, box_std: float) -> Tensor:
    """Offsets (..., A, 4) on anchors (A, 4) to xyxy boxes (..., A, 4), not clipped."""
    sides = (anchors[..., 2:] - anchors[..., :2]).repeat(*([1] * (anchors.dim() - 1)), 2)
    return anchors + offsets * box_std * sides


def encode_boxes(anchors: Tensor, boxes: Tensor, box_std: float) -> Tensor:
    """The inverse of `decode_boxes`: xyxy boxes (..., A, 4) to the offsets that give them."""
    sides = (anchors[..., 2:] - anchors[..., :2]).repeat(*([1] * (anchors.dim() - 1)), 2)
    return (boxes - anchors) / (sides * box_std)


def decode(raw: RawOutput, settings: NetworkSettings, height: int, width: int) -> Decoded:
    """Boxes, clipped to the picture of `height` by `width` pixels (less the margin), and scores of every anchor."""
    anchors = anchor_grid(settings.anchors, height, width, raw.box_offsets.device)
    boxes = decode_boxes(anchors, raw.box_offsets.float(), settings.box_std)
    x = boxes[..., 0::2].clamp(0, width - settings.clip_margin_px)
    y = boxes[..., 1::2].clamp(0, height - settings.clip_margin_px)
    clipped = torch.stack([x[..., 0], y[..., 0], x[..., 1], y[..., 1]], dim=-1)
    return Decoded(clipped, raw.class_logits.float().sigmoid())
