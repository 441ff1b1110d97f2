"""A tiny model file that keeps the contract of `maskwatch export`: what stands round a model needs no training.

It finds at most one rectangle in each colour channel: bright green is a `mask`, bright red is `no_mask`, bright
blue is `incorrect`; the score is the brightest value of the channel over 255.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from maskwatch.detection.metadata import METADATA_KEY, ModelMetadata
from maskwatch.pictures.preprocessing import Preprocessing

CLASS_NAMES = ("mask", "no_mask", "incorrect")
COLOURS = {"mask": (0, 250, 0), "no_mask": (240, 0, 0), "incorrect": (0, 0, 230)}
OUTPUTS = ("batch_index", "boxes", "scores", "labels", "class_scores")


def _constant(name: str, values: object, dtype: type) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, dtype), name)


def _nodes() -> list[onnx.NodeProto]:
    def node(kind: str, inputs: str, outputs: str, **attributes: object) -> onnx.NodeProto:
        return helper.make_node(kind, inputs.split(), outputs.split(), **attributes)

    def edges(along: str, axis: int) -> list[onnx.NodeProto]:
        """First and last bright row or column of each channel: (B, 3) pixels."""
        return [
            node("ReduceMax", f"bright across_{along}", f"any_{along}", keepdims=0),
            node("ArgMax", f"any_{along}", f"{along}1", axis=axis, keepdims=0),
            node("ArgMax", f"any_{along}", f"{along}_last", axis=axis, keepdims=0, select_last_index=1),
            node("Add", f"{along}_last one", f"{along}2"),
        ]

    return [
        node("Gather", "pixels channels", "by_class", axis=3),
        node("Cast", "by_class", "values", to=TensorProto.FLOAT),
        node("Greater", "values half", "is_bright"),
        node("Cast", "is_bright", "bright", to=TensorProto.FLOAT),
        *edges("y", 1),
        *edges("x", 1),
        *[node("Unsqueeze", f"{edge} last_axis", f"{edge}_column") for edge in ("x1", "y1", "x2", "y2")],
        node("Concat", "x1_column y1_column x2_column y2_column", "whole_boxes", axis=-1),
        node("Cast", "whole_boxes", "all_boxes", to=TensorProto.FLOAT),
        node("ReduceMax", "values both_sides", "peaks", keepdims=0),
        node("Div", "peaks full", "all_scores"),
        node("Unsqueeze", "all_scores middle", "one_class_scores"),
        node("NonMaxSuppression", "all_boxes one_class_scores most iou_threshold score_threshold", "selected"),
        node("Gather", "selected zero", "batch_index", axis=1),
        node("Gather", "selected two", "labels", axis=1),
        node("Gather", "selected batch_and_box", "index", axis=1),
        node("GatherND", "all_boxes index", "boxes"),
        node("GatherND", "all_scores index", "scores"),
        node("Unsqueeze", "scores last_axis", "scores_column"),
        node("Gather", "identity labels", "one_hot", axis=0),
        node("Mul", "scores_column one_hot", "class_scores"),
    ]


def fake_graph() -> onnx.ModelProto:
    """The model without any metadata: a proper ONNX file that `maskwatch export` did not write."""
    constants = [
        _constant("channels", [1, 0, 2], np.int64),
        _constant("half", 128, np.float32),
        _constant("full", 255, np.float32),
        _constant("one", 1, np.int64),
        _constant("zero", 0, np.int64),
        _constant("two", 2, np.int64),
        _constant("most", [300], np.int64),
        _constant("last_axis", [-1], np.int64),
        _constant("middle", [1], np.int64),
        _constant("across_y", [2], np.int64),
        _constant("across_x", [1], np.int64),
        _constant("both_sides", [1, 2], np.int64),
        _constant("batch_and_box", [0, 2], np.int64),
        _constant("identity", np.eye(3), np.float32),
        _constant("score_threshold", 0.5, np.float32),
        _constant("iou_threshold", 0.45, np.float32),
    ]
    inputs = [
        helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["batch", "height", "width", 3]),
        helper.make_tensor_value_info("score_threshold", TensorProto.FLOAT, []),
        helper.make_tensor_value_info("iou_threshold", TensorProto.FLOAT, []),
    ]
    kinds = (TensorProto.INT64, TensorProto.FLOAT, TensorProto.FLOAT, TensorProto.INT64, TensorProto.FLOAT)
    shapes: tuple[list[str | int], ...] = (["m"], ["m", 4], ["m"], ["m"], ["m", 3])
    outputs = [helper.make_tensor_value_info(*each) for each in zip(OUTPUTS, kinds, shapes, strict=True)]
    graph = helper.make_graph(_nodes(), "fake", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def fake_metadata(name: str = "fake", preprocessing: Preprocessing | None = None) -> ModelMetadata:
    return ModelMetadata(
        name=name,
        class_names=CLASS_NAMES,
        preprocessing=preprocessing or Preprocessing(side_px=64),
        default_score=0.5,
        default_iou=0.45,
        training={"data": "none: three rectangles"},
        licence="Apache-2.0",
    )


def write_fake_model(path: Path, metadata: ModelMetadata | None = None, extra: str | None = None) -> Path:
    """Write the model; `extra` replaces the metadata's text, to make broken ones."""
    model = fake_graph()
    text = (metadata or fake_metadata(path.stem)).to_json() if extra is None else extra
    helper.set_model_props(model, {METADATA_KEY: text})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path


def rectangle_picture(
    width: int, height: int, **boxes: tuple[int, int, int, int]
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """(height, width, 3) uint8 RGB, black, with a bright rectangle a label: `mask=(x1, y1, x2, y2)`."""
    picture = np.zeros((height, width, 3), np.uint8)
    for label, (x1, y1, x2, y2) in boxes.items():
        picture[y1:y2, x1:x2] |= np.array(COLOURS[label], np.uint8)
    return picture
