"""The page of all commands, made of the command line itself: what `--help` says, as tables."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args, get_origin

import typer.core
import typer.main
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from maskwatch.cli.main import app

PAGE = "reference/commands.md"

_KINDS = {str: "text", Path: "path", int: "whole number", float: "number"}

_HEAD = """# Commands

Made of the commands themselves when this site is built; `maskwatch COMMAND --help` says the same.

Exit codes are 0 for done, 1 for what a command's own text says, 2 for what could not run (one sentence on standard
error says why), 130 for Ctrl-C.
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    files.append(File.generated(config, PAGE, content="\n".join([_HEAD, *_sections()])))
    return files


def commands() -> Iterator[tuple[str, typer.core.TyperCommand]]:
    """Every command with what to type, in the order of `--help`."""
    yield from _below("maskwatch", typer.main.get_command(app))


def _below(path: str, command: object) -> Iterator[tuple[str, typer.core.TyperCommand]]:
    if isinstance(command, typer.core.TyperGroup):
        for name, each in sorted(command.commands.items()):
            yield from _below(f"{path} {name}", each)
    elif isinstance(command, typer.core.TyperCommand):
        yield path, command


def _sections() -> Iterator[str]:
    for path, command in commands():
        yield f"\n## {path}\n\n{command.help}\n"
        panels: dict[str, list[str]] = {}
        for parameter in command.params:
            if getattr(parameter, "hidden", False):
                continue
            panel = getattr(parameter, "rich_help_panel", None) or "Options"
            panels.setdefault("Arguments" if parameter.param_type_name == "argument" else panel, []).append(
                _row(parameter)
            )
        for panel in sorted(panels, key=lambda name: (name != "Arguments", name == "Options")):
            title = "" if panel in ("Arguments", "Options") else f"**{panel}**\n\n"
            head = "argument" if panel == "Arguments" else "option"
            yield "\n".join([f"{title}| {head} | takes | |", "|---|---|---|", *panels[panel], ""])


def _row(parameter: typer.core.TyperOption | typer.core.TyperArgument) -> str:
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    if isinstance(parameter, typer.core.TyperArgument):
        names = f"`{parameter.metavar or parameter.name}`"
    words = [parameter.help or ""]
    if parameter.required:
        words.append("**Needed.**")
    if parameter.default not in (None, False, ()) and not callable(parameter.default) and not parameter.required:
        words.append(f"Default: `{parameter.default}`.")
    return f"| {names} | {_cell(_takes(parameter))} | {_cell(' '.join(words))} |"


def _takes(parameter: typer.core.TyperOption | typer.core.TyperArgument) -> str:
    """What is written after an option, in words: `whole number from 1, several times`."""
    own = parameter.type_descriptor.annotation
    several = get_origin(own) in (list, Sequence)
    if several:
        own = get_args(own)[0]
    if own is bool:
        return ""
    if get_origin(own) is Literal:
        words = " or ".join(f"`{each}`" for each in get_args(own))
    else:
        words = parameter.metavar or _KINDS[own]
        if parameter.min is not None:
            words += f" from {parameter.min}" + ("" if parameter.max is None else f" to {parameter.max}")
    return words + (", several times" if several and isinstance(parameter, typer.core.TyperOption) else "")


def _cell(text: str) -> str:
    """Text that is one cell of a table, with nothing in it taken for Markdown or HTML but back-ticks."""
    one_line = re.sub(r"\s+", " ", text).strip().replace("|", r"\|")
    return re.sub(r"(`[^`]*`)|<", lambda match: match[1] or "&lt;", one_line)
