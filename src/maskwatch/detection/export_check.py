"""Is an exported graph the network it came from? Raw numbers first, then detections one to one."""

import itertools
from dataclasses import dataclass

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from maskwatch.detection.deployed import DeployedNetwork, DeployedOutput
from maskwatch.detection.one_to_one import BOX_TOLERANCE_PX, SCORE_TOLERANCE, Found, Suppression, pair
from maskwatch.errors import UserError

SIZES = ((256, 320), (131, 157), (320, 223))
BATCHES = (1, 3)
DETECTIONS_WANTED = 40

Outputs = dict[str, np.ndarray]


@dataclass(frozen=True)
class Comparison:
    """How far a graph was from its network: largest differences of raw boxes and scores, detections in both, and
    detections in one alone because two candidates tie."""

    box_px: float = 0.0
    score: float = 0.0
    detections: int = 0
    ties: int = 0

    def with_more(self, other: "Comparison") -> "Comparison":
        return Comparison(
            max(self.box_px, other.box_px),
            max(self.score, other.score),
            self.detections + other.detections,
            self.ties + other.ties,
        )

    def __str__(self) -> str:
        sizes = ", ".join(f"{width}x{height}" for height, width in SIZES)
        ties = f", {self.ties} ties of suppression aside" if self.ties else ""
        return (
            f"at {sizes}, batches of {' and '.join(map(str, BATCHES))}: every box within {self.box_px:.2g} px, every "
            f"score within {self.score:.2g}, {self.detections} detections one to one{ties}"
        )


def check_export(deployed: DeployedNetwork, model: bytes, iou: float) -> Comparison:
    """Compare at even and odd sizes, one picture and three.

    Args:
        deployed: the network in torch.
        model: the serialised graph, with raw outputs.
        iou: overlap threshold for suppression.

    Raises:
        UserError: at the first difference.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it remarks on the thresholds' defaults, which are meant to be so
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(0)
    found = Comparison()
    for (height, width), batch in itertools.product(SIZES, BATCHES):
        pixels = _scene(random, batch, height, width)
        score = _score_with_detections(deployed, pixels)
        ours = _torch_output(deployed, pixels, score, iou)
        theirs = _onnx_output(session, pixels, score, iou)
        where = f"at {width}x{height}, batch {batch}"
        box_px, score_difference = _compare_raw(ours, theirs, where)
        per_class = deployed.network.settings.suppression.per_class
        detections, ties = _compare_detections(ours, theirs, score, iou, where, per_class)
        found = found.with_more(Comparison(box_px, score_difference, detections, ties))
    return found


def _scene(random: np.random.Generator, batch: int, height: int, width: int) -> NDArray[np.uint8]:
    """Coarse random patches, (B, H, W, 3) uint8: edges at many scales, as in pictures, unlike plain noise."""
    coarse = random.integers(0, 256, (batch, -(-height // 16), -(-width // 16), 3))
    fine = coarse.repeat(16, 1).repeat(16, 2)[:, :height, :width]
    return np.clip(fine + random.normal(0, 12, fine.shape), 0, 255).astype(np.uint8)


def _torch_output(deployed: DeployedNetwork, pixels: NDArray[np.uint8], score: float, iou: float) -> Outputs:
    with torch.inference_mode():
        output = deployed(torch.from_numpy(pixels), torch.tensor(score), torch.tensor(iou))
    return {name: value.numpy() for name, value in output._asdict().items()}


def _onnx_output(session: onnxruntime.InferenceSession, pixels: NDArray[np.uint8], score: float, iou: float) -> Outputs:
    feeds = {
        "pixels": pixels,
        "score_threshold": np.array(score, np.float32),
        "iou_threshold": np.array(iou, np.float32),
    }
    return dict(zip(DeployedOutput._fields, session.run(list(DeployedOutput._fields), feeds), strict=True))


def _score_with_detections(deployed: DeployedNetwork, pixels: NDArray[np.uint8]) -> float:
    """A threshold that leaves some tens of candidates a picture, whatever the network was trained for."""
    raw = _torch_output(deployed, pixels, 1.0, 0.5)["raw_scores"].max(axis=2)
    highest = np.sort(raw, axis=1)[:, -min(DETECTIONS_WANTED, raw.shape[1])]
    return float(highest.min())


def _compare_raw(ours: Outputs, theirs: Outputs, where: str) -> tuple[float, float]:
    """The largest difference of any box, in pixels, and of any score."""
    boxes = float(np.abs(ours["raw_boxes"] - theirs["raw_boxes"]).max())
    scores = float(np.abs(ours["raw_scores"] - theirs["raw_scores"]).max())
    kinds = (("boxes", boxes, BOX_TOLERANCE_PX, " px"), ("scores", scores, SCORE_TOLERANCE, ""))
    for name, difference, tolerance, unit in kinds:
        if not difference <= tolerance:  # what is no number is not within the tolerance either
            raise UserError(
                f"export refused: {where} the exported {name} differ from the network's by {difference:.3g}{unit}, "
                f"more than {tolerance:g}{unit}; nothing was written."
            )
    return boxes, scores


def _compare_detections(
    ours: Outputs, theirs: Outputs, score: float, iou: float, where: str, per_class: bool
) -> tuple[int, int]:
    """How many detections are in both, and how many are in one alone by a tie."""
    paired, ties = 0, 0
    for picture in range(len(ours["raw_boxes"])):
        boxes, scores = ours["raw_boxes"][picture], ours["raw_scores"][picture]
        # What suppresses each other is compared together: everything, or each class for itself.
        groups = enumerate(scores.T) if per_class else [(None, scores.max(axis=1))]
        for label, own in groups:
            suppression = Suppression(boxes, own, score, iou)
            found = pair(_of_picture(ours, picture, label), _of_picture(theirs, picture, label), suppression)
            if len(found.unexplained):
                raise UserError(
                    f"export refused: {where} a detection at {found.unexplained[0].round(1).tolist()} is in one of "
                    "network and file only; nothing was written."
                )
            paired += found.paired
            ties += found.ties
    return paired, ties


def _of_picture(output: Outputs, picture: int, label: int | None) -> Found:
    own = output["batch_index"] == picture
    if label is not None:
        own &= output["labels"] == label
    return Found(*(output[name][own] for name in ("boxes", "scores", "labels", "class_scores")))
