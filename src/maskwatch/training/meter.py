"""Running sums over one epoch, for the progress bar and the log."""

from dataclasses import dataclass


@dataclass
class Meter:
    """What the steps of an epoch added up to; it is kept with the run, so a resumed epoch goes on counting."""

    steps: int = 0
    pictures: int = 0
    class_loss: float = 0.0
    box_loss: float = 0.0
    waiting_s: float = 0.0
    total_s: float = 0.0

    def add(self, pictures: int, class_loss: float, box_loss: float, waiting_s: float, total_s: float) -> None:
        self.steps += 1
        self.pictures += pictures
        self.class_loss += class_loss
        self.box_loss += box_loss
        self.waiting_s += waiting_s
        self.total_s += total_s

    @property
    def pictures_per_s(self) -> float:
        return self.pictures / max(self.total_s, 1e-9)

    @property
    def waiting(self) -> float:
        """The share of the time in which the network waited for data, 0..1."""
        return self.waiting_s / max(self.total_s, 1e-9)

    @property
    def losses(self) -> tuple[float, float]:
        """Means over the steps, of the classes and of the boxes."""
        return self.class_loss / max(1, self.steps), self.box_loss / max(1, self.steps)
