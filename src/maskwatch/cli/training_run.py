"""The work behind `maskwatch train`: builds the run, or finds it again, and shows how it goes. Needs torch."""

from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console

from maskwatch.cli.train_progress import TrainProgress
from maskwatch.cli.train_request import TrainRequest
from maskwatch.cli.training_data import TrainingData, read_training_data
from maskwatch.cli.training_plan import begun, continued
from maskwatch.errors import UserError
from maskwatch.training import defaults
from maskwatch.training.loader import load_batches
from maskwatch.training.loop import BEST, LAST, LOG, Plan, train
from maskwatch.training.state import RunState, read_run


def run_training(request: TrainRequest, *, resuming: bool) -> None:
    """Train as asked, to the end; raises UserError for anything the user can put right."""
    console = Console(stderr=True, highlight=False, markup=False)
    if request.machine.threads:
        torch.set_num_threads(request.machine.threads)
    if not resuming:
        _require_free_folder(request.out)
    # A run that was killed before its first checkpoint begins again.
    saved = read_run(request.out / LAST) if resuming and (request.out / LAST).exists() else None
    data = read_training_data(request)
    plan, state = continued(request, data, saved, console) if saved else begun(request, data, console)
    request.save()
    _train(request, data, plan, state, console)
    ap = f" (AP {state.best_ap:.4f})" if plan.judge else ""
    console.print(f"Best checkpoint: {plan.folder / BEST}{ap}.", soft_wrap=True)


def _train(request: TrainRequest, data: TrainingData, plan: Plan, state: RunState, console: Console) -> None:
    batches = load_batches(
        data.samples,
        data.class_names,
        plan.template.settings.anchors,
        plan.settings,
        first_step=state.step,
        workers=defaults.default_workers() if request.machine.workers is None else request.machine.workers,
        cache_bytes=_cache_bytes(request.machine.cache_gb),
    )
    try:
        with TrainProgress(console, plan.total_steps, state) as progress:
            train(replace(plan, on_step=progress.on_step, on_epoch=progress.on_epoch), state, batches)
    except (KeyboardInterrupt, OSError):  # the latter is a full disk
        console.print(f"Stopped at step {state.step}; to go on: maskwatch train --resume {plan.folder}", soft_wrap=True)
        raise


def _cache_bytes(asked_gb: float | None) -> int:
    return defaults.default_cache_bytes() if asked_gb is None else int(asked_gb * 1e9)


def _require_free_folder(folder: Path) -> None:
    """An earlier run is never overwritten."""
    taken = [name for name in (LAST, BEST, LOG) if (folder / name).exists()]
    if taken:
        raise UserError(
            f"{folder}: holds a run already ({', '.join(taken)}); --resume {folder} goes on with it, "
            "or choose another --out."
        )
