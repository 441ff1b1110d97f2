"""`maskwatch demo`: the shipped model at work on a clip that is made on the spot."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the clip and its record.")] = Path("demo-output"),
    labelled: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Instead, write 60 labelled pictures to practise with into this new folder."),
    ] = None,
) -> None:
    """Make a short film of two people who put a mask on and take it off, find that out, and watch it as a camera."""
    if labelled is not None:
        from maskwatch.cli.demo_practice import write_practice_set

        write_practice_set(labelled)
        return
    # The detector takes a second to import, which `maskwatch --help` should not.
    from maskwatch.cli.demo_run import run_demo
    from maskwatch.cli.demo_watch import watch_demo
    from maskwatch.detection.detector import Detector

    detector = Detector()
    run_demo(detector.detect, detector.metadata.name, out)
    watch_demo(out)
