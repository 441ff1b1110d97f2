"""By which rule a detection is a hit: this project's, or keras-retinanet's for comparing with figures of it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Rule:
    """What average precision is made of, apart from the area under the curve.

    Attributes:
        name: as `--rule` takes it and as reports quote it.
        iou: a hit overlaps its face by at least this.
        minimum_score: detections below it are not looked at.
        per_picture: at most this many detections a picture count, the best ones.
        free_only: look for the best face that is still free; otherwise for the best face, and a detection
            that finds it taken is false although a neighbour may be free.
    """

    name: str
    iou: float = 0.5
    minimum_score: float = 0.02
    per_picture: int = 300
    free_only: bool = True


HOUSE = Rule("maskwatch")
# keras_retinanet/utils/eval.py and bin/evaluate.py: score above .05, 100 a picture, only the best face tried.
ABOVE_05 = float(np.nextafter(np.float32(0.05), np.float32(1)))
KERAS_RETINANET = Rule("keras-retinanet", minimum_score=ABOVE_05, per_picture=100, free_only=False)
RULES = {rule.name: rule for rule in (HOUSE, KERAS_RETINANET)}
