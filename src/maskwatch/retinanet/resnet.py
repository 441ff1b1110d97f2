"""ResNet-18, -34, -50, -101 and -152 with torchvision's weight names, so that its ImageNet weights load by name."""

import torch
from torch import Tensor, nn

from maskwatch.retinanet.norm import Norm, make_norm
from maskwatch.retinanet.padding import Padding, halving_conv, halving_pool
from maskwatch.retinanet.settings import ResNetSettings

# The two shallow ones are made of basic blocks, the others of bottlenecks.
BASIC = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}
BLOCKS = BASIC | {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
EXPANSION = 4


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut; the stride is in the first of them."""

    def __init__(self, channels_in: int, channels: int, stride: int, norm: Norm) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.bn1 = make_norm(norm, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = make_norm(norm, channels)
        self.downsample = _shortcut(channels_in, channels, stride, norm)

    def forward(self, features: Tensor) -> Tensor:
        inner = torch.relu(self.bn1(self.conv1(features)))
        return torch.relu(self.bn2(self.conv2(inner)) + self.downsample(features))


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
        self.downsample = _shortcut(channels_in, channels, stride, norm)

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
        widths = tuple(width * (1 if settings.depth in BASIC else EXPANSION) for width in (64, 128, 256, 512))
        self.layer1 = _stage(settings, 1, 64, norm)
        self.layer2 = _stage(settings, 2, widths[0], norm)
        self.layer3 = _stage(settings, 3, widths[1], norm)
        self.layer4 = _stage(settings, 4, widths[2], norm)
        self._with_c2 = with_c2
        self.channels = widths[0 if with_c2 else 1 :]
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, pixels: Tensor) -> list[Tensor]:
        c2 = self.layer1(self.maxpool(torch.relu(self.bn1(self.conv1(pixels)))))
        c3 = self.layer2(c2)
        c4 = self.layer3(c3)
        maps = [c3, c4, self.layer4(c4)]
        return [c2, *maps] if self._with_c2 else maps


def _stage(settings: ResNetSettings, number: int, channels_in: int, norm: Norm) -> nn.Sequential:
    """The blocks of stage 1 to 4; the first of the later ones halves the map."""
    width, stride, blocks = 32 * 2**number, 1 if number == 1 else 2, BLOCKS[settings.depth][number - 1]
    if settings.depth in BASIC:
        basic = [BasicBlock(channels_in, width, stride, norm)]
        return nn.Sequential(*basic, *(BasicBlock(width, width, 1, norm) for _ in range(blocks - 1)))
    first = Bottleneck(channels_in, width, stride, norm, settings.stride_in == "1x1")
    return nn.Sequential(first, *(Bottleneck(width * EXPANSION, width, 1, norm) for _ in range(blocks - 1)))


def _shortcut(channels_in: int, channels: int, stride: int, norm: Norm) -> nn.Module:
    if stride == 1 and channels_in == channels:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(channels_in, channels, 1, stride, bias=False), make_norm(norm, channels))
