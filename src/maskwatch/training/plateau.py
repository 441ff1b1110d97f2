"""Lowering the learning rate where the loss no longer falls: Keras's ReduceLROnPlateau, on the training loss."""

from dataclasses import dataclass

LEAST_FALL = 1e-4


@dataclass
class Plateau:
    """How long the loss has not fallen; it is kept with the run.

    Attributes:
        factor: what the learning rate is multiplied by.
        best: the lowest loss of an epoch so far; None before the first.
        waited: epochs since then, or since the rate was lowered.
    """

    factor: float = 1.0
    best: float | None = None
    waited: int = 0

    def end_epoch(self, loss: float, patience: int, factor: float) -> None:
        """Take in an epoch's mean loss; after `patience` epochs (0: never) without a fall the rate is lowered."""
        if not patience:
            return
        if self.best is None or loss < self.best - LEAST_FALL:
            self.best, self.waited = loss, 0
            return
        self.waited += 1
        if self.waited >= patience:
            self.factor, self.waited = self.factor * factor, 0
