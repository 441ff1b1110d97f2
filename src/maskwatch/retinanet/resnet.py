"""ResNet-50, -101 and -152 with torchvision's weight names, so that its ImageNet weights load by name."""

import torch
from torch import Tensor, nn

from maskwatch.retinanet.norm import Norm, make_norm
from maskwatch.retinanet.padding import Padding, halving_conv, halving_pool
from maskwatch.retinanet.settings import ResNetSettings

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
EXPANSION = 4


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 convolutions and a shortcut; the stride is in the first of them or, where not `stride_first`,
    in the second (ResNet v1.5)."""

    def __init__(self, channels_in: int, width: int, stride: int, norm: Norm, stride_first: bool = False) -> None:
        super().__init__()
        channels = width * EXPANSION
        first, second = (stride, 1) if stride_first else (1, stride)
        self.conv1 = nn.Conv2d(channels_in, width, 1, first, bias=False)
        self.bn1 = make_norm(norm, width)
        self.conv2 = nn.Conv2d(width, width, 3, second, 1, bias=False)
        self.bn2 = make_norm(norm, width)
        self.conv3 = nn.Conv2d(width, channels, 1, bias=False)
        self.bn3 = make_norm(norm, channels)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels_in, channels, 1, stride, bias=False), make_norm(norm, channels)
            )

    def forward(self, features: Tensor) -> Tensor:
        inner = torch.relu(self.bn1(self.conv1(features)))
        inner = torch.relu(self.bn2(self.conv2(inner)))
        return torch.relu(self.bn3(self.conv3(inner)) + self.downsample(features))


class ResNetBackbone(nn.Module):
    """Pixels (B, 3, H, W) to the maps C3, C4, C5 of strides 8, 16, 32; each side is rounded up.

    Args:
        settings: depth and where strides and padding lie.
        norm: after each convolution.
        padding: of the pooling.
        with_c2: give C2, of stride 4, before the others.
    """

    def __init__(
        self, settings: ResNetSettings, norm: Norm, padding: Padding = "symmetric", with_c2: bool = False
    ) -> None:
        super().__init__()
        self.conv1 = halving_conv(3, 64, 7, settings.stem_padding, bias=False)
        self.bn1 = make_norm(norm, 64)
        self.maxpool = halving_pool(padding)
        blocks, first = BLOCKS[settings.depth], settings.stride_in == "1x1"
        self.layer1 = _stage(64, 64, blocks[0], 1, norm, first)
        self.layer2 = _stage(256, 128, blocks[1], 2, norm, first)
        self.layer3 = _stage(512, 256, blocks[2], 2, norm, first)
        self.layer4 = _stage(1024, 512, blocks[3], 2, norm, first)
        self._with_c2 = with_c2
        self.channels = (256, 512, 1024, 2048)[0 if with_c2 else 1 :]
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, pixels: Tensor) -> list[Tensor]:
        c2 = self.layer1(self.maxpool(torch.relu(self.bn1(self.conv1(pixels)))))
        c3 = self.layer2(c2)
        c4 = self.layer3(c3)
        maps = [c3, c4, self.layer4(c4)]
        return [c2, *maps] if self._with_c2 else maps


def _stage(channels_in: int, width: int, blocks: int, stride: int, norm: Norm, stride_first: bool) -> nn.Sequential:
    first = Bottleneck(channels_in, width, stride, norm, stride_first)
    rest = [Bottleneck(width * EXPANSION, width, 1, norm) for _ in range(blocks - 1)]
    return nn.Sequential(first, *rest)
