"""RetinaNet: pixels in, raw numbers out. Losses and decoding stand beside it, not inside."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from maskwatch.retinanet.heads import Subnet
from maskwatch.retinanet.pyramid import FeaturePyramid
from maskwatch.retinanet.resnet import ResNetBackbone
from maskwatch.retinanet.settings import NetworkSettings, SlimSettings
from maskwatch.retinanet.slim import SlimBackbone


class RawOutput(NamedTuple):
    """What the network says of every anchor, before any decoding.

    Attributes:
        class_logits: (B, A, K); a score is its sigmoid.
        box_offsets: (B, A, 4), offsets of the four edges in anchor sides, divided by `box_std`.
    """

    class_logits: Tensor
    box_offsets: Tensor


class RetinaNet(nn.Module):
    """The network of Lin et al. 2017 with the backbone, widths and anchors of its settings.

    Args:
        settings: what to build.
        class_count: K.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, settings: NetworkSettings, class_count: int) -> None:
        super().__init__()
        self.settings = settings
        self.class_count = class_count
        self.backbone: SlimBackbone | ResNetBackbone
        with_c2 = settings.levels[0] == 2
        if isinstance(settings.backbone, SlimSettings):
            self.backbone = SlimBackbone(settings.backbone, settings.norm, with_c2)
        else:
            self.backbone = ResNetBackbone(settings.backbone, settings.norm, settings.padding, with_c2)
        self.pyramid = FeaturePyramid(
            self.backbone.channels,
            settings.pyramid_channels,
            settings.head_norm,
            coarser=settings.levels[-1] - 5,
            padding=settings.padding,
        )
        self.class_subnet = self._subnet(class_count)
        self.class_subnet.start_from_prior(settings.prior)
        self.box_subnet = self._subnet(4)
        self.register_buffer("mean", torch.tensor(settings.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(settings.std).view(1, 3, 1, 1), persistent=False)

    def _subnet(self, values: int) -> Subnet:
        settings = self.settings
        return Subnet(
            settings.pyramid_channels,
            settings.head_channels,
            settings.head_depth,
            len(settings.levels),
            settings.anchors.per_cell,
            values,
            settings.head_norm,
        )

    def forward(self, pixels: Tensor) -> RawOutput:
        """Pixels (B, 3, H, W) RGB 0..255, uint8 or float, H and W at least 32, to the raw output."""
        # The two constants are float: the sum is too, under autocast as without it.
        normalised = (pixels - self.mean) / self.std
        levels = self.pyramid(self.backbone(normalised))
        return RawOutput(self.class_subnet(levels), self.box_subnet(levels))
