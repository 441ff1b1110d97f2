"""`maskwatch watch`: cameras watched for months, or a file for as long as it lasts."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from maskwatch.errors import UserError

Option = typer.Option


def watch(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE...", help="Cameras' numbers, streams' addresses, video files, or demo; or use --config."
        ),
    ] = None,
    config: Annotated[Path | None, Option(metavar="SITE.TOML", help="The site's settings.")] = None,
    init: Annotated[Path | None, Option(metavar="FILE", help="Write commented settings to begin with.")] = None,
    check: Annotated[bool, Option("--check", help="Check the settings and reach every camera, then end.")] = False,
    fast: Annotated[bool, Option("--fast", help="Video files as fast as they go, with the same events.")] = False,
    store: Annotated[Path | None, Option(metavar="FILE", help="Where events and passages are kept (SQLite).")] = None,
    metrics: Annotated[
        str | None, Option(metavar="HOST:PORT", help="Serve Prometheus metrics and health there.")
    ] = None,
    web: Annotated[str | None, Option(metavar="HOST:PORT", help="Serve the page and the API there.")] = None,
    no_web: Annotated[bool, Option("--no-web", help="Serve neither page nor API.")] = False,
    json_logs: Annotated[
        bool, Option("--json-logs", help="Log JSON lines, events too, and show nothing else.")
    ] = False,
    model: Annotated[str | None, Option(help="A shipped model's name or an .onnx file.")] = None,
    device: Annotated[
        Literal["auto", "cpu", "cuda", "openvino"], Option(help="What runs the model; auto takes a GPU it can use.")
    ] = "auto",
    threads: Annotated[int | None, Option(min=1, help="Threads of the network. Default: all cores.")] = None,
) -> None:
    """Watch cameras: who passes with and without a mask, what happens, how the cameras are.

    The page is at http://127.0.0.1:8750 unless the settings or --web say otherwise.
    Everything is kept in one SQLite file; count it with `maskwatch report`. SIGTERM or Ctrl-C ends it cleanly.
    Exit code 0: ended as asked, 1: a file was broken, a camera not reached (--check), or something could not be
    kept, 2: could not run.
    """
    from maskwatch.cli.extras import require_watch

    require_watch()
    # These take a second to import, which `maskwatch --help` should not.
    from maskwatch.cli.watch_check import run_check
    from maskwatch.cli.watch_request import Request, write_initial_site
    from maskwatch.cli.watch_run import run_watch

    if init is not None:
        write_initial_site(init)
        return
    if bool(sources) == (config is not None):
        raise UserError("name either sources or --config SITE.TOML; to begin: maskwatch watch --init site.toml")
    if web is not None and no_web:
        raise UserError("--web and --no-web: choose one.")
    asked = Request(tuple(sources or ()), config, fast, store, metrics, json_logs, model, device, threads)
    request = replace(asked, web=web, no_web=no_web)
    if not (run_check(request) if check else run_watch(request)):
        raise typer.Exit(1)
