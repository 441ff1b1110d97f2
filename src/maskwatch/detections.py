"""`supervision.Detections`, the type in which found faces travel, and how an empty or full one is made.

Whoever needs supervision imports it from here: importing it straight prints a remark that OpenCV is missing,
which this project means to be so.
"""

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from maskwatch.boxes import Floats, Ints

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="OpenCV .* is not installed", category=UserWarning)
    import supervision

__all__ = ["Detect", "Detections", "make_detections", "supervision"]

Detections = supervision.Detections
Detect = Callable[[Sequence[NDArray[np.uint8]]], list[Detections]]


def make_detections(
    boxes: Floats, scores: Floats, labels: Ints, class_scores: Floats, class_names: Sequence[str]
) -> Detections:
    """What was found in one picture.

    Args:
        boxes: (N, 4) float32 xyxy in pixels of the original picture; (0, 4) for nothing found.
        scores: (N,) float32, 0..1.
        labels: (N,) indices into `class_names`.
        class_scores: (N, K) float32, 0..1.
        class_names: K names.

    Returns:
        Detections with `data["class_name"]` (N,) and `data["class_scores"]` (N, K).
    """
    names = np.array(class_names)[labels] if len(labels) else np.zeros(0, np.str_)
    return Detections(
        xyxy=boxes.astype(np.float32).reshape(-1, 4),
        confidence=scores.astype(np.float32),
        class_id=labels.astype(int),
        data={"class_name": names, "class_scores": class_scores.astype(np.float32)},
    )
