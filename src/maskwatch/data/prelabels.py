"""From what a model found in a picture to labels for a person to correct, and how much there will be to correct."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from maskwatch.boxes import Floats
from maskwatch.data.samples import Origin, Sample
from maskwatch.detections import Detections

Mark = Literal["difficult", "suffix", "leave-out"]

SUFFIX = "?"
# Below, nothing that is found is worth a thought.
LEAST_SCORE = 0.05


@dataclass(frozen=True)
class Limits:
    """From which score on a box is written, from which it counts as sure, and how one that is not is marked.

    `difficult` is neither trained on nor counted until a person clears it; `suffix` writes `mask?`, a class that a
    person corrects; `leave-out` writes sure boxes alone.
    """

    written: float
    sure: float
    mark: Mark


@dataclass(frozen=True)
class Prelabel:
    """A picture labelled by a model.

    Attributes:
        sample: what is to be written.
        scores: (N,) of its boxes.
        sure: (N,) bool.
        doubt: how many corrections are to be expected, if scores are probabilities: a box that is written is wrong
            with what its score lacks to 1, one that is not is missed with its score.
    """

    sample: Sample
    scores: Floats
    sure: np.ndarray
    doubt: float


def prelabel(picture: Path, size: tuple[int, int], found: Detections, limits: Limits) -> Prelabel:
    """The labels of one picture of `size` (width, height) from detections from `LEAST_SCORE` on."""
    scores = np.asarray(found.confidence, np.float32) if len(found) else np.zeros(0, np.float32)
    least = limits.sure if limits.mark == "leave-out" else limits.written
    kept = np.flatnonzero(scores >= least)
    sure = scores[kept] >= limits.sure
    names = [str(found.data["class_name"][index]) for index in kept.tolist()]
    if limits.mark == "suffix":
        names = [name if is_sure else f"{name}{SUFFIX}" for name, is_sure in zip(names, sure, strict=True)]
    sample = Sample(
        picture=picture,
        width=size[0],
        height=size[1],
        boxes=np.asarray(found.xyxy, np.float32).reshape(-1, 4)[kept],
        labels=tuple(names),
        difficult=~sure if limits.mark == "difficult" else np.zeros(len(kept), bool),
        origin=Origin(picture),
    )
    missed = float(scores[scores < least].sum())
    return Prelabel(sample, scores[kept], sure, float((1 - scores[kept]).sum()) + missed)
