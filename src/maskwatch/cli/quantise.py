"""`maskwatch quantise`: a model file with convolutions in eight bits."""

from pathlib import Path
from typing import Annotated

import typer

from maskwatch.cli.export import require_place
from maskwatch.cli.extras import require_extra

Option = typer.Option


def quantise(
    model: Annotated[str, typer.Argument(help="A shipped model's name or an .onnx file of `maskwatch export`.")],
    pictures: Annotated[Path, typer.Argument(help="Folder of pictures like those it was trained on.")],
    out: Annotated[Path, Option("-o", "--out", help="The file to write.")],
    limit: Annotated[int, Option(min=1, help="Pictures to see the range of values on, spread over the folder.")] = 100,
    reduce_range: Annotated[
        bool | None,
        Option(help="Seven-bit weights, for processors with AVX2 but no VNNI. Default: if this one needs it."),
    ] = None,
    name: Annotated[str | None, Option(help="What the model calls itself. Default: its name and -int8.")] = None,
    threads: Annotated[int | None, Option(min=1, help="Threads of the network when the two are timed.")] = None,
    force: Annotated[bool, Option("--force", help="Replace a file that is there already.")] = False,
) -> None:
    """Write the model with eight-bit convolutions and say how its time compares on this processor.

    What it costs in AP is for `maskwatch evaluate` to say, of both files on the same pictures.
    """
    for module in ("onnx", "onnxruntime"):
        require_extra(module, "train")
    require_place(out, force)
    from maskwatch.cli.quantise_run import QuantiseRequest, run_quantise

    run_quantise(QuantiseRequest(model, pictures, out, limit, reduce_range, name, threads))
