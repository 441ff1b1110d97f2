"""A model file with convolutions in eight bits: smaller, and faster where the processor multiplies bytes."""

import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from maskwatch.detection.graph import THRESHOLDS, feed
from maskwatch.detection.metadata import METADATA_KEY, ModelMetadata
from maskwatch.files import replacing

Pixels = NDArray[np.uint8]

# The quantiser advises to prepare the graph unless it is told that this was done; `_fused` does it.
PREPARED_KEY = "onnx.quant.pre_process"
ERRORS_ONLY = 3
EXACT_FLAGS = {"avx512_vnni", "avx_vnni"}
EXACT_MACHINES = {"aarch64", "arm64"}


class _Feeds(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """One picture after the other as the graph takes it; a threshold of 1 lets nothing through, nothing is asked."""

    def __init__(self, pictures: Sequence[Pixels]) -> None:
        self._pictures = iter(pictures)

    def get_next(self) -> dict[str, np.ndarray] | None:
        picture = next(self._pictures, None)
        if picture is None:
            return None
        return feed(picture[None], 1.0, 1.0)


def quantise(
    model: bytes, pictures: Sequence[Pixels], metadata: ModelMetadata, path: Path, *, reduce_range: bool
) -> None:
    """Write the quantised file.

    Weights have eight bits and a scale for each channel, activations eight bits over the range seen in the
    pictures; everything but the convolutions stays float.

    Args:
        model: a file of `maskwatch export`, with suppression.
        pictures: at least one (H, W, 3) uint8 RGB, from training and as the preprocessing leaves it.
        metadata: what the new file says of itself.
        path: of the file, `*.onnx`.
        reduce_range: weights of seven bits, for processors on which sums of byte products overflow.
    """
    graph = _fused(model)
    defaults = _take_defaults(graph)
    graph.metadata_props.add(key=PREPARED_KEY, value="onnxruntime.quant")
    with replacing(path) as temporary:
        quantize_static(
            graph,
            str(temporary),
            _Feeds(pictures),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            reduce_range=reduce_range,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        quantised = onnx.load(temporary)
        quantised.graph.initializer.extend(defaults)
        del quantised.metadata_props[:]
        quantised.metadata_props.add(key=METADATA_KEY, value=metadata.to_json())
        quantised.producer_name = "maskwatch"
        onnx.checker.check_model(quantised)
        temporary.write_bytes(quantised.SerializeToString())


def _fused(model: bytes) -> onnx.ModelProto:
    """The graph after ONNX Runtime's basic mending: normalisation is part of the convolutions before it."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ERRORS_ONLY
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fused.onnx"
        options.optimized_model_filepath = str(file)
        onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return onnx.load(file)


def _take_defaults(graph: onnx.ModelProto) -> list[onnx.TensorProto]:
    """Take the thresholds' defaults out, on which ONNX Runtime would remark at every step."""
    defaults = [each for each in graph.graph.initializer if each.name in THRESHOLDS]
    for each in defaults:
        graph.graph.initializer.remove(each)
    return defaults


def multiplies_bytes_exactly(machine: str, flags: frozenset[str]) -> bool:
    """Whether a processor sums products of bytes without overflow: VNNI, or ARM; no where that cannot be told.

    With AVX2 alone two products of up to 255 * 127 are summed in 16 bits, which they may pass.
    """
    return machine.lower() in EXACT_MACHINES or not EXACT_FLAGS.isdisjoint(flags)


def this_processor() -> tuple[str, frozenset[str]]:
    """Its kind and what it can do; nothing where the system does not say."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    flags = next((line for line in lines if line.startswith("flags")), "")
    return platform.machine(), frozenset(flags.split())
