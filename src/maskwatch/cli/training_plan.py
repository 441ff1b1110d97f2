"""From what was asked to a run: begun, or found again where it stood. Needs torch."""

from dataclasses import replace

from rich.console import Console

from maskwatch import __version__
from maskwatch.cli.train_request import TrainRequest
from maskwatch.cli.training_data import TrainingData
from maskwatch.cli.training_machine import choose_device, choose_precision
from maskwatch.cli.training_network import choose_network
from maskwatch.errors import UserError
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.retinanet.settings import NetworkSettings
from maskwatch.training import defaults
from maskwatch.training.judging import make_judge
from maskwatch.training.loop import Plan
from maskwatch.training.sampler import EpochSampler
from maskwatch.training.settings import AugmentSettings, TrainingSettings
from maskwatch.training.start import new_network, new_run
from maskwatch.training.state import RunState, SavedRun

# By optimiser: from scratch, and from earlier weights.
RATES = {"adamw": (2e-3, 5e-4), "sgd": (2e-2, 5e-3)}
WEIGHT_DECAYS = {"adamw": 0.05, "sgd": 1e-4}
JUDGINGS_A_RUN = 15


def begun(request: TrainRequest, data: TrainingData, console: Console) -> tuple[Plan, RunState]:
    """A run at step 0, with earlier weights if asked for."""
    beginning = choose_network(request.network)
    device = choose_device(request.machine.device)
    precision = choose_precision(request.machine.precision, device, request.recipe.crop_px)
    settings = replace(training_settings(request, len(data.samples)), precision=precision)
    network, remark = beginning.build(request.network, data.class_names, settings.seed, device)
    if remark:
        console.print(remark, soft_wrap=True)
    return _plan(request, data, settings, beginning.settings, beginning.name), new_run(network, settings)


def continued(request: TrainRequest, data: TrainingData, saved: SavedRun, console: Console) -> tuple[Plan, RunState]:
    """The run as it stood when it was last saved, on the network and by the recipe that it began with."""
    checkpoint = saved.checkpoint
    if checkpoint.class_names != data.class_names:
        raise UserError(
            f"{saved.path}: the run began with the classes {', '.join(checkpoint.class_names)}, but its data now "
            f"hold {', '.join(data.class_names)}; begin a new run with --weights {saved.path}."
        )
    settings = replace(saved.settings, epochs=request.recipe.epochs or saved.settings.epochs)
    device = choose_device(request.machine.device)
    state = new_run(new_network(checkpoint.settings, len(data.class_names), settings.seed, device), settings)
    saved.restore(state)
    plan = _plan(request, data, settings, checkpoint.settings, checkpoint.training.get("model", ""))
    console.print(f"Resuming {request.out} at step {state.step} of {plan.total_steps}.", soft_wrap=True)
    if any(checkpoint.training.get(what, count) != count for what, count in data.summary.items()):
        console.print("The training data have changed since the run began; it goes on with what is there now.")
    return plan, state


def _plan(
    request: TrainRequest, data: TrainingData, settings: TrainingSettings, network: NetworkSettings, variant: str
) -> Plan:
    preprocessing = Preprocessing(side_px=request.recipe.side_px)
    summary = {"model": variant, "maskwatch": __version__, "epochs": settings.epochs, **data.summary}
    return Plan(
        folder=request.out,
        settings=settings,
        template=Checkpoint(network, data.class_names, preprocessing.to_record(), {}, summary),
        steps_per_epoch=EpochSampler(data.samples, settings).steps_per_epoch,
        judge=make_judge(data.judged, data.class_names, preprocessing) if data.judged else None,
        judge_every=request.run.judge_every or max(1, settings.epochs // JUDGINGS_A_RUN),
    )


def training_settings(request: TrainRequest, pictures: int) -> TrainingSettings:
    """The recipe asked for; what was left open comes from the data."""
    recipe, fine_tuning = request.recipe, request.network.weights is not None
    rate, decay = RATES[recipe.optimiser][fine_tuning], WEIGHT_DECAYS[recipe.optimiser]
    return TrainingSettings(
        epochs=recipe.epochs or defaults.default_epochs(pictures, fine_tuning),
        batch=recipe.batch,
        learning_rate=rate if recipe.learning_rate is None else recipe.learning_rate,
        optimiser=recipe.optimiser,
        momentum=recipe.momentum,
        weight_decay=decay if recipe.weight_decay is None else recipe.weight_decay,
        freeze_backbone=request.network.freeze_backbone,
        matching=recipe.matching,
        box_loss=recipe.box_loss,
        seed=recipe.seed,
        augment=AugmentSettings(crop_px=recipe.crop_px, face_px=(8.0, 0.94 * recipe.crop_px)),
    )
