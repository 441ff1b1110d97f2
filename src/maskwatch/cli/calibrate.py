"""`maskwatch calibrate`: makes a checkpoint's scores mean what they say, and chooses its default score."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from maskwatch.cli.extras import require_extra
from maskwatch.data.classes import parse_map
from maskwatch.errors import UserError

Option = typer.Option


def calibrate(
    checkpoint: Annotated[
        str, typer.Argument(help="A .safetensors checkpoint, the folder of a run, or a shipped model's name.")
    ],
    data: Annotated[Path, typer.Argument(help="Labelled pictures that it was not trained on.")],
    out: Annotated[Path, Option("-o", "--out", help="The calibrated checkpoint to write.")],
    listed: Annotated[
        list[Path] | None, Option(help="Only pictures whose SHA-256 sum is in this list (train --leave-out).")
    ] = None,
    format: Annotated[str, Option(help="auto, or a format of `maskwatch data check`.")] = "auto",
    map: Annotated[str | None, Option(help="Rename classes: with_mask=mask,...")] = None,
    classes: Annotated[Path | None, Option(help="keras-retinanet's class file.")] = None,
    false_alarms: Annotated[
        float, Option(min=0, help="The default score is the lowest with at most this many false faces a picture.")
    ] = 0.1,
    backgrounds: Annotated[
        Path | None, Option(help="Count false faces in this folder of pictures without faces, not in DATA.")
    ] = None,
    half: Annotated[bool, Option("--half", help="Write float16 weights, half the bytes.")] = False,
    device: Annotated[Literal["auto", "cpu", "cuda"], Option(help="Where to run.")] = "auto",
    threads: Annotated[int | None, Option(min=1, help="Threads of the network on a CPU.")] = None,
) -> None:
    """Fit a line a class from score to probability, choose the default score, and write the checkpoint with both.

    `maskwatch export` puts them into the model file. Weights stay as they are; calibrating anew starts afresh.
    """
    require_extra("torch", "train")
    from maskwatch.cli.calibration_run import CalibrateRequest, run_calibration
    from maskwatch.cli.evaluate_request import DataAsked

    if out.is_dir():
        raise UserError(f"--out {out}: a folder; name a .safetensors file in it.")
    asked = DataAsked(data, format, parse_map(map), classes, tuple(listed or ()))
    run_calibration(CalibrateRequest(checkpoint, asked, out, false_alarms, backgrounds, half, device, threads))
