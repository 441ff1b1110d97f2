"""The progress of a training run in the terminal: a bar, and a line an epoch."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from maskwatch.training.log import EpochRow
from maskwatch.training.state import RunState


class TrainProgress:
    """Shows steps, loss, pictures a second, the share of time spent waiting for data, and the time left."""

    def __init__(self, console: Console, total_steps: int, state: RunState) -> None:
        self._console = console
        columns = (TextColumn("step"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.fields[figures]}"))
        self._progress = Progress(*columns, TimeRemainingColumn(), console=console)
        self._task = self._progress.add_task("", total=total_steps, completed=state.step, figures="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def on_step(self, state: RunState) -> None:
        meter = state.meter
        classes, boxes = meter.losses
        figures = (
            f"loss {classes:.3f} + {boxes:.3f}, {meter.pictures_per_s:.0f} pictures/s, "
            f"{meter.waiting:.0%} waiting for data"
        )
        self._progress.update(self._task, completed=state.step, figures=figures)

    def on_epoch(self, row: EpochRow) -> None:
        ap = f", AP {row.ap:.4f}" if row.ap is not None else ""
        self._console.print(
            f"epoch {row.epoch}: loss {row.class_loss:.3f} + {row.box_loss:.3f}, {row.pictures_per_s:.1f} "
            f"pictures/s, {row.waiting:.0%} waiting for data, {row.minutes:.1f} min{ap}",
            soft_wrap=True,
        )
