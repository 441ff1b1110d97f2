"""The training loop: for every epoch, train, measure, keep."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from maskwatch import anchors as anchor_math
from maskwatch.errors import UserError
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.targets import loss
from maskwatch.training.loader import Batch
from maskwatch.training.log import EpochRow, append_row
from maskwatch.training.meter import Meter
from maskwatch.training.optimiser import clip_gradients, learning_rate, set_rate
from maskwatch.training.settings import TrainingSettings
from maskwatch.training.state import RunState, averaged, save_run

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
        save_every_s: seconds between checkpoints.
        on_step: told the state after every step.
        on_epoch: told the row of every epoch.
    """

    folder: Path
    settings: TrainingSettings
    template: Checkpoint
    steps_per_epoch: int
    judge: Judge | None
    judge_every: int = 1
    save_every_s: float = 180.0
    on_step: Callable[[RunState], None] = field(default=lambda state: None)
    on_epoch: Callable[[EpochRow], None] = field(default=lambda row: None)

    @property
    def total_steps(self) -> int:
        return self.settings.epochs * self.steps_per_epoch


def train(plan: Plan, state: RunState, batches: Iterator[Batch]) -> None:
    """Run to the end of the last epoch from wherever `state` stands; `batches` start at its step.

    Raises:
        UserError: when the loss is no longer a number, naming the batch's pictures. What was kept stays.
    """
    saved_at = time.monotonic()
    while state.step < plan.total_steps:
        timed_step(plan, state, batches, state.meter)
        plan.on_step(state)
        epoch_ends = state.step % plan.steps_per_epoch == 0
        if epoch_ends:
            finish_epoch(plan, state)
        # Never between an epoch's last step and its measurement, which a run resumed there would leave out.
        if epoch_ends or time.monotonic() - saved_at >= plan.save_every_s:
            save_run(plan.folder / LAST, state, plan.template, plan.settings)
            saved_at = time.monotonic()


def timed_step(plan: Plan, state: RunState, batches: Iterator[Batch], meter: Meter) -> None:
    """One step, with the time it took and the part of it spent waiting for the batch."""
    began = time.monotonic()
    batch = next(batches)
    waited = time.monotonic() - began
    class_loss, box_loss = train_step(plan, state, batch)
    total = time.monotonic() - began
    state.seconds += total
    meter.add(len(batch.pixels), class_loss, box_loss, waited, total)


def train_step(plan: Plan, state: RunState, batch: Batch) -> tuple[float, float]:
    """Forward, backward, clip, step, average; gives the two losses."""
    settings, network = plan.settings, state.network
    device = network.mean.device
    rate = learning_rate(state.step, plan.total_steps, settings) * state.plateau.factor
    set_rate(state.optimiser, rate, state.step, settings)
    pixels = batch.pixels.to(device, non_blocking=True)
    anchors = _anchors(network, pixels)
    with torch.autocast(device.type, torch.bfloat16, enabled=settings.precision == "bfloat16"):
        raw = network(pixels)
    losses = loss(
        raw, batch.targets.to(device), anchors, network.settings.box_std, settings.box_loss, settings.box_weight
    )
    class_loss, box_loss = float(losses.classes.detach()), float(losses.boxes.detach())
    _require_number("loss", class_loss + box_loss, state, batch, settings)
    state.optimiser.zero_grad(set_to_none=True)
    (losses.classes + losses.boxes).backward()  # type: ignore[no-untyped-call]
    norm = clip_gradients(network, settings)
    _require_number("gradient's norm", float(norm), state, batch, settings)
    state.optimiser.step()
    state.step += 1
    state.average.update(network, state.step)
    return class_loss, box_loss


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
    ap = None
    if plan.judge and (epoch == plan.settings.epochs or epoch % plan.judge_every == 0):
        ap = plan.judge(state.average.network)
    # Without measurements the newest weights stand for the best.
    if plan.judge is None or (ap is not None and ap > state.best_ap):
        state.best_ap = state.best_ap if ap is None else ap
        averaged(state, plan.template, ap).save(plan.folder / BEST)
    rate = learning_rate(state.step - 1, plan.total_steps, plan.settings) * state.plateau.factor
    meter, minutes = state.meter, state.seconds / 60
    row = EpochRow(epoch, state.step, minutes, rate, *meter.losses, meter.pictures_per_s, meter.waiting, ap)
    append_row(plan.folder / LOG, row)
    plan.on_epoch(row)
    state.plateau.end_epoch(sum(meter.losses), plan.settings.plateau_patience, plan.settings.plateau_factor)
    state.meter = Meter()
