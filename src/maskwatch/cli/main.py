"""The `maskwatch` command: its sub-commands, and what becomes of an error."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from maskwatch import __version__
from maskwatch.cli import (
    calibrate,
    data,
    demo,
    detect,
    evaluate,
    export,
    import_keras,
    models,
    people,
    prelabel,
    quantise,
    replay,
    report,
    train,
    watch,
)
from maskwatch.errors import UserError
from maskwatch.files import NO_ROOM

app = typer.Typer(
    name="maskwatch",
    help="Find faces with and without a mask, in pictures and camera streams.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

EXIT_COULD_NOT_RUN = 2
EXIT_INTERRUPTED = 130


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def maskwatch(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find faces with and without a mask, in pictures and camera streams."""


app.add_typer(data.app, name="data")
app.add_typer(people.token, name="token")
app.add_typer(people.user, name="user")
app.command("calibrate")(calibrate.calibrate)
app.command("demo")(demo.demo)
app.command("detect")(detect.detect)
app.command("evaluate")(evaluate.evaluate)
app.command("export")(export.export)
app.command("import-keras")(import_keras.import_keras)
app.command("models")(models.models)
app.command("prelabel")(prelabel.prelabel)
app.command("quantise")(quantise.quantise)
app.command("replay")(replay.replay)
app.command("report")(report.report)
app.command("train")(train.train)
app.command("watch")(watch.watch)


def run() -> None:
    """Run the command line; a fault of the input is one sentence on standard error and exit code 2."""
    try:
        app()
    except UserError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader (`head`, say) has gone: nobody is left to tell
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        advice = "; make room, or write elsewhere" if error.errno in NO_ROOM else ""
        _fail(f"{where}{error.strerror or error}{advice}.")


def _fail(message: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(f"maskwatch: {message}")
    sys.exit(EXIT_COULD_NOT_RUN)
