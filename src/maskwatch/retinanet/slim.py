"""The slim residual backbone: basic blocks, narrow stages, trainable from scratch."""

import torch
from torch import Tensor, nn

from maskwatch.retinanet.norm import Norm, make_norm
from maskwatch.retinanet.settings import SlimSettings


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut (He et al. 2015); the shortcut averages before it strides."""

    def __init__(self, channels_in: int, channels: int, stride: int, norm: Norm) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.norm1 = make_norm(norm, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm2 = make_norm(norm, channels)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels:
            self.shortcut = nn.Sequential(
                # Ceil mode keeps the shortcut as large as the strided convolution at odd sizes.
                nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False),
                nn.Conv2d(channels_in, channels, 1, bias=False),
                make_norm(norm, channels),
            )

    def forward(self, features: Tensor) -> Tensor:
        inner = torch.relu(self.norm1(self.conv1(features)))
        return torch.relu(self.norm2(self.conv2(inner)) + self.shortcut(features))


class SlimBackbone(nn.Module):
    """Pixels (B, 3, H, W) to the maps C3, C4, C5 of strides 8, 16, 32 (C2 of stride 4 before them with
    `with_c2`); each side is rounded up."""

    def __init__(self, settings: SlimSettings, norm: Norm, with_c2: bool = False) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, settings.stem, 3, 2, 1, bias=False)
        self.stem_norm = make_norm(norm, settings.stem)
        stages, channels_in = [], settings.stem
        for channels, blocks in zip(settings.channels, settings.blocks, strict=True):
            stage = [BasicBlock(channels_in, channels, 2, norm)]
            stage += [BasicBlock(channels, channels, 1, norm) for _ in range(blocks - 1)]
            stages.append(nn.Sequential(*stage))
            channels_in = channels
        self.stages = nn.ModuleList(stages)
        self._first_map = 0 if with_c2 else 1
        self.channels = settings.channels[self._first_map :]
        self._initialise()

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, BasicBlock) and isinstance(module.norm2, nn.BatchNorm2d):
                # Each block starts as its shortcut, which steadies training from scratch (Goyal et al. 2017).
                nn.init.zeros_(module.norm2.weight)

    def forward(self, pixels: Tensor) -> list[Tensor]:
        features = torch.relu(self.stem_norm(self.stem(pixels)))
        maps = []
        for stage in self.stages:
            features = stage(features)
            maps.append(features)
        return maps[self._first_map :]
