"""The run for TensorBoard: losses, rate and AP as event files in the run's folder."""

from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from maskwatch.training.log import EpochRow
from maskwatch.training.state import RunState

FOLDER = "tensorboard"
STEPS_APART = 10


class Board:
    """Writes what the log and the progress bar show; after a resumed start it takes back what it wrote beyond.

    Args:
        folder: of the run.
        first_step: where the run goes on.
    """

    def __init__(self, folder: Path, first_step: int) -> None:
        self._writer = SummaryWriter(str(folder / FOLDER), purge_step=first_step + 1)

    def on_step(self, state: RunState) -> None:
        if state.step % STEPS_APART == 0:
            self._write("step", {"loss/classes": state.losses[0], "loss/boxes": state.losses[1]}, state.step)

    def on_epoch(self, row: EpochRow) -> None:
        values = {
            "loss/classes": row.class_loss,
            "loss/boxes": row.box_loss,
            "learning rate": row.learning_rate,
            "pictures a second": row.pictures_per_s,
            "waiting for data": row.waiting,
        }
        self._write("epoch", values if row.ap is None else values | {"AP": row.ap}, row.step)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()

    def _write(self, group: str, values: dict[str, float], step: int) -> None:
        for name, value in values.items():
            self._writer.add_scalar(f"{group}/{name}", value, step)
