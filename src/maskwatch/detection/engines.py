"""What can run a model file: ONNX Runtime, which is always there, and OpenVINO where installed."""

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as onnxruntime_errors

from maskwatch.detection.graph import (
    INPUT,
    OUTPUTS,
    THRESHOLDS,
    Engine,
    EngineRefusal,
    RawDetections,
    check_ports,
    feed,
)
from maskwatch.detection.metadata import METADATA_KEY
from maskwatch.detection.openvino_engine import OpenVinoEngine
from maskwatch.errors import UserError

DEVICES = ("auto", "cpu", "cuda", "openvino")
_ERRORS_ONLY = 3
_ONNXRUNTIME_REFUSALS = (
    onnxruntime_errors.Fail,
    onnxruntime_errors.InvalidArgument,
    onnxruntime_errors.InvalidGraph,
    onnxruntime_errors.InvalidProtobuf,
    onnxruntime_errors.NoModel,
    onnxruntime_errors.NotImplemented,
    onnxruntime_errors.RuntimeException,
)


class OnnxRuntimeEngine:
    """ONNX Runtime on the processor or on an NVIDIA card."""

    def __init__(self, model: bytes, device: str, threads: int | None) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        if threads:
            options.intra_op_num_threads = threads
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=_providers(device))
        except _ONNXRUNTIME_REFUSALS as error:
            raise EngineRefusal(str(error)) from error
        if device == "cuda" and self._session.get_providers()[0] != "CUDAExecutionProvider":
            raise UserError("--device cuda: ONNX Runtime finds no usable CUDA here; use --device cpu.")
        self.metadata_text = self._session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)

    def check_contract(self) -> None:
        inputs = {each.name: each.type for each in self._session.get_inputs()}
        inputs |= {each.name: each.type for each in self._session.get_overridable_initializers()}
        wanted = {INPUT: "tensor(uint8)"} | dict.fromkeys(THRESHOLDS, "tensor(float)")
        check_ports("inputs", inputs, wanted)
        outputs = {each.name: each.type for each in self._session.get_outputs()}
        kinds = ("tensor(int64)", "tensor(float)", "tensor(float)", "tensor(int64)", "tensor(float)")
        check_ports("outputs", outputs, dict(zip(OUTPUTS, kinds, strict=True)))

    def run(self, pixels: NDArray[np.uint8], score: float, iou: float) -> RawDetections:
        values = self._session.run(list(OUTPUTS), feed(pixels, score, iou))
        return RawDetections(*values)


def load_engine(model: bytes, device: str, threads: int | None) -> Engine:
    """A loaded model; raises `EngineRefusal` for bytes that are none, `UserError` for an unusable device."""
    match device:
        case "openvino":
            return OpenVinoEngine(model, threads)
        case "auto" | "cpu" | "cuda":
            return OnnxRuntimeEngine(model, device, threads)
        case _:
            raise UserError(f"--device {device}: there is no such device; it is one of {', '.join(DEVICES)}.")


def _providers(device: str) -> list[str]:
    available = onnxruntime.get_available_providers()
    if device == "cpu" or (device == "auto" and "CUDAExecutionProvider" not in available):
        return ["CPUExecutionProvider"]
    if "CUDAExecutionProvider" not in available:
        message = "--device cuda: the installed ONNX Runtime knows no CUDA"
        raise UserError(f"{message}; pip uninstall onnxruntime, then pip install onnxruntime-gpu.")
    onnxruntime.preload_dlls()
    return ["CUDAExecutionProvider", "CPUExecutionProvider"]
