"""The options of `maskwatch train`, group by group: a new option is a new field here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

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
        Path | None, Option(help="Start a ResNet's backbone from torchvision's ImageNet weights, .pth or .safetensors.")
    ] = None
    freeze_backbone: Annotated[
        bool, Option("--freeze-backbone", help="Train pyramid and heads alone, on a backbone with weights.")
    ] = False


@dataclass(frozen=True)
class RecipeAsked:
    """How it learns."""

    epochs: Annotated[int | None, Option(min=1, help="Default: derived from the data.")] = None
    batch: Annotated[int, Option(min=2, help="Crops a step.")] = 16
    crop_px: Annotated[int, Option(min=64, help="Side of the training crops, pixels.")] = 256
    side_px: Annotated[int, Option(min=32, help="Longer side of pictures in use, pixels.")] = 512
    learning_rate: Annotated[
        float | None, Option(min=0, help="Highest. Default .002, with --weights .0005; of sgd ten times that.")
    ] = None
    optimiser: Annotated[Literal["adamw", "sgd"], Option(help="How the gradient moves the weights.")] = "adamw"
    momentum: Annotated[float, Option(min=0, max=1, help="Of sgd.")] = 0.9
    weight_decay: Annotated[float | None, Option(min=0, help="Default .05, of sgd .0001.")] = None
    matching: Annotated[Literal["atss", "iou"], Option(help="Adaptive, or IoU .5/.4 with rescue.")] = "atss"
    box_loss: Annotated[Literal["giou", "smooth_l1"], Option(help="Loss of the boxes.")] = "giou"
    seed: Annotated[int, Option(help="Of the weights and every random choice.")] = 0


@dataclass(frozen=True)
class RunAsked:
    """Where the run is kept, and how it is followed."""

    out: Annotated[Path, Option("-o", "--out", help="Folder of the run.")] = Path("runs/train")
    resume: Annotated[Path | None, Option(help="Go on with the run in this folder.")] = None
    judge_every: Annotated[int | None, Option(min=1, help="Epochs between measurements.")] = None


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
FREE_ON_RESUME = {"resume", "epochs", "workers", "threads", "cache_gb", "judge_every"}
