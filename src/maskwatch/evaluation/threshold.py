"""The default score of a model, chosen for a rate of false alarms."""

import math

import numpy as np

from maskwatch.boxes import Floats
from maskwatch.evaluation.calibration import LOWEST_SCORE
from maskwatch.evaluation.collecting import Run
from maskwatch.evaluation.matching import FALSE, match

STEP = 0.005  # thresholds are read by people


def invented_scores(run: Run) -> Floats:
    """Scores of the detections, of whatever class, that found no labelled face: (D,)."""
    matches = match(run, by_class=False)
    return np.asarray(matches.scores[matches.faces == FALSE])


def score_for_false_alarms(invented: Floats, pictures: int, rate: float) -> float:
    """The lowest score from which on at most `rate` false detections a picture are left.

    Args:
        invented: (D,) scores of all false detections in the pictures.
        pictures: how many pictures those are, at least 1.
        rate: false detections a picture that are allowed.

    Returns:
        A multiple of `STEP`, never below `LOWEST_SCORE`; 1 if even the surest detections are too many.
    """
    allowed = math.floor(rate * pictures + 1e-9)
    ranked = np.sort(invented)[::-1]
    if len(ranked) <= allowed:
        return LOWEST_SCORE
    # The next multiple above the first false detection that is one too many.
    steps = math.floor(float(ranked[allowed]) / STEP) + 1
    if np.float32(steps * STEP) <= ranked[allowed]:  # a score a hair below a multiple is that multiple in float32
        steps += 1
    return min(1.0, max(LOWEST_SCORE, round(steps * STEP, 6)))
