"""What `maskwatch export` promises of a model file's graph, and what every engine that runs it must do."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from maskwatch.boxes import Floats, Ints

INPUT = "pixels"
THRESHOLDS = ("score_threshold", "iou_threshold")
OUTPUTS = ("batch_index", "boxes", "scores", "labels", "class_scores")


class EngineRefusal(Exception):
    """The bytes are no model that the engine can run; the message is the engine's own."""


@dataclass(frozen=True)
class RawDetections:
    """What the graph gives for a whole batch, M faces in one list, best first within each picture.

    Attributes:
        batch_index: (M,) int64, which picture.
        boxes: (M, 4) float32 xyxy in pixels of the network's input.
        scores: (M,) float32, 0..1.
        labels: (M,) int64.
        class_scores: (M, K) float32, 0..1.
    """

    batch_index: Ints
    boxes: Floats
    scores: Floats
    labels: Ints
    class_scores: Floats


class Engine(Protocol):
    """A loaded graph. `metadata_text` is what stands under our key, `None` where nothing does."""

    metadata_text: str | None

    def check_contract(self) -> None:
        """Raise `EngineRefusal` unless inputs and outputs are those of `maskwatch export`."""

    def run(self, pixels: NDArray[np.uint8], score: float, iou: float) -> RawDetections:
        """Find faces in `pixels` (B, H, W, 3) uint8 RGB; safe to call from several threads."""


def feed(pixels: NDArray[np.uint8], score: float, iou: float) -> dict[str, np.ndarray]:
    return {INPUT: pixels} | {
        name: np.array(value, np.float32) for name, value in zip(THRESHOLDS, (score, iou), strict=True)
    }


def check_ports(what: str, found: dict[str, str], wanted: dict[str, str]) -> None:
    if found != wanted:
        raise EngineRefusal(f"its {what} are {found}, not {wanted}")
