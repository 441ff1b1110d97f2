"""A run in the middle: everything that changes from step to step, to a file and back."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer

from maskwatch.errors import UserError
from maskwatch.retinanet.checkpoint import Checkpoint, RunTensors, load_run
from maskwatch.retinanet.network import RetinaNet
from maskwatch.training.averaging import WeightAverage
from maskwatch.training.meter import Meter
from maskwatch.training.optimiser import MOMENTS
from maskwatch.training.plateau import Plateau
from maskwatch.training.settings import TrainingSettings


@dataclass
class RunState:
    """What a run changes.

    Attributes:
        network: as the optimiser moves it.
        average: the running average, which is what is measured.
        optimiser: with its moments.
        step: optimiser steps taken.
        best_ap: of the checkpoint kept as best; -1 before the first measurement.
        unimproved: measurements since then.
        seconds: spent training, over all sessions of the run.
        meter: sums over the steps of the epoch that is under way.
        plateau: whether the loss still falls.
        losses: of the last step, of the classes and of the boxes.
        shared: the network as several processes train it; None for one alone.
    """

    network: RetinaNet
    average: WeightAverage
    optimiser: Optimizer
    step: int = 0
    best_ap: float = -1.0
    unimproved: int = 0
    seconds: float = 0.0
    meter: Meter = field(default_factory=Meter)
    plateau: Plateau = field(default_factory=Plateau)
    losses: tuple[float, float] = (0.0, 0.0)
    shared: DistributedDataParallel | None = None


@dataclass(frozen=True)
class SavedRun:
    """A run as it was last written to `path`."""

    path: Path
    checkpoint: Checkpoint
    settings: TrainingSettings
    run: RunTensors

    def restore(self, state: RunState) -> None:
        """Put its tensors and counters into a state of the same network; raises UserError if they do not fit."""
        moments = MOMENTS[self.settings.optimiser]
        tensors: dict[str, dict[str, Tensor]] = {kind: {} for kind in ("network", *moments)}
        try:
            for name, tensor in self.run.tensors.items():
                kind, _, own = name.partition("/")
                tensors[kind][own] = tensor
            state.network.load_state_dict(tensors["network"])
            state.average.network.load_state_dict(self.checkpoint.weights)
            state.step = int(self.run.record["step"])
            state.best_ap = float(self.run.record["best_ap"])
            state.unimproved = int(self.run.record.get("unimproved", 0))
            state.seconds = float(self.run.record["seconds"])
            state.meter = Meter(**self.run.record.get("meter", {}))
            state.plateau = Plateau(**self.run.record.get("plateau", {}))
            _restore_moments(state, {moment: tensors[moment] for moment in moments})
        except (RuntimeError, KeyError, TypeError) as error:
            raise UserError(f"{self.path}: does not fit the network of this run ({error}).") from error


def save_run(path: Path, state: RunState, template: Checkpoint, settings: TrainingSettings) -> None:
    """Write the averaged weights as a checkpoint with the run's own tensors beside them."""
    tensors = {f"network/{name}": tensor for name, tensor in state.network.state_dict().items()}
    for name, moments in _moments(state).items():
        tensors |= {
            f"{moment}/{name}": moments[moment]
            for moment in MOMENTS[settings.optimiser]
            if moments.get(moment) is not None
        }
    record = {
        "step": state.step,
        "best_ap": state.best_ap,
        "unimproved": state.unimproved,
        "seconds": state.seconds,
        "meter": asdict(state.meter),
        "plateau": asdict(state.plateau),
        "settings": asdict(settings),
    }
    averaged(state, template).save(path, run=RunTensors(tensors, record))


def read_run(path: Path) -> SavedRun:
    """The opposite of `save_run`; raises UserError for a file that is no run."""
    checkpoint, run = load_run(path)
    try:
        settings = TrainingSettings.from_record(run.record["settings"])
    except (KeyError, TypeError) as error:
        raise UserError(f"{path}: its run was written by another version of maskwatch ({error}).") from error
    return SavedRun(path, checkpoint, settings, run)


def averaged(state: RunState, template: Checkpoint, ap: float | None = None) -> Checkpoint:
    """The averaged weights as a checkpoint; its summary tells their `ap` where it was measured."""
    weights = state.average.network.state_dict()
    summary = template.training | {"steps": state.step, "minutes": round(state.seconds / 60, 1)}
    if ap is not None:
        summary |= {"ap": round(ap, 4)}
    return Checkpoint(template.settings, template.class_names, template.preprocessing, weights, summary)


def _moments(state: RunState) -> dict[str, dict[str, Any]]:
    return {
        name: state.optimiser.state[p] for name, p in state.network.named_parameters() if p in state.optimiser.state
    }


def _restore_moments(state: RunState, tensors: dict[str, dict[str, Tensor]]) -> None:
    """`tensors` are by moment and then by parameter's name."""
    for name, parameter in state.network.named_parameters():
        if all(name in named for named in tensors.values()):
            # Strides are part of the arithmetic's order: moments lie in memory as their parameter does.
            own = {moment: torch.empty_like(parameter).copy_(named[name]) for moment, named in tensors.items()}
            state.optimiser.state[parameter] = {"step": torch.tensor(float(state.step)), **own}
