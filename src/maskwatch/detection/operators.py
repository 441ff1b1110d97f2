"""Operators of our own in those of ONNX, for the exporter."""

from collections.abc import Callable
from typing import Any

import torch
from onnxscript import opset18

from maskwatch.detection.nms_operator import onnx_nms
from maskwatch.retinanet import padding  # noqa: F401 -- registers two of them

# onnxscript records these calls as nodes; its types speak of running them.
_OPERATORS: Any = opset18


def onnx_same_conv2d(features: Any, weight: Any, bias: Any) -> Any:
    """`retinanet.padding.same_conv2d`: `SAME_UPPER` is TensorFlow's `SAME`."""
    inputs = (features, weight) if bias is None else (features, weight, bias)
    return _OPERATORS.Conv(*inputs, strides=[2, 2], auto_pad="SAME_UPPER")


def onnx_same_max_pool2d(features: Any) -> Any:
    """`retinanet.padding.same_max_pool2d`."""
    largest, _ = _OPERATORS.MaxPool(features, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
    return largest


TRANSLATION: dict[Callable[..., Any], Callable[..., Any]] = {
    torch.ops.maskwatch.nms.default: onnx_nms,
    torch.ops.maskwatch.same_conv2d.default: onnx_same_conv2d,
    torch.ops.maskwatch.same_max_pool2d.default: onnx_same_max_pool2d,
}
