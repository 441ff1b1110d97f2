"""The options of `maskwatch train`, group by group: a new option is a new field here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from maskwatch.cli.data_options import ClassesOption, ConventionOption

Option = typer.Option


@dataclass(frozen=True)
class DataAsked:
    """What is learnt from, and what is measured on."""

    data: Annotated[Sequence[Path], typer.Argument(help="Labelled sets to train on.")] = ()
    val: Annotated[Sequence[Path], Option(help="Labelled sets to measure on while training.")] = ()
    backgrounds: Annotated[Sequence[Path], Option(help="Folders of pictures that hold no face.")] = ()
    leave_out: Annotated[Sequence[Path], Option(help="Lists of SHA-256 sums of pictures not to train on.")] = ()
    format: Annotated[str, Option(help="auto, or a format of `maskwatch data check`.")] = "auto"
    map: Annotated[str | None, Option(help="Rename classes: with_mask=mask,...")] = None
    classes: ClassesOption = None
    convention: ConventionOption = "as-written"


@dataclass(frozen=True)
class NetworkAsked:
    """Which network, and the weights it starts with."""

    model: Annotated[
        str | None,
        Option(
            help="watch-nano, watch-small, resnet18, -34, -50, -101, -152, or classic-resnet50, -101, -152 "
            "(keras-retinanet's). Default: watch-nano, or what --weights are of."
        ),
    ] = None
    p2: Annotated[bool, Option("--p2", help="A level of stride 4 as well, for faces below 16 pixels.")] = False
    norm: Annotated[
        Literal["batch", "group", "frozen"] | None,
        Option(help="Normalisation: group where batches are small, frozen for --backbone-weights as they are."),
    ] = None
    weights: Annotated[str | None, Option(help="Start from a shipped model or a .safetensors file.")] = None
    backbone_weights: Annotated[
        str | None,
        Option(
            help="Start a ResNet's backbone from torchvision's .pth or .safetensors, or a .h5 of keras-retinanet: a "
            "file, or an address with #sha256=SUM."
        ),
    ] = None
    padding: Annotated[
        Literal["same", "explicit"] | None, Option(help="Of --backbone-weights, for a .h5 of weights alone.")
    ] = None
    config: Annotated[Path | None, Option(help="keras-retinanet's .ini of anchors, for a new network.")] = None
    freeze_backbone: Annotated[
        bool, Option("--freeze-backbone", help="Train pyramid and heads alone, on a backbone with weights.")
    ] = False


@dataclass(frozen=True)
class RecipeAsked:
    """How it learns."""

    epochs: Annotated[int | None, Option(min=1, help="Default: derived from the data.")] = None
    batch: Annotated[int | None, Option(min=1, help="Pictures a step, over all processes. Default 16, classic 1.")] = (
        None
    )
    accumulate: Annotated[
        int, Option(min=1, help="Compute each step in so many parts: less memory, the same gradient.")
    ] = 1
    augment: Annotated[
        Literal["crops", "whole", "mirrored"] | None,
        Option(
            help="What is learnt from: crops at many scales; whole pictures, moved and coloured a little "
            "(keras-retinanet's --random-transform); or only mirrored. Default: crops, classic whole."
        ),
    ] = None
    crop_px: Annotated[int | None, Option(min=64, help="Side of the training crops, pixels. Default 256.")] = None
    side_px: Annotated[
        int | None, Option(min=32, help="Longer side of pictures in use, pixels: 512. Classic: the shorter side, 800.")
    ] = None
    max_side_px: Annotated[int | None, Option(min=32, help="Classic: limit of the longer side. Default 1333.")] = None
    learning_rate: Annotated[
        float | None,
        Option(min=0, help="Highest. Default .002, with --weights .0005; of sgd ten times that; classic .00001."),
    ] = None
    optimiser: Annotated[Literal["adamw", "sgd"], Option(help="How the gradient moves the weights.")] = "adamw"
    momentum: Annotated[float, Option(min=0, max=1, help="Of sgd.")] = 0.9
    weight_decay: Annotated[float | None, Option(min=0, help="Default .05, of sgd .0001; classic none.")] = None
    matching: Annotated[
        Literal["atss", "iou", "classic"] | None,
        Option(help="Adaptive; IoU .5/.4 with rescue; or keras-retinanet's, without. Default: atss, classic classic."),
    ] = None
    box_loss: Annotated[
        Literal["giou", "smooth_l1"] | None, Option(help="Loss of the boxes. Default: giou, classic smooth_l1.")
    ] = None
    seed: Annotated[int, Option(help="Of the weights and every random choice.")] = 0


@dataclass(frozen=True)
class RunAsked:
    """Where the run is kept, and how it is followed."""

    out: Annotated[Path, Option("-o", "--out", help="Folder of the run.")] = Path("runs/train")
    resume: Annotated[Path | None, Option(help="Go on with the run in this folder.")] = None
    judge_every: Annotated[int | None, Option(min=1, help="Epochs between measurements.")] = None
    patience: Annotated[
        int | None, Option(min=1, help="Stop after so many measurements without a better AP. Needs --val.")
    ] = None
    tensorboard: Annotated[
        bool, Option("--tensorboard", help="Write event files for TensorBoard into the run's folder.")
    ] = False
    anyway: Annotated[bool, Option("--anyway", help="Train although the labels say that nothing can be learnt.")] = (
        False
    )


@dataclass(frozen=True)
class MachineAsked:
    """What of the machine is used."""

    workers: Annotated[int | None, Option(min=0, help="Loader processes.")] = None
    threads: Annotated[int | None, Option(min=1, help="Threads of the network on a CPU.")] = None
    cache_gb: Annotated[float | None, Option(min=0, help="Memory for decoded pictures.")] = None
    device: Annotated[Literal["auto", "cpu", "cuda"], Option(help="Where to train.")] = "auto"
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"],
        Option(help="Of the convolutions. auto: bfloat16 where the processor multiplies it in hardware."),
    ] = "auto"


# By the titles under which `--help` shows them.
GROUPS = {
    "Data": DataAsked,
    "Network": NetworkAsked,
    "Recipe": RecipeAsked,
    "Run": RunAsked,
    "Machine": MachineAsked,
}

# What does not change a run's arithmetic, and its length.
FREE_ON_RESUME = {
    "resume",
    "epochs",
    "workers",
    "threads",
    "cache_gb",
    "judge_every",
    "patience",
    "tensorboard",
    "anyway",
}
