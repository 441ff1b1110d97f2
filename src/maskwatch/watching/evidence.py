"""What one look at a face is worth: how far it speaks for each state, and how much it can be trusted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwatch.errors import UserError
from maskwatch.watching.nouns import Doubt, State

Triple = tuple[float, float, float]

# The order of everything that has one number a state; such things are plain tuples, because NumPy takes many times
# as long for three numbers.
STATES = (State.MASK, State.NO_MASK, State.INCORRECT)

# Scores below this are not told apart: a class score of .001 is no more certain than one of .02.
_FLOOR = 0.02
# No look speaks louder than this (natural logarithm of odds, 7 to 1), so that none decides alone.
LOUDEST = 2.0

# What is followed from frame to frame is a face more often than a single box of the same score is.
_NOTHING = 0.7

# Share of the face in the picture below which it says nothing, and from which it counts in full.
_CUT_USELESS, _CUT_HARMLESS = 0.65, 0.9
# The same for blur. Measured on training faces blurred by a share of their side: .43 as taken, .60 at .03 of
# the side, .72 at .05, .81 at .08, where most are no longer found.
_BLUR_USELESS, _BLUR_HARMLESS = 0.82, 0.65
# Faces of the smallest size judged count by this, those of twice the size in full.
_SMALLEST_WEIGHT = 0.5
# Labelled faces are about this much higher than wide.
_HEIGHT_TO_WIDTH = 1.25


@dataclass(frozen=True)
class Look:
    """One face in one frame.

    Attributes:
        scores: class scores 0..1 in the order of `STATES`.
        side_px: square root of the box's area.
        visible: share of the face inside the picture, 0..1.
        blur: 0 sharp to 1 flat; None where there were no pixels to tell.
    """

    scores: Triple
    side_px: float
    visible: float = 1.0
    blur: float | None = None


def state_columns(class_names: Sequence[str]) -> list[int | None]:
    """In which column of the class scores each of `STATES` stands; None for a state the model does not know.

    Raises:
        UserError: for a model that cannot tell a masked face from an unmasked one.
    """
    columns = [class_names.index(state) if state in class_names else None for state in STATES]
    if columns[0] is None or columns[1] is None:
        raise UserError(
            f"the model's classes are {', '.join(class_names)}; to watch, it needs mask and no_mask "
            "(rename classes with --map when you train)."
        )
    return columns


def state_scores(class_scores: NDArray[np.float32], columns: Sequence[int | None]) -> Triple:
    """One face's class scores (K,) in the model's order to those of `STATES`."""
    mask, no_mask, incorrect = (0.0 if column is None else float(class_scores[column]) for column in columns)
    return mask, no_mask, incorrect


def voices(scores: Triple) -> Triple:
    """How far a look speaks for each state: log-odds against the best other explanation, at most `LOUDEST`.

    Another state is one explanation; that there is no face at all, whose share is what the scores leave, is
    another. So a thing that looks a little like a face for hours never comes to be judged.
    """
    nothing = math.log(max(_NOTHING * (1 - sum(scores)), _FLOOR))
    mask, no_mask, incorrect = (math.log(max(score, _FLOOR)) for score in scores)
    return (
        _voice(mask - max(no_mask, incorrect, nothing)),
        _voice(no_mask - max(mask, incorrect, nothing)),
        _voice(incorrect - max(mask, no_mask, nothing)),
    )


def _voice(odds: float) -> float:
    return min(LOUDEST, max(-LOUDEST, odds))


def trust(look: Look, min_face_px: float) -> tuple[float, Doubt | None]:
    """The weight 0..1 of a look, and what makes it worthless if it is 0."""
    if look.side_px < min_face_px:
        return 0.0, Doubt.SMALL
    cut = _ramp(look.visible, _CUT_USELESS, _CUT_HARMLESS)
    if cut == 0:
        return 0.0, Doubt.CUT
    sharp = 1.0 if look.blur is None else _ramp(look.blur, _BLUR_USELESS, _BLUR_HARMLESS)
    if sharp == 0:
        return 0.0, Doubt.BLURRED
    size = _SMALLEST_WEIGHT + (1 - _SMALLEST_WEIGHT) * _ramp(look.side_px, min_face_px, 2 * min_face_px)
    return size * cut * sharp, None


def visible_share(box: NDArray[np.float32], width: float, height: float) -> float:
    """How much of a face (4,) xyxy the edge of the picture leaves, judged by what its shape should be.

    A box is cut to the picture, so what is missing shows in its proportions only; and only where it touches.
    """
    x1, y1, x2, y2 = (float(edge) for edge in box)
    near_x, near_y = 0.01 * width, 0.01 * height
    sides = (max(x2 - x1, 1e-6), max(y2 - y1, 1e-6))
    share = 1.0
    if x1 <= near_x or x2 >= width - near_x:
        share = min(share, sides[0] * _HEIGHT_TO_WIDTH / sides[1])
    if y1 <= near_y or y2 >= height - near_y:
        share = min(share, sides[1] / (sides[0] * _HEIGHT_TO_WIDTH))
    return share


def _ramp(value: float, useless: float, harmless: float) -> float:
    """0 up to `useless`, 1 from `harmless`, a straight line between."""
    return min(1.0, max(0.0, (value - useless) / (harmless - useless)))
