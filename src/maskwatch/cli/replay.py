"""`maskwatch replay`: a recording judged by the rules of a site."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Option = typer.Option


def replay(
    clip: Annotated[Path, typer.Argument(help="A video file.")],
    config: Annotated[Path, Option(help="The site's settings.")] = Path("site.toml"),
    camera: Annotated[str | None, Option(help="Whose zones and lines; needed if there are several.")] = None,
    expect: Annotated[
        Path | None, Option(metavar="FILE", help="Events that have to come (a file that --json wrote).")
    ] = None,
    tolerance_s: Annotated[float, Option(min=0, help="How far times may be from what is expected.")] = 1.0,
    start: Annotated[
        str, Option(help="When the recording is taken to begin, by the site's clock, for schedules.")
    ] = "2024-01-01T12:00",
    json: Annotated[bool, Option("--json", help="Print everything as JSON.")] = False,
    device: Annotated[Literal["auto", "cpu", "cuda", "openvino"], Option(help="What runs the model.")] = "auto",
    threads: Annotated[int | None, Option(min=1, help="Threads of the network. Default: all cores.")] = None,
) -> None:
    """Judge a recording as the watch would, with the same result every time: a site's regression test.

    Exit code 0: done, and as expected; 1: other events came than --expect says; 2: could not run.
    """
    from maskwatch.cli.extras import require_extra

    require_extra("pydantic", "watch")
    # The detector takes a second to import, which `maskwatch --help` should not.
    from maskwatch.cli.replay_run import Request, run_replay

    request = Request(clip, config, camera, expect, tolerance_s, start, json)
    if not run_replay(request, device, threads):
        raise typer.Exit(1)
