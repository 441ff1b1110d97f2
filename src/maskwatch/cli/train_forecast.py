"""What a run will take, told after its first few steps from what these took. Needs torch."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from maskwatch.data.samples import Sample
from maskwatch.training.loop import Plan
from maskwatch.training.memory import peak_bytes, there_is_bytes
from maskwatch.training.state import RunState

# The first steps choose algorithms, take memory and wait for the loader to begin.
WARMING_STEPS = 3
TIMED_STEPS = 6
FULL = 0.9


@dataclass
class Forecast:
    """Measures some steps and says what an epoch and the run will take in time and memory.

    Attributes:
        plan: of the run.
        console: where it is said.
        kept_bytes: of decoded pictures once all that are kept have been seen.
    """

    plan: Plan
    console: Console
    kept_bytes: int
    _first_step: int | None = None
    _began_s: float = 0.0

    def on_step(self, state: RunState) -> None:
        if self._first_step is None:
            self._first_step = state.step
        done = state.step - self._first_step + 1
        if done == WARMING_STEPS:
            self._began_s = state.seconds
        elif done == WARMING_STEPS + TIMED_STEPS:
            self.console.print(self._time(state), soft_wrap=True)
            self.console.print(self._memory(state), soft_wrap=True)

    def _time(self, state: RunState) -> str:
        step_s = (state.seconds - self._began_s) / TIMED_STEPS
        epoch, left = step_s * self.plan.steps_per_epoch, step_s * (self.plan.total_steps - state.step)
        return (
            f"An epoch will take about {duration(epoch)} ({self.plan.steps_per_epoch} steps of {step_s:.2f} s), what "
            f"is left of the run {duration(left)}, measurements not counted."
        )

    def _memory(self, state: RunState) -> str:
        device = state.network.mean.device
        used, all_bytes = peak_bytes(device), there_is_bytes(device)
        kept = self.kept_bytes if device.type == "cpu" else 0
        more = f", up to {gigabytes(kept)} more as pictures are decoded and kept" if kept > 1e8 else ""
        of = f", of {gigabytes(all_bytes)}" if all_bytes else ""
        short = all_bytes is not None and used + kept > FULL * all_bytes
        advice = " That may not fit: lower --cache-gb, --batch or --crop-px, or raise --accumulate." if short else ""
        return f"Memory: {gigabytes(used)} so far{more}{of}.{advice}"


def kept_bytes(samples: Sequence[Sample], limit_bytes: int) -> int:
    """What the decoded pictures will take that the loader keeps."""
    return min(limit_bytes, sum(sample.width * sample.height * 3 for sample in samples))


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def gigabytes(count: int) -> str:
    return f"{count / 1e9:.2f} GB"
