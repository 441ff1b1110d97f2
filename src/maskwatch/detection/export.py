"""A checkpoint as the one ONNX file that everything else runs, compared with torch before it is kept."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import onnx
import torch

from maskwatch.detection.deployed import DeployedNetwork
from maskwatch.detection.export_check import Comparison, check_export
from maskwatch.detection.metadata import METADATA_KEY, ModelMetadata
from maskwatch.detection.operators import TRANSLATION
from maskwatch.files import replacing
from maskwatch.retinanet.network import RetinaNet

OPSET = 18
INPUTS = ("pixels", "score_threshold", "iou_threshold")
OUTPUTS = ("batch_index", "boxes", "scores", "labels", "class_scores")
RAW_OUTPUTS = ("raw_boxes", "raw_scores")


def export(network: RetinaNet, metadata: ModelMetadata, path: Path, *, raw: bool = False) -> Comparison:
    """Write the file if it does what the network does.

    Args:
        network: in evaluation mode, on the CPU.
        metadata: class names, preprocessing, default thresholds: written into the file.
        path: of the file, `*.onnx`.
        raw: leave suppression out: the outputs are every anchor's `raw_boxes` (B, A, 4) and `raw_scores`
            (B, A, K), for engines that bring a suppression of their own.

    Returns:
        How near the two are.

    Raises:
        UserError: when the file's numbers differ from the network's; nothing is written.
    """
    deployed = DeployedNetwork(network)
    complete = _traced(deployed)
    _name_everything(complete, metadata)
    comparison = check_export(deployed, complete.SerializeToString(), metadata.default_iou)
    _keep_outputs(complete, RAW_OUTPUTS if raw else OUTPUTS)
    if raw:
        complete = _without_what_is_unused(complete)
    onnx.checker.check_model(complete)
    with replacing(path) as temporary:
        temporary.write_bytes(complete.SerializeToString())
    return comparison


def _traced(deployed: DeployedNetwork) -> onnx.ModelProto:
    """The graph with all outputs; batch, height and width are free."""
    # Large enough that no level has a single row or column: a side of one would be taken for a constant.
    example = (torch.zeros(2, 320, 448, 3, dtype=torch.uint8), torch.tensor(0.5), torch.tensor(0.5))
    batch, height, width = (
        torch.export.Dim("batch"),
        torch.export.Dim("height", min=32),
        torch.export.Dim("width", min=32),
    )
    with _quiet_exporter(), torch.no_grad():
        program = torch.onnx.export(
            deployed,
            example,
            dynamo=True,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=[*OUTPUTS, *RAW_OUTPUTS],
            dynamic_shapes=({0: batch, 1: height, 2: width}, None, None),
            custom_translation_table=TRANSLATION,
            verbose=False,
        )
    assert program is not None
    return program.model_proto


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Without the exporter's remarks on its own internals; a failure still raises."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _name_everything(model: onnx.ModelProto, metadata: ModelMetadata) -> None:
    """Thresholds get their defaults, the metadata its key; what the exporter noted about its sources goes."""
    for name, value in (("score_threshold", metadata.default_score), ("iou_threshold", metadata.default_iou)):
        # An initializer with the name of an input is that input's default.
        model.graph.initializer.append(onnx.helper.make_tensor(name, onnx.TensorProto.FLOAT, [], [value]))
    del model.metadata_props[:]
    model.metadata_props.add(key=METADATA_KEY, value=metadata.to_json())
    model.doc_string = f"{metadata.name}, a maskwatch model"
    model.graph.name = metadata.name
    model.producer_name = "maskwatch"
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        del value.metadata_props[:]


def _keep_outputs(model: onnx.ModelProto, names: tuple[str, ...]) -> None:
    kept = [output for output in model.graph.output if output.name in names]
    del model.graph.output[:]
    model.graph.output.extend(kept)


def _without_what_is_unused(model: onnx.ModelProto) -> onnx.ModelProto:
    """The part of the graph that the outputs need, and the inputs that it needs."""
    inputs = [INPUTS[0]]
    extractor = onnx.utils.Extractor(model)
    part = extractor.extract_model(inputs, [output.name for output in model.graph.output])
    part.metadata_props.extend(model.metadata_props)
    return part
