"""Leaving the network alone while nothing moves."""

from dataclasses import dataclass, field

import numpy as np

from maskwatch.watching.camera.frame import Pixels


@dataclass(frozen=True)
class MotionLimits:
    """When a scene is still.

    Attributes:
        cell_change: a cell of the thumbnail (0..255) that changes by more has moved. Sensor noise is averaged
            over a cell; a change of light of the whole picture is taken out first.
        linger_s: so long after the last motion every frame is looked at, so that whoever came to stand still is
            judged by more than one look.
        look_s: so long a still scene may go unseen.
    """

    cell_change: float = 7.0
    linger_s: float = 3.0
    look_s: float = 5.0


@dataclass
class MotionGate:
    """Says of each frame whether the network is to look at it; one a camera."""

    limits: MotionLimits = field(default_factory=MotionLimits)
    _seen: Pixels | None = field(default=None, init=False)
    _seen_s: float = field(default=0.0, init=False)
    _moved_s: float = field(default=0.0, init=False)

    def wants(self, thumbnail: Pixels, time_s: float) -> bool:
        """Whether anything may have changed since the last frame that was wanted.

        Args:
            thumbnail: (h, w) uint8 brightness.
            time_s: of the frame; a clock that jumps back counts as motion.
        """
        if self._seen is None or time_s < self._seen_s or _moved(self._seen, thumbnail, self.limits.cell_change):
            self._moved_s = time_s
        elif time_s - self._moved_s >= self.limits.linger_s and time_s - self._seen_s < self.limits.look_s:
            return False
        self._seen, self._seen_s = thumbnail, time_s
        return True


def _moved(before: Pixels, after: Pixels, cell_change: float) -> bool:
    change = after.astype(np.int16) - before
    return bool(np.abs(change - np.median(change)).max() > cell_change)
