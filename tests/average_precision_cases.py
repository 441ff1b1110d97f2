"""Detections and truths made by the formula, to be judged by two programs."""

from typing import Any

import numpy as np

from formula_weights import noise

CLASSES = 2
PICTURES = 8


def case(name: str) -> dict[str, Any]:
    """Truths as rows of box and class, detections as rows of box, score and class: boxes near truths, of the
    right class or not, doubled, and far from any."""
    return {"classes": CLASSES, "pictures": [_picture(f"{name} {number}") for number in range(PICTURES)]}


def _picture(name: str) -> dict[str, Any]:
    values = (noise(name, 600).reshape(-1, 6) + 1) / 2
    count = int(values[0, 0] * 7)
    own = values[1 : count + 1]
    low, sides = np.floor(own[:, :2] * 60), 10 + np.floor(own[:, 2:4] * 30)
    truths = np.concatenate([low, low + sides, _classes(own[:, 4:5])], 1)
    rows = values[10 : 10 + 3 * count]
    near = np.repeat(truths, 3, axis=0)
    near[:, :4] += np.round((rows[:, :4] - 0.5) * 16, 2)
    near[:, 4:5] = np.where(rows[:, 4:5] < 0.8, near[:, 4:5], 1 - near[:, 4:5])
    far = values[40:60]
    lost = np.concatenate([far[:, :2] * 60, far[:, :2] * 60 + 8 + far[:, 2:4] * 20, _classes(far[:, 4:5])], 1)
    boxes = np.concatenate([near, lost])
    # No two scores are alike: the order of equal ones is nobody's rule.
    scores = np.concatenate([rows[:, 5], far[:, 5] * 0.7])
    detections = np.concatenate([boxes[:, :4], scores[:, None], boxes[:, 4:5]], 1).astype(np.float32)
    return {"truths": truths.tolist(), "detections": detections.tolist()}


def _classes(values: Any) -> Any:
    return np.floor(values * CLASSES)
