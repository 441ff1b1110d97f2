"""`maskwatch detect`: find faces in pictures, folders, videos, cameras and streams."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from maskwatch.cli.tiles import HELP as TILES_HELP
from maskwatch.errors import UserError

if TYPE_CHECKING:
    from maskwatch.cli.detection_records import Format

Option = typer.Option


def detect(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...", help="Pictures, folders, globs, videos, a camera's number or a stream's address."
        ),
    ],
    model: Annotated[
        str | None, Option(help="A shipped model's name or an .onnx file. Default: the shipped one.")
    ] = None,
    out: Annotated[
        Path | None, Option(metavar="DIR", help="Folder for pictures and videos with boxes, and for records.")
    ] = None,
    score: Annotated[
        float | None, Option(min=0.01, max=1, help="Least score of a face. Default: the model's own.")
    ] = None,
    iou: Annotated[
        float | None, Option(min=0, max=1, help="Boxes that overlap more are one face. Default: the model's own.")
    ] = None,
    jsonl: Annotated[bool, Option("--jsonl", help="Records as JSON lines, one a picture or frame.")] = False,
    json: Annotated[bool, Option("--json", help="Records as one JSON list.")] = False,
    csv: Annotated[bool, Option("--csv", help="Records as CSV, one row a face.")] = False,
    draw: Annotated[bool, Option("--draw/--no-draw", help="Write pictures with boxes into --out.")] = True,
    device: Annotated[
        Literal["auto", "cpu", "cuda", "openvino"], Option(help="What runs the model; auto takes a GPU it can use.")
    ] = "auto",
    threads: Annotated[int | None, Option(min=1, help="Threads of the network. Default: all cores.")] = None,
    tiles: Annotated[str | None, Option(metavar="auto|N", help=TILES_HELP)] = None,
    show: Annotated[bool, Option("--show", help="Show in a window; q closes it.")] = False,
) -> None:
    """Find faces and say of each whether a mask covers it.

    Records go to standard output, or into --out where that is given; without either a table is printed.
    Exit code 0: all looked at, 1: some sources were broken and skipped, 2: could not run.
    """
    # The detector takes a second to import, which `maskwatch --help` should not.
    from maskwatch.cli.detect_run import Request, run_detection
    from maskwatch.detection.detector import Detector

    request = Request(tuple(sources), out, _format(jsonl, json, csv), draw, show, tiles)
    request.check()
    detector = Detector(model, device=device, threads=threads, score=score, iou=iou)
    if not run_detection(request, detector):
        raise typer.Exit(1)


def _format(jsonl: bool, json: bool, csv: bool) -> "Format | None":
    if jsonl + json + csv > 1:
        raise UserError("--jsonl, --json, --csv: one format at a time.")
    return "jsonl" if jsonl else "json" if json else "csv" if csv else None
