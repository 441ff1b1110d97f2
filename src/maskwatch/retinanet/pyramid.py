"""The feature pyramid (Lin et al. 2016) as RetinaNet uses it: P3 to P7, on wish also P2, or without P6 and P7."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from maskwatch.retinanet.norm import Norm, make_norm
from maskwatch.retinanet.padding import Padding, halving_conv


class FeaturePyramid(nn.Module):
    """The backbone's maps to the levels of the pyramid, of `channels` channels each, finest first.

    P6 is a strided convolution on C5 and P7 one on the rectified P6, as in the RetinaNet paper. A coarser map
    is raised to the finer one's own size, so odd sizes fit.

    Args:
        channels_in: of the backbone's maps; C5 is the last.
        channels: of every level.
        norm: after each convolution; without one the convolutions have a bias.
        coarser: how many of P6 and P7 there are.
        padding: of the strided convolutions.
    """

    def __init__(
        self,
        channels_in: tuple[int, ...],
        channels: int,
        norm: Norm,
        coarser: int = 2,
        padding: Padding = "symmetric",
    ) -> None:
        super().__init__()
        bias = norm == "none"
        self.lateral = nn.ModuleList(nn.Conv2d(c, channels, 1, bias=bias) for c in channels_in)
        self.lateral_norm = nn.ModuleList(make_norm(norm, channels) for _ in channels_in)
        self.output = nn.ModuleList(nn.Conv2d(channels, channels, 3, 1, 1, bias=bias) for _ in channels_in)
        self.output_norm = nn.ModuleList(make_norm(norm, channels) for _ in channels_in)
        self._coarser = coarser
        if coarser >= 1:
            self.p6 = halving_conv(channels_in[-1], channels, 3, padding, bias)
            self.p6_norm = make_norm(norm, channels)
        if coarser >= 2:
            self.p7 = halving_conv(channels, channels, 3, padding, bias)
            self.p7_norm = make_norm(norm, channels)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_uniform_(module.weight, a=1)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        lateral = [norm(conv(map_)) for norm, conv, map_ in zip(self.lateral_norm, self.lateral, maps, strict=True)]
        merged = [lateral[-1]]
        for finer in reversed(lateral[:-1]):
            raised = F.interpolate(merged[0], size=finer.shape[-2:], mode="nearest")
            merged.insert(0, finer + raised)
        levels = [norm(conv(map_)) for norm, conv, map_ in zip(self.output_norm, self.output, merged, strict=True)]
        if self._coarser >= 1:
            levels.append(self.p6_norm(self.p6(maps[-1])))
        if self._coarser >= 2:
            levels.append(self.p7_norm(self.p7(torch.relu(levels[-1]))))
        return levels
