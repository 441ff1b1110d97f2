"""`maskwatch export`: a checkpoint as the one file that `detect` and everything else runs."""

from pathlib import Path
from typing import Annotated

import typer

from maskwatch.cli.extras import require_extra
from maskwatch.errors import UserError

Option = typer.Option

MODEL_SUFFIX = ".onnx"


def export(
    checkpoint: Annotated[
        str, typer.Argument(help="A .safetensors checkpoint, the folder of a run, or a shipped model's name.")
    ],
    out: Annotated[Path, Option("-o", "--out", help="The file to write.")] = Path("model.onnx"),
    name: Annotated[str | None, Option(help="What the model calls itself. Default: the file's name.")] = None,
    score: Annotated[
        float | None, Option(min=0, max=1, help="The file's default score. Default: the checkpoint's own, else .3.")
    ] = None,
    iou: Annotated[
        float | None,
        Option(min=0, max=1, help="Two boxes that overlap more are one face. Default: the checkpoint's own, else .5."),
    ] = None,
    side_px: Annotated[int | None, Option(min=32, help="Scale pictures to this side, not as in training.")] = None,
    raw: Annotated[
        bool, Option("--raw", help="Every anchor's boxes and scores, nothing suppressed: for TensorRT and NPUs.")
    ] = False,
    licence: Annotated[str, Option(help="Under which terms the weights may be used.")] = "",
    force: Annotated[bool, Option("--force", help="Replace a file that is there already.")] = False,
) -> None:
    """Write an ONNX file, compared with PyTorch before it is kept."""
    for module in ("torch", "safetensors", "onnx", "onnxscript"):
        require_extra(module, "train")
    require_place(out, force)
    from maskwatch.cli.export_run import ExportRequest, run_export

    typer.echo(run_export(ExportRequest(checkpoint, out, name, score, iou, side_px, raw, licence)))


def require_place(out: Path, force: bool) -> None:
    if out.suffix != MODEL_SUFFIX:
        raise UserError(f"--out {out}: a model file is named *{MODEL_SUFFIX}.")
    if out.is_dir():
        raise UserError(f"--out {out}: a folder; name a file in it.")
    if out.exists() and not force:
        raise UserError(f"--out {out}: there is such a file already; choose another name, or replace it with --force.")
