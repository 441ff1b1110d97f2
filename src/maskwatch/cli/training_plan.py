"""From what was asked to a run: begun, or found again where it stood. Needs torch."""

from dataclasses import replace

from rich.console import Console

from maskwatch import __version__
from maskwatch.cli.train_request import TrainRequest
from maskwatch.cli.training_data import TrainingData
from maskwatch.cli.training_machine import choose_device, choose_precision
from maskwatch.cli.training_network import choose_network
from maskwatch.cli.training_recipe import run_preprocessing, smallest_px, training_settings
from maskwatch.errors import UserError
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.training.judging import make_judge
from maskwatch.training.loop import Plan
from maskwatch.training.sampler import EpochSampler
from maskwatch.training.settings import TrainingSettings
from maskwatch.training.start import new_network, new_run
from maskwatch.training.state import RunState, SavedRun
from maskwatch.training.team import Team

JUDGINGS_A_RUN = 15


def begun(request: TrainRequest, data: TrainingData, team: Team, console: Console) -> tuple[Plan, RunState]:
    """A run at step 0, with earlier weights if asked for."""
    beginning = choose_network(request.network)
    device = choose_device(request.machine.device, team)
    preprocessing = run_preprocessing(request.recipe, beginning.preprocessing)
    settings = training_settings(request, beginning, preprocessing, len(data.samples))
    settings = replace(settings, precision=choose_precision(request.machine.precision, device, smallest_px(settings)))
    network, remark = beginning.build(request.network, data.class_names, settings.seed, device)
    if remark:
        console.print(remark, soft_wrap=True)
    summary = {"model": beginning.name, "maskwatch": __version__, "epochs": settings.epochs, **data.summary}
    template = Checkpoint(beginning.settings, data.class_names, preprocessing.to_record(), {}, summary)
    return replace(_plan(request, data, settings, template), team=team), new_run(network, settings)


def continued(
    request: TrainRequest, data: TrainingData, saved: SavedRun, team: Team, console: Console
) -> tuple[Plan, RunState]:
    """The run as it stood when it was last saved, on the network and by the recipe that it began with."""
    checkpoint = saved.checkpoint
    if checkpoint.class_names != data.class_names:
        raise UserError(
            f"{saved.path}: the run began with the classes {', '.join(checkpoint.class_names)}, but its data now "
            f"hold {', '.join(data.class_names)}; begin a new run with --weights {saved.path}."
        )
    settings = replace(saved.settings, epochs=request.recipe.epochs or saved.settings.epochs)
    device = choose_device(request.machine.device, team)
    state = new_run(new_network(checkpoint.settings, len(data.class_names), settings.seed, device), settings)
    saved.restore(state)
    summary = {"model": checkpoint.training.get("model", ""), "maskwatch": __version__, "epochs": settings.epochs}
    template = replace(checkpoint, weights={}, training=summary | data.summary)
    plan = _plan(request, data, settings, template)
    console.print(f"Resuming {request.out} at step {state.step} of {plan.total_steps}.", soft_wrap=True)
    if any(checkpoint.training.get(what, count) != count for what, count in data.summary.items()):
        console.print("The training data have changed since the run began; it goes on with what is there now.")
    return replace(plan, team=team), state


def _plan(request: TrainRequest, data: TrainingData, settings: TrainingSettings, template: Checkpoint) -> Plan:
    preprocessing = Preprocessing.from_record(template.preprocessing)
    return Plan(
        folder=request.out,
        settings=settings,
        template=template,
        steps_per_epoch=EpochSampler(data.samples, settings).steps_per_epoch,
        judge=make_judge(data.judged, data.class_names, preprocessing) if data.judged else None,
        patience=request.run.patience,
        judge_every=request.run.judge_every or max(1, settings.epochs // JUDGINGS_A_RUN),
    )
