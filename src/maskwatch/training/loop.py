"""The training loop: for every epoch, train, measure, keep."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from maskwatch import anchors as anchor_math
from maskwatch.errors import UserError
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.targets import loss
from maskwatch.training.divergence import LossWatch
from maskwatch.training.loader import Batch
from maskwatch.training.log import EpochRow, append_row
from maskwatch.training.meter import Meter
from maskwatch.training.optimiser import clip_gradients, learning_rate, set_rate
from maskwatch.training.settings import TrainingSettings
from maskwatch.training.state import RunState, averaged, save_run
from maskwatch.training.team import ALONE, Team

BEST, LAST, LOG = "best.safetensors", "last.safetensors", "log.csv"

Judge = Callable[[RetinaNet], float]


@dataclass(frozen=True)
class Plan:
    """What a run is made of, beside its state.

    Attributes:
        folder: where checkpoints and log go.
        settings: the recipe.
        template: settings, class names and preprocessing of the checkpoints.
        steps_per_epoch: of the sampler.
        judge: measures a network and gives its AP; None for no measuring.
        judge_every: epochs between measurements; the last epoch is always measured.
        patience: after so many measurements without a better one the run ends; None for never.
        save_every_s: seconds between checkpoints.
        team: this process among those that train together; the leader measures and writes.
        on_step: told the state after every step.
        on_epoch: told the row of every epoch.
    """

    folder: Path
    settings: TrainingSettings
    template: Checkpoint
    steps_per_epoch: int
    judge: Judge | None
    judge_every: int = 1
    patience: int | None = None
    save_every_s: float = 180.0
    team: Team = ALONE
    on_step: Callable[[RunState], None] = field(default=lambda state: None)
    on_epoch: Callable[[EpochRow], None] = field(default=lambda row: None)

    @property
    def total_steps(self) -> int:
        return self.settings.epochs * self.steps_per_epoch

    def ends_early(self, state: RunState) -> bool:
        """Whether measurements have not risen for too long."""
        return self.patience is not None and state.unimproved >= self.patience

    def is_over(self, state: RunState) -> bool:
        return state.step >= self.total_steps or self.ends_early(state)


def train(plan: Plan, state: RunState, batches: Iterator[Batch]) -> None:
    """Run to the end of the last epoch, or of patience, from wherever `state` stands; `batches` start at its step.

    Raises:
        UserError: when the loss is no longer a number, naming the batch's pictures, or grows several times over.
            What was kept stays.
    """
    saved_at, watch = time.monotonic(), LossWatch()
    while not plan.is_over(state):
        timed_step(plan, state, batches, state.meter)
        watch.add(sum(state.losses), state.step, plan.settings.learning_rate)
        plan.on_step(state)
        epoch_ends = state.step % plan.steps_per_epoch == 0
        if epoch_ends:
            finish_epoch(plan, state)
        # Never between an epoch's last step and its measurement, which a run resumed there would leave out.
        if plan.team.leads and (epoch_ends or time.monotonic() - saved_at >= plan.save_every_s):
            save_run(plan.folder / LAST, state, plan.template, plan.settings)
            saved_at = time.monotonic()


def timed_step(plan: Plan, state: RunState, batches: Iterator[Batch], meter: Meter) -> None:
    """One step, with the time it took and the part of it spent waiting for the batch."""
    began = time.monotonic()
    batch = next(batches)
    waited = time.monotonic() - began
    state.losses = train_step(plan, state, batch)
    total = time.monotonic() - began
    state.seconds += total
    meter.add(len(batch.pixels) * plan.team.size, *state.losses, waited, total)


def train_step(plan: Plan, state: RunState, batch: Batch) -> tuple[float, float]:
    """Forward and backward, part by part; clip, step, average; gives the two losses of the whole batch."""
    settings, network = plan.settings, state.network
    rate = learning_rate(state.step, plan.total_steps, settings) * state.plateau.factor
    set_rate(state.optimiser, rate, state.step, settings)
    state.optimiser.zero_grad(set_to_none=True)
    positives = plan.team.total(batch.targets.positives)
    losses = torch.zeros(2, dtype=torch.float64)
    for number, part in enumerate(batch.parts(settings.accumulate), 1):
        with _exchanging(state, number == settings.accumulate):
            losses += _backward(plan, state, part, positives)
    class_loss, box_loss = plan.team.total(losses).tolist()
    norm = clip_gradients(network, settings)
    _require_number("gradient's norm", float(norm), state, batch, settings)
    state.optimiser.step()
    state.step += 1
    state.average.update(network, state.step)
    return class_loss, box_loss


def _backward(plan: Plan, state: RunState, batch: Batch, positives: Tensor) -> Tensor:
    """Add the gradient of a part to what is there; gives its share of the two losses (2,)."""
    settings, network = plan.settings, state.network
    device = network.mean.device
    pixels = batch.pixels.to(device, non_blocking=True)
    with torch.autocast(device.type, torch.bfloat16, enabled=settings.precision == "bfloat16"):
        raw = (state.shared or network)(pixels)
    losses = loss(
        raw,
        batch.targets.to(device),
        _anchors(network, pixels),
        network.settings.box_std,
        settings.box_loss,
        settings.box_weight,
        positives.to(device),
    )
    values = torch.stack([losses.classes, losses.boxes]).detach().double().cpu()
    _require_number("loss", float(values.sum()), state, batch, settings)
    # Processes exchange the mean of their gradients, and each one's loss is a part of the sum.
    ((losses.classes + losses.boxes) * plan.team.size).backward()  # type: ignore[no-untyped-call]
    return values


def _exchanging(state: RunState, last: bool) -> AbstractContextManager[None]:
    """Gradients are exchanged once a step, with those of the last part."""
    return nullcontext() if last or not state.shared else cast(AbstractContextManager[None], state.shared.no_sync())


def _require_number(what: str, value: float, state: RunState, batch: Batch, settings: TrainingSettings) -> None:
    """Stop before anything that is no number reaches the weights."""
    if not math.isfinite(value):
        raise UserError(
            f"step {state.step}: the {what} is {value} on the pictures {', '.join(batch.names)}; "
            f"lower --learning-rate (now {settings.learning_rate:g}) or look at these pictures' boxes."
        )


def _anchors(network: RetinaNet, pixels: Tensor) -> Tensor:
    generated = anchor_math.generate(network.settings.anchors, pixels.shape[2], pixels.shape[3])
    return torch.tensor(generated, device=pixels.device)


def finish_epoch(plan: Plan, state: RunState) -> None:
    """Measure if it is time, keep the best, log, and count anew."""
    epoch = state.step // plan.steps_per_epoch
    if plan.team.leads:
        _note_epoch(plan, state, epoch, _measured(plan, state, epoch))
    state.best_ap, unimproved = plan.team.from_leader([state.best_ap, state.unimproved])
    state.unimproved = int(unimproved)
    settings = plan.settings
    state.plateau.end_epoch(sum(state.meter.losses), settings.plateau_patience, settings.plateau_factor)
    state.meter = Meter()


def _measured(plan: Plan, state: RunState, epoch: int) -> float | None:
    """AP if it is time; the weights are kept if they are the best. Without measurements the newest stand for them."""
    if plan.judge is None:
        averaged(state, plan.template).save(plan.folder / BEST)
        return None
    if epoch != plan.settings.epochs and epoch % plan.judge_every:
        return None
    ap = plan.judge(state.average.network)
    state.unimproved += 1
    if ap > state.best_ap:
        state.best_ap, state.unimproved = ap, 0
        averaged(state, plan.template, ap).save(plan.folder / BEST)
    return ap


def _note_epoch(plan: Plan, state: RunState, epoch: int, ap: float | None) -> None:
    rate = learning_rate(state.step - 1, plan.total_steps, plan.settings) * state.plateau.factor
    meter, minutes = state.meter, state.seconds / 60
    row = EpochRow(epoch, state.step, minutes, rate, *meter.losses, meter.pictures_per_s, meter.waiting, ap)
    append_row(plan.folder / LOG, row)
    plan.on_epoch(row)
