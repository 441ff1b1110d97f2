"""Where the windows of a strided layer begin: PyTorch's symmetric padding, or TensorFlow's `SAME`.

Both give `ceil(side / 2)` cells. On an odd side they are the same; on an even side `SAME` pads one pixel less
before than after, so every window lies one pixel further on. Weights trained with one are wrong with the other.

While a graph is exported, `SAME` is one operator, because ONNX has it and finds out the side when it runs; in
PyTorch's own operators the padding would be a computed size, at which the exporter fixes the side as even or odd.
"""

from typing import Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Padding = Literal["symmetric", "same"]


def pad_as_same(features: Tensor, kernel: int) -> Tensor:
    """Maps (B, C, H, W) with the zeros that `SAME` adds for an odd `kernel` at stride 2."""
    after = kernel // 2
    top, left = (after - 1 + side % 2 for side in features.shape[-2:])
    return F.pad(features, (left, after, top, after))


@torch.library.custom_op("maskwatch::same_conv2d", mutates_args=())
def same_conv2d(features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """A convolution at stride 2 of maps (B, C, H, W) padded as `SAME`."""
    return F.conv2d(pad_as_same(features, weight.shape[-1]), weight, bias, 2)


@same_conv2d.register_fake
def _(features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return features.new_empty(_halved(features, weight.shape[0]))


@torch.library.custom_op("maskwatch::same_max_pool2d", mutates_args=())
def same_max_pool2d(features: Tensor) -> Tensor:
    """The largest of each 3x3 window at stride 2 of maps (B, C, H, W), nowhere negative, padded as `SAME`."""
    return F.max_pool2d(pad_as_same(features, 3), 3, 2)


@same_max_pool2d.register_fake
def _(features: Tensor) -> Tensor:
    return features.new_empty(_halved(features, features.shape[1]))


def _halved(features: Tensor, channels: int) -> tuple[int, int, int, int]:
    batch, _, height, width = features.shape
    return batch, channels, (height + 1) // 2, (width + 1) // 2


class SameConv2d(nn.Conv2d):
    """A convolution at stride 2 with `SAME` padding; its tensors carry the names of `nn.Conv2d`."""

    def forward(self, features: Tensor) -> Tensor:
        if torch.compiler.is_exporting():
            return cast(Tensor, same_conv2d(features, self.weight, self.bias))
        return super().forward(pad_as_same(features, self.kernel_size[0]))


class SameMaxPool2d(nn.MaxPool2d):
    """A 3x3 maximum at stride 2 with `SAME` padding, of maps that are nowhere negative: a zero is never above it."""

    def forward(self, features: Tensor) -> Tensor:
        if torch.compiler.is_exporting():
            return cast(Tensor, same_max_pool2d(features))
        return cast(Tensor, super().forward(pad_as_same(features, 3)))


def halving_conv(channels_in: int, channels: int, kernel: int, padding: Padding, bias: bool) -> nn.Conv2d:
    """A convolution at stride 2."""
    if padding == "same":
        return SameConv2d(channels_in, channels, kernel, 2, bias=bias)
    return nn.Conv2d(channels_in, channels, kernel, 2, kernel // 2, bias=bias)


def halving_pool(padding: Padding) -> nn.MaxPool2d:
    """The largest of each 3x3 window at stride 2."""
    return SameMaxPool2d(3, 2) if padding == "same" else nn.MaxPool2d(3, 2, 1)
