"""Fits the line on each class's logit that makes scores probabilities (Platt 1999).

A network trained with focal loss is unsure by design: the scores that minimise it are not probabilities
(Charoenphakdee et al. 2021). For gamma 2 their logits are the probabilities' logits divided by between 2.7 and 3,
so nearly a straight line mends it; the shift takes up alpha and what suppression leaves.
"""

from dataclasses import dataclass, replace

import numpy as np

from maskwatch.errors import UserError
from maskwatch.evaluation.collecting import Found, Judged, Run
from maskwatch.evaluation.matching import IGNORED, match
from maskwatch.evaluation.rules import HOUSE

# The network's scores are far too low before they are calibrated: .02 of them may be worth looking at.
EVERYTHING = replace(HOUSE, name="everything", minimum_score=0.0)

FEWEST_FACES = 20  # found of a class, for a line of its own: it has two numbers

# Pulls a line towards "as it is" by the weight of one detection, so that a set without a mistake has one too.
RIDGE = 0.1
NEWTON_STEPS = 100
CONVERGED = 1e-8
HIGHEST_LOGIT = 16.0  # float32 scores say no more


@dataclass(frozen=True)
class Lines:
    """A calibrated logit is `scale * logit + shift`.

    Attributes:
        scales, shifts: K each, in the model's class order; scales are above 0.
        shared: names of classes with too few faces, which have the line fitted over all other classes.
    """

    scales: tuple[float, ...]
    shifts: tuple[float, ...]
    shared: tuple[str, ...] = ()

    def apply(self, class_scores: np.ndarray) -> np.ndarray:
        """Scores (..., K) 0..1 to calibrated ones, float32."""
        lines = np.array(self.scales) * logits(class_scores) + np.array(self.shifts)
        return np.asarray(_sigmoid(lines), np.float32)


def logits(scores: np.ndarray) -> np.ndarray:
    """The inverse of the sigmoid, float64, kept within `HIGHEST_LOGIT`."""
    exact = np.asarray(scores, np.float64)
    with np.errstate(divide="ignore"):
        unlimited = np.log(exact) - np.log1p(-exact)
    return np.asarray(np.clip(unlimited, -HIGHEST_LOGIT, HIGHEST_LOGIT))


def fit(run: Run) -> Lines:
    """Fit a line a class to a run of uncalibrated detections, collected from a low score on.

    Every detection is evidence on every class: its score for a class against whether it found a face of it.

    Raises:
        UserError: when the detector gives no class scores, when faces are too few, or scores mean nothing.
    """
    scores, right = evidence(run)
    own = [k for k in range(scores.shape[1]) if right[:, k].sum() >= FEWEST_FACES]
    if not own:
        raise UserError(
            f"of no class are {FEWEST_FACES} faces found in the {len(run.pictures)} pictures: too few to calibrate on."
        )
    z = logits(scores)
    shared = _line(z[:, own].ravel(), right[:, own].ravel())
    lines = [_line(z[:, k], right[:, k]) if k in own else shared for k in range(scores.shape[1])]
    names = run.table.model
    for name, (scale, _) in zip(names, lines, strict=True):
        if scale <= 0:
            raise UserError(f"scores of {name} do not rise with being right; these pictures cannot calibrate it.")
    return Lines(
        tuple(scale for scale, _ in lines),
        tuple(shift for _, shift in lines),
        tuple(name for k, name in enumerate(names) if k not in own),
    )


def evidence(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Class scores (D, K) of all detections that count, and whether each found a face of each class (D, K) bool."""
    matches = match(run, EVERYTHING, by_class=False)
    given = {judged.found.class_scores.shape[1] for judged in run.pictures if len(judged.found.scores)}
    if given - {len(run.table.model)}:
        raise UserError("the detector gives no scores of every class, so there is nothing to calibrate.")
    starts = np.cumsum([0, *(len(judged.found.scores) for judged in run.pictures)])
    rows = (starts[matches.pictures] + matches.rows)[matches.faces != IGNORED]
    scores = np.concatenate([judged.found.class_scores.reshape(-1, len(run.table.model)) for judged in run.pictures])
    faces = matches.faces[matches.faces != IGNORED]
    found_class = np.where(faces >= 0, np.append(matches.face_classes, -1)[faces], -1)
    return scores[rows], found_class[:, None] == np.arange(len(run.table.model))


def calibrated(run: Run, lines: Lines) -> Run:
    """The run as the calibrated detector gives it, classes chosen anew, but for ties of suppression."""
    return replace(run, pictures=tuple(_calibrated(judged, lines) for judged in run.pictures))


def _calibrated(judged: Judged, lines: Lines) -> Judged:
    found = judged.found
    if not len(found.scores):
        return judged
    scores = lines.apply(found.class_scores)
    best = Found(found.boxes, scores.max(axis=1), scores.argmax(axis=1), scores)
    return replace(judged, found=best)


def _line(z: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Scale and shift of the logistic regression of `right` (D,) on logits (D,), by damped Newton steps."""
    design = np.stack([z, np.ones_like(z)], axis=1)
    start = np.array([1.0, 0.0])
    line, loss = start, _loss(start, design, right)
    for _ in range(NEWTON_STEPS):
        said = _sigmoid(design @ line)
        slope = design.T @ (said - right) + RIDGE * (line - start)
        curvature = (design * (said * (1 - said))[:, None]).T @ design + RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, slope)
        while (stepped := _loss(line - step, design, right)) > loss and np.abs(step).max() > CONVERGED:
            step = step / 2
        line, loss = line - step, stepped
        if np.abs(step).max() <= CONVERGED:
            break
    return float(line[0]), float(line[1])


def _loss(line: np.ndarray, design: np.ndarray, right: np.ndarray) -> float:
    z = design @ line
    return float((np.logaddexp(0, z) - right * z).sum() + RIDGE / 2 * np.square(line - [1.0, 0.0]).sum())


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * (1 + np.tanh(z / 2)))
