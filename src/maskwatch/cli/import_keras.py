"""`maskwatch import-keras`: a keras-retinanet model becomes a checkpoint to train on and a file to run."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from maskwatch.cli.export import MODEL_SUFFIX
from maskwatch.cli.extras import require_extra
from maskwatch.errors import UserError

Option = typer.Option

CHECKPOINT_SUFFIX = ".safetensors"


def import_keras(
    model: Annotated[Path, typer.Argument(help="A .h5 of keras-retinanet: training, inference or weights alone.")],
    out: Annotated[Path, Option("-o", "--out", help="What to call the two files, without their endings.")],
    classes: Annotated[
        Path | None, Option(help="Its classes.csv. Default: the classes are called class_0, class_1, ...")
    ] = None,
    config: Annotated[
        Path | None, Option(help="The .ini of anchors it was trained with. An inference file says it itself.")
    ] = None,
    padding: Annotated[
        Literal["same", "explicit"] | None,
        Option(help="For weights alone: keras-resnet from 0.2 (May 2019) pads as `same`, before it `explicit`."),
    ] = None,
    corner_targets: Annotated[
        bool, Option("--corner-targets", help="A file that looks like one of 0.1 or 0.2 was trained with 0.3 or later.")
    ] = False,
    one_label: Annotated[
        bool, Option("--one-label", help="Suppress overlaps whatever their class: no face is masked and not masked.")
    ] = False,
    min_side: Annotated[int, Option(min=32, help="--image-min-side in training, pixels.")] = 800,
    max_side: Annotated[int, Option(min=32, help="--image-max-side in training, pixels.")] = 1333,
    force: Annotated[bool, Option("--force", help="Replace files that are there already.")] = False,
) -> None:
    """Read a keras-retinanet model (ResNet-50, -101, -152) to the same numbers.

    Writes OUT.safetensors, to train on with `maskwatch train --weights`, and OUT.onnx, for `maskwatch detect --model`.
    """
    require_extra("h5py", "keras")
    for module in ("torch", "safetensors", "onnx", "onnxscript"):
        require_extra(module, "train")
    paths = _places(out, force)
    from maskwatch.cli.import_keras_run import ImportRequest, run_import

    request = ImportRequest(
        model, *paths, classes, config, padding, corner_targets, one_label, min_side, max_side
    )  # fmt: skip
    for line in run_import(request):
        typer.echo(line)


def _places(out: Path, force: bool) -> tuple[Path, Path]:
    """Checkpoint and model file; raises UserError where either is there already."""
    stem = out.with_suffix("") if out.suffix in (CHECKPOINT_SUFFIX, MODEL_SUFFIX) else out
    paths = tuple(stem.with_name(stem.name + suffix) for suffix in (CHECKPOINT_SUFFIX, MODEL_SUFFIX))
    for path in paths:
        if path.exists() and not force:
            raise UserError(f"{path}: is there already; choose another --out, or replace it with --force.")
    return paths[0], paths[1]
