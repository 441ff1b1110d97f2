"""Normalisation layers by name: trainable batch or group normalisation, or frozen statistics."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Norm = Literal["batch", "group", "frozen", "none"]

GROUP_CHANNELS = 8


class FrozenBatchNorm2d(nn.Module):
    """Batch normalisation whose statistics and affine terms never change: an affine map of each channel.

    Its tensors carry the names of `nn.BatchNorm2d`, so that weights of torchvision's ResNets load by name.
    """

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.register_buffer("weight", torch.ones(channels))
        self.register_buffer("bias", torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, features: Tensor) -> Tensor:
        return F.batch_norm(features, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)


def make_norm(kind: Norm, channels: int) -> nn.Module:
    """A normalisation layer for maps (B, channels, H, W); the identity for `none`."""
    match kind:
        case "batch":
            return nn.BatchNorm2d(channels)
        case "group":
            return nn.GroupNorm(max(1, channels // GROUP_CHANNELS), channels)
        case "frozen":
            return FrozenBatchNorm2d(channels)
        case "none":
            return nn.Identity()
