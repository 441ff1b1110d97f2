"""`maskwatch prelabel`: a folder labelled by a model, so that a person only corrects."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from maskwatch.cli.tiles import HELP as TILES_HELP
from maskwatch.data.prelabels import LEAST_SCORE, Mark
from maskwatch.data.reading import SET_FORMATS
from maskwatch.data.writing.label_studio import FORMAT as LABEL_STUDIO
from maskwatch.errors import UserError

Option = typer.Option


def prelabel(
    folder: Annotated[Path, typer.Argument(help="Pictures to label; folders in it are looked through too.")],
    model: Annotated[
        str | None, Option(help="A shipped model's name or an .onnx file. Default: the shipped one.")
    ] = None,
    to: Annotated[str, Option(help=f"One of {', '.join((*SET_FORMATS, LABEL_STUDIO))}.")] = "voc",
    score: Annotated[float, Option(min=LEAST_SCORE, max=1, help="Least score of a box that is written.")] = 0.15,
    sure: Annotated[float, Option(min=LEAST_SCORE, max=1, help="From this score on a box is not doubtful.")] = 0.7,
    doubtful: Annotated[
        Mark | None,
        Option(
            help="How doubtful boxes are told apart: marked difficult, class with a suffix (mask?), or left out. "
            "Default: difficult where the format has it, else suffix."
        ),
    ] = None,
    review: Annotated[
        Path | None, Option(metavar="FILE.csv", help="List the pictures, most corrections expected first.")
    ] = None,
    url_prefix: Annotated[
        str | None, Option(help="label-studio: what stands before a picture's place. Default: its local files.")
    ] = None,
    device: Annotated[Literal["auto", "cpu", "cuda", "openvino"], Option(help="What runs the model.")] = "auto",
    threads: Annotated[int | None, Option(min=1, help="Threads of the network. Default: all cores.")] = None,
    tiles: Annotated[str | None, Option(metavar="auto|N", help=TILES_HELP)] = None,
) -> None:
    """Label every picture of a folder that nobody has labelled, beside the pictures; nothing is overwritten.

    A picture with labels in any format is left alone. Correct the rest in labelImg, which opens what is written, or
    import label-studio.json into Label Studio.
    """
    from maskwatch.cli.prelabel_request import Request
    from maskwatch.cli.prelabel_run import run_prelabel

    if score > sure:
        raise UserError(f"--score {score:g} lies above --sure {sure:g}; doubtful boxes are those between the two.")
    if to not in (*SET_FORMATS, LABEL_STUDIO):
        raise UserError(f"--to {to}: not a format; take one of {', '.join((*SET_FORMATS, LABEL_STUDIO))}.")
    if url_prefix is not None and to != LABEL_STUDIO:
        raise UserError(f"--url-prefix goes with --to {LABEL_STUDIO}.")
    run_prelabel(Request(folder, model, to, score, sure, doubtful, review, url_prefix, device, threads, tiles))
