"""`maskwatch train`: labelled pictures in, a trained network out."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from maskwatch.cli.extras import require_extra
from maskwatch.cli.train_request import TrainRequest
from maskwatch.errors import UserError

Option = typer.Option

# What does not change a run's arithmetic, and its length.
FREE_ON_RESUME = {"resume", "epochs", "workers", "threads", "cache_gb", "judge_every"}


def train(
    context: typer.Context,
    data: Annotated[list[Path] | None, typer.Argument(help="Labelled sets to train on.")] = None,
    val: Annotated[list[Path] | None, Option(help="Labelled sets to measure on while training.")] = None,
    out: Annotated[Path, Option("-o", "--out", help="Folder of the run.")] = Path("runs/train"),
    resume: Annotated[Path | None, Option(help="Go on with the run in this folder.")] = None,
    model: Annotated[
        str | None,
        Option(help="watch-nano, watch-small, resnet50 or resnet101. Default: watch-nano, or what --weights are of."),
    ] = None,
    weights: Annotated[str | None, Option(help="Start from a shipped model or a .safetensors file.")] = None,
    backgrounds: Annotated[list[Path] | None, Option(help="Folders of pictures that hold no face.")] = None,
    leave_out: Annotated[list[Path] | None, Option(help="Lists of SHA-256 sums of pictures not to train on.")] = None,
    format: Annotated[str, Option(help="auto, or a format of `maskwatch data check`.")] = "auto",
    map: Annotated[str | None, Option(help="Rename classes: with_mask=mask,...")] = None,
    epochs: Annotated[int | None, Option(min=1, help="Default: derived from the data.")] = None,
    batch: Annotated[int, Option(min=2, help="Crops a step.")] = 16,
    crop_px: Annotated[int, Option(min=64, help="Side of the training crops, pixels.")] = 256,
    side_px: Annotated[int, Option(min=32, help="Longer side of pictures in use, pixels.")] = 512,
    learning_rate: Annotated[float | None, Option(min=0, help="Highest. Default .002, with --weights .0005.")] = None,
    matching: Annotated[Literal["atss", "iou"], Option(help="Adaptive, or IoU .5/.4 with rescue.")] = "atss",
    box_loss: Annotated[Literal["giou", "smooth_l1"], Option(help="Loss of the boxes.")] = "giou",
    seed: Annotated[int, Option(help="Of the weights and every random choice.")] = 0,
    workers: Annotated[int | None, Option(min=0, help="Loader processes.")] = None,
    threads: Annotated[int | None, Option(min=1, help="Threads of the network on a CPU.")] = None,
    cache_gb: Annotated[float | None, Option(min=0, help="Memory for decoded pictures.")] = None,
    device: Annotated[Literal["auto", "cpu", "cuda"], Option(help="Where to train.")] = "auto",
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"],
        Option(help="Of the convolutions. auto: bfloat16 where the processor multiplies it in hardware."),
    ] = "auto",
    judge_every: Annotated[int | None, Option(min=1, help="Epochs between measurements.")] = None,
) -> None:
    """Train a RetinaNet on labelled pictures; `--resume FOLDER` alone goes on with an unfinished run."""
    for module in ("torch", "safetensors"):
        require_extra(module, "train")
    from maskwatch.cli.training_run import run_training

    asked = TrainRequest(
        tuple(data or ()), tuple(val or ()), out, model, weights, tuple(backgrounds or ()),
        tuple(leave_out or ()), format, map, epochs,
        batch, crop_px, side_px, learning_rate, matching, box_loss, seed, workers, threads, cache_gb, device,
        precision, judge_every,
    )  # fmt: skip
    if resume:
        _refuse_what_resuming_cannot_change(context)
        run_training(_resumed(resume, asked), resuming=True)
    elif asked.data:
        run_training(asked, resuming=False)
    else:
        raise UserError("nothing to train on: name a folder of labelled pictures, or --resume the folder of a run.")


def _refuse_what_resuming_cannot_change(context: typer.Context) -> None:
    for name in context.params:
        source = context.get_parameter_source(name)
        # By name, because typer brings the type of its own or click's, from version to version.
        if name not in FREE_ON_RESUME and source is not None and source.name == "COMMANDLINE":
            raise UserError(f"--resume goes on with a run as it was begun; leave out {name.replace('_', '-')}.")


def _resumed(folder: Path, asked: TrainRequest) -> TrainRequest:
    """The run's own request, with what was asked anew."""
    earlier = TrainRequest.load(folder)
    return replace(
        earlier,
        epochs=asked.epochs or earlier.epochs,
        workers=earlier.workers if asked.workers is None else asked.workers,
        threads=asked.threads or earlier.threads,
        cache_gb=earlier.cache_gb if asked.cache_gb is None else asked.cache_gb,
        judge_every=asked.judge_every or earlier.judge_every,
    )
