"""The options and the progress bar that the commands for labelled sets share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from maskwatch.anchors import AnchorSettings
from maskwatch.data.check_anchors import CLASSIC_ANCHORS, WATCH_ANCHORS
from maskwatch.data.keras_config import read_anchor_config
from maskwatch.data.options import Progress as OnProgress
from maskwatch.data.reading import FORMATS
from maskwatch.pictures.preprocessing import Preprocessing

DEFAULT_SIDE_PX = Preprocessing().side_px

NAMED_ANCHORS = {"watch": WATCH_ANCHORS, "classic": CLASSIC_ANCHORS}

SetPath = Annotated[Path, typer.Argument(help="The labelled set: its folder, or its CSV or JSON file.")]
FormatOption = Annotated[str, typer.Option(help=f"One of {', '.join(FORMATS)}.")]
MapOption = Annotated[str | None, typer.Option(help="Rename classes: with_mask=mask,...")]
ClassesOption = Annotated[
    Path | None, typer.Option(help="keras-retinanet's class file. Default: classes.csv beside the set's CSV.")
]
SidePxOption = Annotated[int, typer.Option(min=32, max=4096, help="Longer side of pictures in training, pixels.")]
AnchorsOption = Annotated[
    str, typer.Option("--anchors", help=f"Anchors: {', '.join(NAMED_ANCHORS)}, or a keras-retinanet .ini.")
]
ConventionOption = Annotated[
    Literal["as-written", "keras-retinanet"],
    typer.Option(help="keras-retinanet: take 1 off the edges of Pascal VOC, and drop boxes over the picture's edge."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON record instead of text.")]


def plain_console() -> Console:
    """Standard output for lines as they are: neither wrapped nor read for markup."""
    return Console(soft_wrap=True, markup=False, highlight=False)


@contextmanager
def showing_progress() -> Iterator[OnProgress]:
    """A bar on standard error, so that standard output holds the report alone; none where nobody watches."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reading", total=None)

        def show(what: str, done: int, total: int) -> None:
            if bar.tasks[0].description != what:
                bar.reset(task, description=what)
            bar.update(task, completed=done, total=total)

        yield show


def anchors_of(text: str) -> AnchorSettings:
    """The anchors that `AnchorsOption` names; raises UserError for a file that is none."""
    return NAMED_ANCHORS.get(text) or read_anchor_config(Path(text))
