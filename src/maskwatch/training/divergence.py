"""Whether a run goes astray: the loss grows where it should fall, long before it is no number any more."""

from collections import deque
from dataclasses import dataclass, field

from maskwatch.errors import UserError

STEPS = 5  # a single batch may be hard
GROWTH = 4.0
LEAST = 2.0  # about the loss of an untrained network: trained weights begin far below, and new data may raise that


@dataclass
class LossWatch:
    """Compares the last steps with the first, whose weights no learning rate has touched yet."""

    first: float | None = None
    last: deque[float] = field(default_factory=lambda: deque(maxlen=STEPS))

    def add(self, loss: float, step: int, rate: float) -> None:
        """Take in the loss of a step; raises UserError when the last ones are several times the first."""
        if self.first is None:
            self.first = loss
        self.last.append(loss)
        mean = sum(self.last) / len(self.last)
        if len(self.last) == STEPS and mean > GROWTH * max(self.first, LEAST):
            raise UserError(
                f"step {step}: the run diverges: the loss has grown from {self.first:.3g} to {mean:.3g}. Begin anew "
                f"with a lower --learning-rate: {rate / 10:.1g}, say, a tenth of this one."
            )
