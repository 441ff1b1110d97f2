"""`maskwatch train`: labelled pictures in, a trained network out."""

from collections.abc import Collection

import typer

from maskwatch.cli.extras import require_extra
from maskwatch.cli.option_fields import chosen_on_command_line, taking
from maskwatch.cli.train_options import (
    FREE_ON_RESUME,
    GROUPS,
    DataAsked,
    MachineAsked,
    NetworkAsked,
    RecipeAsked,
    RunAsked,
)
from maskwatch.cli.train_request import TrainRequest
from maskwatch.errors import UserError


@taking(GROUPS)
def train(
    context: typer.Context,
    data: DataAsked,
    network: NetworkAsked,
    recipe: RecipeAsked,
    run: RunAsked,
    machine: MachineAsked,
) -> None:
    """Train a RetinaNet on labelled pictures; `--resume FOLDER` alone goes on with an unfinished run."""
    for module in ("torch", "safetensors"):
        require_extra(module, "train")
    from maskwatch.cli.training_run import run_training

    asked = TrainRequest(data, network, recipe, run, machine)
    chosen = chosen_on_command_line(context)
    if run.resume:
        _refuse_what_resuming_cannot_change(chosen)
        run_training(TrainRequest.load(run.resume).resumed(asked, chosen), resuming=True)
    elif data.data:
        run_training(asked, resuming=False)
    else:
        raise UserError("nothing to train on: name a folder of labelled pictures, or --resume the folder of a run.")


def _refuse_what_resuming_cannot_change(chosen: Collection[str]) -> None:
    for name in chosen:
        if name not in FREE_ON_RESUME:
            raise UserError(f"--resume goes on with a run as it was begun; leave out {name.replace('_', '-')}.")
