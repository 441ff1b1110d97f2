"""The work behind `maskwatch train`: builds the run, or finds it again, and shows how it goes. Needs torch."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import typer
from rich.console import Console

from maskwatch.cli.extras import require_extra
from maskwatch.cli.stopping import Stop, noting_a_stop, terminated_as_interrupted
from maskwatch.cli.train_forecast import Forecast, kept_bytes
from maskwatch.cli.train_progress import TrainProgress
from maskwatch.cli.train_request import TrainRequest
from maskwatch.cli.training_data import TrainingData, read_training_data
from maskwatch.cli.training_machine import loader_share, use_threads
from maskwatch.cli.training_plan import begun, continued
from maskwatch.data.check_anchors import AnchorFit
from maskwatch.errors import UserError
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.training.hopeless import doubts, why_hopeless
from maskwatch.training.loader import load_batches
from maskwatch.training.log import EpochRow
from maskwatch.training.loop import BEST, LAST, LOG, Plan, train
from maskwatch.training.sampler import Share
from maskwatch.training.state import RunState, read_run
from maskwatch.training.team import Team, joined_team, lost_a_member

Told = TypeVar("Told")


def run_training(request: TrainRequest, *, resuming: bool) -> None:
    """Train as asked, to the end; raises UserError for anything the user can put right.

    Of several processes only the first to fail says why: the others fail because it did.
    """
    with joined_team() as team:
        if team.size == 1:
            with terminated_as_interrupted():
                _run(request, resuming, team, Stop())
        else:
            _run_as_one_of_several(request, resuming, team)


def _run_as_one_of_several(request: TrainRequest, resuming: bool, team: Team) -> None:
    with noting_a_stop() as stop:
        try:
            _run(request, resuming, team, stop)
        except UserError as error:
            if not team.speaks_first():
                raise typer.Exit(2) from error
            raise
        except RuntimeError as error:
            # Who stops all processes stops their loaders too, which fails in ways of its own.
            if not (stop.asked or lost_a_member(error)):
                raise
            if not team.speaks_first():
                raise typer.Exit(2) from error
            raise UserError(
                f"another of the run's {team.size} processes has ended, so this one stops; {_to_go_on(request, team)}"
            ) from error


def _run(request: TrainRequest, resuming: bool, team: Team, stop: Stop) -> None:
    console = Console(stderr=True, highlight=False, markup=False, quiet=not team.leads)
    use_threads(request.machine.threads, team)
    _check(request)
    if not resuming:
        _require_free_folder(request.out)
    # A run that was killed before its first checkpoint begins again.
    saved = read_run(request.out / LAST) if resuming and (request.out / LAST).exists() else None
    data = read_training_data(request)
    plan, state = continued(request, data, saved, team, console) if saved else begun(request, data, team, console)
    _check_shares(plan, console)
    _judge_labels(request, data, plan, console)
    state.shared = team.share(state.network)
    if team.leads:
        request.save()
    _train(request, data, replace(plan, on_step=stop.check), state, console)
    if plan.ends_early(state):
        console.print(f"Stopped early: AP has not risen in {plan.patience} measurements.", soft_wrap=True)
    ap = f" (AP {state.best_ap:.4f})" if plan.judge else ""
    console.print(f"Best checkpoint: {plan.folder / BEST}{ap}.", soft_wrap=True)


def _train(request: TrainRequest, data: TrainingData, plan: Plan, state: RunState, console: Console) -> None:
    team = plan.team
    workers, cache_bytes = loader_share(request.machine, team)
    batches = load_batches(
        data.samples,
        data.class_names,
        plan.template.settings.anchors,
        plan.settings,
        first_step=state.step,
        workers=workers,
        cache_bytes=cache_bytes,
        share=Share(team.rank, team.size),
    )
    try:
        with ExitStack() as stack:
            if team.leads:
                plan = _watched(request, plan, state, stack, console, kept_bytes(data.samples, cache_bytes))
            train(plan, state, batches)
    except (KeyboardInterrupt, OSError):  # the latter is a full disk
        if team.speaks_first():
            loud = Console(stderr=True, highlight=False, markup=False)
            loud.print(f"Stopped at step {state.step}; {_to_go_on(request, team)}", soft_wrap=True)
        raise


def _watched(request: TrainRequest, plan: Plan, state: RunState, stack: ExitStack, console: Console, kept: int) -> Plan:
    """The plan with everything that follows it: progress, forecast, and TensorBoard where asked for."""
    progress = stack.enter_context(TrainProgress(console, plan.total_steps, state))
    on_step: list[Callable[[RunState], None]] = [plan.on_step, progress.on_step, Forecast(plan, console, kept).on_step]
    on_epoch: list[Callable[[EpochRow], None]] = [progress.on_epoch]
    if request.run.tensorboard:
        from maskwatch.training.board import Board

        board = Board(plan.folder, state.step)
        stack.callback(board.close)
        on_step.append(board.on_step)
        on_epoch.append(board.on_epoch)
    return replace(plan, on_step=_each(on_step), on_epoch=_each(on_epoch))


def _each(functions: list[Callable[[Told], None]]) -> Callable[[Told], None]:
    def call(value: Told) -> None:
        for function in functions:
            function(value)

    return call


def _check(request: TrainRequest) -> None:
    if request.run.patience and not request.data.val:
        raise UserError("--patience: without --val nothing is measured that could stop rising.")
    if request.run.tensorboard:
        require_extra("tensorboard", "tensorboard")


def _check_shares(plan: Plan, console: Console) -> None:
    """A batch goes to processes and parts without a rest; who compares the pictures of a batch is told of its part."""
    batch, accumulate, size = plan.settings.batch, plan.settings.accumulate, plan.team.size
    if batch % (size * accumulate):
        raise UserError(
            f"--batch {batch}: cannot be shared out equally among {size} processes by {accumulate} parts; take a "
            f"multiple of {size * accumulate}."
        )
    network, part = plan.template.settings, batch // (size * accumulate)
    if "batch" not in (network.norm, network.head_norm) or part == batch:
        return
    if part < 2:
        raise UserError(
            f"--batch {batch}: leaves one picture a part to batch normalisation; take more, or --norm group."
        )
    console.print(
        f"Batch normalisation compares the {part} pictures of one part in one process; with few, take --norm group.",
        soft_wrap=True,
    )


def _judge_labels(request: TrainRequest, data: TrainingData, plan: Plan, console: Console) -> None:
    """Stop where labels make learning impossible, and say what makes it doubtful."""
    preprocessing = Preprocessing.from_record(plan.template.preprocessing)
    asked = (data.samples, data.class_names, AnchorFit(plan.template.settings.anchors, preprocessing))
    reason = why_hopeless(*asked)
    if reason and not request.run.anyway:
        raise UserError(reason)
    for doubt in doubts(*asked):
        console.print(doubt, soft_wrap=True)


def _to_go_on(request: TrainRequest, team: Team) -> str:
    started = f"torchrun --nproc-per-node {team.size} -m maskwatch" if team.size > 1 else "maskwatch"
    return f"to go on: {started} train --resume {request.out}"


def _require_free_folder(folder: Path) -> None:
    """An earlier run is never overwritten."""
    taken = [name for name in (LAST, BEST, LOG) if (folder / name).exists()]
    if taken:
        raise UserError(
            f"{folder}: holds a run already ({', '.join(taken)}); --resume {folder} goes on with it, "
            "or choose another --out."
        )
