"""The class subnet and the box subnet of RetinaNet (Lin et al. 2017, section 4)."""

import math
from typing import cast

import torch
from torch import Tensor, nn

from maskwatch.retinanet.norm import Norm, make_norm


class Subnet(nn.Module):
    """Convolutions shared over the pyramid's levels, each level with normalisation of its own.

    Args:
        values: numbers predicted for each anchor: the classes, or the four box offsets.
    """

    def __init__(
        self, channels_in: int, channels: int, depth: int, levels: int, anchors: int, values: int, norm: Norm
    ) -> None:
        super().__init__()
        self.values = values
        widths = [channels_in] + [channels] * depth
        self.convs = nn.ModuleList(
            nn.Conv2d(a, b, 3, 1, 1, bias=norm == "none") for a, b in zip(widths[:-1], widths[1:], strict=True)
        )
        self.norms = nn.ModuleList(
            nn.ModuleList(make_norm(norm, channels) for _ in range(depth)) for _ in range(levels)
        )
        self.last = nn.Conv2d(widths[-1], anchors * values, 3, 1, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.normal_(module.weight, std=0.01)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        if norm != "none":
            # Normalisation undoes the scale of the inner weights; only the last layer needs to start small.
            for conv in self.convs:
                nn.init.kaiming_normal_(cast(nn.Conv2d, conv).weight, mode="fan_out", nonlinearity="relu")

    def forward(self, levels: list[Tensor]) -> Tensor:
        """Maps (B, C, H, W) of all levels to (B, A, values), anchors in the order of `maskwatch.anchors`."""
        return torch.cat([self._one_level(level, map_) for level, map_ in enumerate(levels)], dim=1)

    def _one_level(self, level: int, features: Tensor) -> Tensor:
        own_norms = cast(nn.ModuleList, self.norms[level])
        for conv, norm in zip(self.convs, own_norms, strict=True):
            features = torch.relu(norm(conv(features)))
        channels_last = self.last(features).permute(0, 2, 3, 1)
        batch, rows, columns, channels = channels_last.shape
        # Written out, and not as -1, so that an exported graph keeps it free for every size.
        anchors = rows * columns * (channels // self.values)
        return cast(Tensor, channels_last.reshape(batch, anchors, self.values))

    def start_from_prior(self, prior: float) -> None:
        """Set the last bias so that every score starts at `prior`."""
        assert self.last.bias is not None  # it was made with one
        nn.init.constant_(self.last.bias, -math.log((1 - prior) / prior))
