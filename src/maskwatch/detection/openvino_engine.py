"""OpenVINO as an engine; it is an extra, imported only when somebody asks for it."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwatch.detection.graph import INPUT, OUTPUTS, THRESHOLDS, EngineRefusal, RawDetections, check_ports, feed
from maskwatch.detection.metadata import METADATA_KEY
from maskwatch.errors import UserError


class OpenVinoEngine:
    """OpenVINO's own runtime on the processor, in float32 so that both engines give the same boxes."""

    def __init__(self, model: bytes, threads: int | None) -> None:
        openvino = _openvino()
        settings: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f32"}
        if threads:
            settings["INFERENCE_NUM_THREADS"] = threads
        core = _core()
        try:
            graph = core.read_model(model)
            _free_thresholds(openvino, graph)
            self._compiled = core.compile_model(graph, "CPU", settings)
        except RuntimeError as error:
            raise EngineRefusal(str(error).splitlines()[0]) from error
        key = ["framework", METADATA_KEY]
        self.metadata_text = str(graph.get_rt_info(key).astype(str)) if graph.has_rt_info(key) else None

    def check_contract(self) -> None:
        check_ports("inputs", _types(self._compiled.inputs), {INPUT: "u8"} | dict.fromkeys(THRESHOLDS, "f32"))
        kinds = ("i64", "f32", "f32", "i64", "f32")
        check_ports("outputs", _types(self._compiled.outputs), dict(zip(OUTPUTS, kinds, strict=True)))

    def run(self, pixels: NDArray[np.uint8], score: float, iou: float) -> RawDetections:
        request = self._compiled.create_infer_request()
        request.infer(feed(pixels, score, iou))
        return RawDetections(*(request.get_tensor(name).data.copy() for name in OUTPUTS))


def _openvino() -> Any:
    try:
        import openvino
    except ImportError as error:
        hint = "pip install 'maskwatch[openvino]'"
        raise UserError(f"--device openvino: OpenVINO is not installed; {hint}.") from error
    return openvino


@cache
def _core() -> Any:
    """The one core of this process, kept to its end.

    The processor plugin of each core gives the thread that loads it a stack for signals and takes it back when the
    core goes. Of two cores that go in the order they came in, the second puts back the stack that the first has
    already unmapped, and the next signal (Ctrl-C, a child that ended) kills the process.
    """
    return _openvino().Core()


def _types(ports: Any) -> dict[str, str]:
    return {port.get_any_name(): port.get_element_type().get_type_name() for port in ports}


def _free_thresholds(openvino: Any, graph: Any) -> None:
    """OpenVINO's reader freezes graph inputs that have defaults, so put inputs back in their place."""
    for constant in graph.get_ops():
        name = constant.get_friendly_name()
        if name in THRESHOLDS and constant.get_type_name() == "Constant":
            parameter = openvino.opset13.parameter([], np.float32, name=name)
            parameter.output(0).get_tensor().set_names({name})
            constant.output(0).replace(parameter.output(0))
            graph.add_parameters([parameter])
