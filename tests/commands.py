"""Runs the command line in this process, as the installed command would run."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple
from unittest.mock import patch

from maskwatch.cli import main


class Outcome(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


def maskwatch(*arguments: object) -> Outcome:
    """`maskwatch ARGUMENTS...` on a terminal of 200 columns."""
    out, err = _stream(), _stream()
    code = 0
    with (
        patch.object(sys, "argv", ["maskwatch", *map(str, arguments)]),
        patch.dict("os.environ", {"COLUMNS": "200"}),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main.run()
        except SystemExit as stopped:
            code = stopped.code if isinstance(stopped.code, int) else int(bool(stopped.code))
    return Outcome(code, _text(out), _text(err))


def _stream() -> io.TextIOWrapper:
    """Like the real ones it takes text and, through `buffer`, bytes."""
    return io.TextIOWrapper(io.BytesIO(), "utf-8", newline="", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
