"""The work behind `maskwatch train`: builds the run, or finds it again, and shows how it goes. Needs torch."""

from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console

from maskwatch import __version__
from maskwatch.cli.train_progress import TrainProgress
from maskwatch.cli.train_request import TrainRequest
from maskwatch.cli.training_data import TrainingData, read_training_data
from maskwatch.detection.shipped import checkpoint_path, is_shipped
from maskwatch.errors import UserError
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.retinanet import checkpoint as checkpoints
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.retinanet.settings import NetworkSettings
from maskwatch.retinanet.variants import DEFAULT_VARIANT, VARIANTS
from maskwatch.training import defaults
from maskwatch.training.judging import make_judge
from maskwatch.training.loader import load_batches
from maskwatch.training.loop import BEST, LAST, LOG, Plan, train
from maskwatch.training.sampler import EpochSampler
from maskwatch.training.settings import AugmentSettings, Precision, TrainingSettings
from maskwatch.training.start import new_network, new_run, take_weights
from maskwatch.training.state import RunState, SavedRun, read_run

SCRATCH_RATE, FINE_TUNING_RATE = 2e-3, 5e-4
JUDGINGS_A_RUN = 15
SMALLEST_BFLOAT16_CROP_PX = 128


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
    plan, state = _continued(request, data, saved, console) if saved else _begun(request, data, console)
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
    except KeyboardInterrupt:
        console.print(f"Stopped at step {state.step}; to go on: maskwatch train --resume {plan.folder}", soft_wrap=True)
        raise


def _cache_bytes(asked_gb: float | None) -> int:
    return defaults.default_cache_bytes() if asked_gb is None else int(asked_gb * 1e9)


def _begun(request: TrainRequest, data: TrainingData, console: Console) -> tuple[Plan, RunState]:
    """A run at step 0, with earlier weights if asked for."""
    device = choose_device(request.machine.device)
    precision = choose_precision(request.machine.precision, device, request.recipe.crop_px)
    settings = replace(training_settings(request, len(data.samples)), precision=precision)
    earlier = _earlier_weights(request.network.weights) if request.network.weights else None
    variant, network_settings = _variant(request, earlier)
    network = new_network(network_settings, len(data.class_names), settings.seed, device)
    if earlier:
        transfer = take_weights(network, earlier, data.class_names)
        console.print(f"--weights {request.network.weights}: {transfer}.", soft_wrap=True)
    return _plan(request, data, settings, network_settings, variant), new_run(network, settings)


def _continued(request: TrainRequest, data: TrainingData, saved: SavedRun, console: Console) -> tuple[Plan, RunState]:
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
    fine_tuning = request.network.weights is not None
    rate = FINE_TUNING_RATE if fine_tuning else SCRATCH_RATE
    return TrainingSettings(
        epochs=request.recipe.epochs or defaults.default_epochs(pictures, fine_tuning),
        batch=request.recipe.batch,
        learning_rate=rate if request.recipe.learning_rate is None else request.recipe.learning_rate,
        matching="iou" if request.recipe.matching == "iou" else "atss",
        box_loss="smooth_l1" if request.recipe.box_loss == "smooth_l1" else "giou",
        seed=request.recipe.seed,
        augment=AugmentSettings(crop_px=request.recipe.crop_px, face_px=(8.0, 0.94 * request.recipe.crop_px)),
    )


def _earlier_weights(name: str) -> Checkpoint:
    return checkpoints.load(checkpoint_path(name) if is_shipped(name) else Path(name))


def _variant(request: TrainRequest, earlier: Checkpoint | None) -> tuple[str, NetworkSettings]:
    """The network's name and settings: earlier weights decide, else `--model`."""
    wanted = request.network.model
    if wanted is not None and wanted not in VARIANTS:
        raise UserError(f"--model {wanted}: not a model to train; take one of {', '.join(VARIANTS)}.")
    if not earlier:
        name = wanted or DEFAULT_VARIANT
        return name, VARIANTS[name]
    if wanted and VARIANTS[wanted] != earlier.settings:
        raise UserError(
            f"--weights {request.network.weights}: not weights of a {wanted}; leave --model out to train them on."
        )
    return wanted or str(earlier.training.get("model", "")), earlier.settings


def choose_device(wanted: str) -> torch.device:
    """`auto` takes a GPU where there is one; raises UserError where one was asked for and there is none."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda: PyTorch sees no GPU here; leave it out to train on the CPU.")
    gpu = wanted in ("auto", "cuda") and torch.cuda.is_available()
    return torch.device("cuda" if gpu else "cpu")


def choose_precision(asked: str, device: torch.device, crop_px: int) -> Precision:
    """The one asked for; `auto` takes bfloat16 where it is faster: on a GPU, and on processors with AMX.

    Raises:
        UserError: for bfloat16 on a processor with crops so small that the pyramid's last level is made of a single
            cell: oneDNN (seen in 3.12) gives such a convolution's weights a gradient of noise.
    """
    exact = device.type == "cuda" or crop_px >= SMALLEST_BFLOAT16_CROP_PX
    if asked == "bfloat16" and not exact:
        raise UserError(f"--precision bfloat16 needs --crop-px {SMALLEST_BFLOAT16_CROP_PX} or more on a processor.")
    fast = device.type == "cuda" or torch.cpu.get_capabilities().get("amx_bf16", False)
    return "bfloat16" if asked == "bfloat16" or (asked == "auto" and fast and exact) else "float32"


def _require_free_folder(folder: Path) -> None:
    """An earlier run is never overwritten."""
    taken = [name for name in (LAST, BEST, LOG) if (folder / name).exists()]
    if taken:
        raise UserError(
            f"{folder}: holds a run already ({', '.join(taken)}); --resume {folder} goes on with it, "
            "or choose another --out."
        )
