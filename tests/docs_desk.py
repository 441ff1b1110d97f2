"""Types what the pages say, in a folder with what they name: in this process where it is a plain command of ours."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from commands import maskwatch
from docs_blocks import Block, shell_lines

# One epoch shows that training runs, and the film at its own pace shows nothing more than it does fast; how long
# either takes for a reader is not these tests' matter.
APPENDED = {("train",): ["--epochs", "1", "--workers", "0", "--threads", "1"], ("watch",): ["--fast"]}
NOT_FOR = ("--resume", "--init", "--check", "--help")


def with_shortcuts(words: list[str]) -> list[str]:
    """The words after `maskwatch`, and what a test adds to them."""
    added = APPENDED.get(tuple(words[:1]), [])
    return [*words, *added] if not set(words) & set(NOT_FOR) else words


class Desk:
    """A folder in which blocks are typed one after the other."""

    def __init__(self, folder: Path, shims: Path) -> None:
        self.folder = folder
        self._shims = shims
        self.typed = 0

    def type_in(self, block: Block) -> None:
        """Run a block, or put the file that it is where it belongs; raises AssertionError if it does not work."""
        if block.title:
            (self.folder / block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            self._check(block, [sys.executable, "-c", block.text])
        elif block.is_shell and not block.not_run:
            for line in shell_lines(block):
                self._type_line(block, line)

    def _type_line(self, block: Block, line: str) -> None:
        self.typed += 1
        words = shlex.split(line, comments=True)
        if words[0] != "maskwatch" or any(mark in line.split(" #")[0] for mark in "|&;<>$`*"):
            self._check(block, ["bash", "-euo", "pipefail", "-c", line])
            return
        here = Path.cwd()
        os.chdir(self.folder)
        try:
            outcome = maskwatch(*with_shortcuts(words[1:]))
        finally:
            os.chdir(here)
        assert outcome.code == block.exit, f"{block}: {line}\n{outcome.out}{outcome.err}"

    def _check(self, block: Block, command: list[str]) -> None:
        path = f"{self._shims}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == block.exit, f"{block}: {command[-1]}\n{done.stdout}{done.stderr}"


def write_shims(folder: Path) -> Path:
    """A folder to put before PATH, in which `maskwatch` and `python` are this checkout's."""
    folder.mkdir()
    program = "import sys; from docs_desk import run_shim; run_shim(sys.argv[1:])"
    texts = {"maskwatch": f"-c {shlex.quote(program)}", "python": ""}
    for name, words in texts.items():
        (folder / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {words} "$@"\n')
        (folder / name).chmod(0o755)
    return folder


def run_shim(words: list[str]) -> None:
    """`maskwatch WORDS...` as a process of its own, as shell lines call it."""
    from maskwatch.cli import main

    sys.argv = ["maskwatch", *with_shortcuts(words)]
    main.run()
