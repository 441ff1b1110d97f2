"""What is wrong with a picture that comes: nothing, black, frozen, or another view than before. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from maskwatch.watching.camera.frame import Pixels

Structure = NDArray[np.float32]


class View(StrEnum):
    """How the picture itself is."""

    CLEAR = "clear"
    FROZEN = "frozen"
    BLACK = "black"
    MOVED = "moved"


@dataclass(frozen=True)
class ViewLimits:
    """When a picture is called what.

    Attributes:
        frozen_after_s: so long every pixel is the same. A live sensor has noise, a hung encoder has none.
        black_after_s: so long the picture is black.
        black_below: brightness (0..255) that 99 of 100 cells of a black picture stay below.
        moved_after_s: so long the view is steady, and another than it was.
        moved_below: likeness of the edges, -1..1, below which it is another view.
        known_after_s: so long a view must have been steady to be the one that others are compared with.
    """

    frozen_after_s: float = 8.0
    black_after_s: float = 3.0
    black_below: float = 24.0
    moved_after_s: float = 5.0
    moved_below: float = 0.35
    known_after_s: float = 60.0


@dataclass
class ViewWatch:
    """Takes a camera's pictures one by one, over all its connections, and says how the view is.

    A moved camera is told from its picture's edges, which a change of light leaves where they are; whoever walks
    through hides only a few of them. After `known_after_s` the new view is the known one.
    """

    limits: ViewLimits = field(default_factory=ViewLimits)
    _fingerprint: int | None = field(default=None, init=False)
    _same_since_s: float = field(default=0.0, init=False)
    _black_since_s: float | None = field(default=None, init=False)
    _known: Structure | None = field(default=None, init=False)
    _now: Structure | None = field(default=None, init=False)
    _steady_since_s: float = field(default=0.0, init=False)

    def see(self, thumbnail: Pixels, fingerprint: int, time_s: float) -> tuple[View, float]:
        """How the view is, and since when."""
        if fingerprint != self._fingerprint:
            self._fingerprint, self._same_since_s = fingerprint, time_s
        if float(np.quantile(thumbnail, 0.99)) >= self.limits.black_below:
            self._black_since_s = None
        elif self._black_since_s is None:
            self._black_since_s = time_s
        if self._black_since_s is not None:
            is_black = time_s - self._black_since_s >= self.limits.black_after_s
            return (View.BLACK, self._black_since_s) if is_black else (View.CLEAR, time_s)
        if time_s - self._same_since_s >= self.limits.frozen_after_s:
            return View.FROZEN, self._same_since_s
        return self._see_structure(_structure(thumbnail), time_s)

    def break_off(self) -> None:
        """Pictures stop for a while: what was the same before and after says nothing of the time between."""
        self._fingerprint = None
        self._black_since_s = None

    def _see_structure(self, structure: Structure, time_s: float) -> tuple[View, float]:
        if self._now is None or _likeness(structure, self._now) < self.limits.moved_below:
            self._now, self._steady_since_s = structure, time_s
        steady_s = time_s - self._steady_since_s
        if steady_s >= self.limits.known_after_s or self._known is None:
            self._known = self._now = structure
            return View.CLEAR, time_s
        if _likeness(structure, self._known) >= self.limits.moved_below:
            return View.CLEAR, time_s
        return (View.MOVED, self._steady_since_s) if steady_s >= self.limits.moved_after_s else (View.CLEAR, time_s)


def _structure(thumbnail: Pixels) -> Structure:
    """Edges across and down, (2, H-1, W-1) float32, of which strong ones count little more than weak ones."""
    bright = thumbnail.astype(np.float32)
    across, down = np.diff(bright, axis=1)[:-1], np.diff(bright, axis=0)[:, :-1]
    edges = np.stack([across, down])
    return np.asarray(np.sign(edges) * np.sqrt(np.abs(edges)), np.float32)


def _likeness(a: Structure, b: Structure) -> float:
    """Cosine of two sets of edges, 1 for the same; without any edge there is nothing to tell apart."""
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float((a * b).sum()) / size if size else 1.0
