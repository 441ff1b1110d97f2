"""A command's options as the fields of frozen dataclasses: each is written once, with its help and its default."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import fields
from inspect import Parameter, Signature
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer
from typer.models import ArgumentInfo

Kinds = Mapping[str, type[Any]]


def taking(kinds: Kinds) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a command of a function that takes the context and then one value of each of `kinds`.

    Args:
        kinds: dataclasses by the title under which `--help` shows their fields. A field is declared as a command's
            parameter would be, `Annotated[TYPE, typer.Option(...)]`; one of `Sequence[T]` may be given many times
            and comes as a tuple.
    """

    def make(command: Callable[..., None]) -> Callable[..., None]:
        def called(**given: Any) -> None:
            command(given["context"], *(_value(kind, given) for kind in kinds.values()))

        first = Parameter("context", Parameter.KEYWORD_ONLY, annotation=typer.Context)
        options = [each for title, kind in kinds.items() for each in _parameters(title, kind)]
        called.__signature__ = Signature([first, *options])  # type: ignore[attr-defined]
        called.__annotations__ = {each.name: each.annotation for each in (first, *options)}
        called.__doc__ = command.__doc__
        return called

    return make


def chosen_on_command_line(context: typer.Context) -> list[str]:
    """The names of the options that were given, and not left at their defaults."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    # By name, because typer brings the type of its own or click's, from version to version.
    return [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]


def from_json(kind: type[Any], record: Mapping[str, Any]) -> Any:
    """The value of one dataclass from plain values; a field that is missing takes its default.

    Raises:
        KeyError: for a field without a default that is missing.
    """
    hints = get_type_hints(kind)
    known = {f.name: f for f in fields(kind)}
    given = {name: _read(hints[name], record[name]) for name in known if name in record}
    return kind(**given)


def _parameters(title: str, kind: type[Any]) -> list[Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [_parameter(title, f.name, hints[f.name], f.default) for f in fields(kind)]


def _parameter(title: str, name: str, hint: Any, default: Any) -> Parameter:
    own, info = get_args(hint)
    info = copy(info)
    if not isinstance(info, ArgumentInfo):
        info.rich_help_panel = title
    if get_origin(own) is Sequence:
        own, default = list[get_args(own)[0]] | None, default or None  # type: ignore[misc]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[own, info])


def _value(kind: type[Any], given: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    many = {f.name for f in fields(kind) if get_origin(hints[f.name]) is Sequence}
    return kind(**{f.name: tuple(given[f.name] or ()) if f.name in many else given[f.name] for f in fields(kind)})


def _read(hint: Any, value: Any) -> Any:
    if get_origin(hint) is Sequence:
        return tuple(get_args(hint)[0](each) for each in value)
    if isinstance(hint, UnionType):
        kinds = [each for each in get_args(hint) if each is not NoneType]
        return None if value is None else _read(kinds[0], value)
    # Paths are the only values that JSON writes otherwise.
    return hint(value) if isinstance(hint, type) else value
