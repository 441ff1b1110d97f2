"""`maskwatch user` and `maskwatch token`: who may use the page and the API."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from maskwatch.errors import UserError

if TYPE_CHECKING:
    from maskwatch.web.access.people import People

user = typer.Typer(no_args_is_help=True, help="Who may sign in to the page.")
token = typer.Typer(no_args_is_help=True, help="API tokens, for programs.")

Option = typer.Option
Config = Annotated[Path | None, Option(metavar="SITE.TOML", help="The site's settings, which name the store.")]
Store = Annotated[Path | None, Option(metavar="FILE", help="The store, if there are no settings.")]


@user.command("add")
def add_user(
    name: str,
    role: Annotated[Literal["viewer", "operator", "admin"], Option(help="What they may do.")] = "viewer",
    config: Config = None,
    store: Store = None,
) -> None:
    """Add a user, or give one another role and password. The password is asked for, or read from standard input."""
    people = _people(config, store)
    from maskwatch.web.access.scopes import Role

    people.put_user(name, Role(role), _password())
    people.note("command line", "added a user", f"{name}, {role}")
    _say(f"{name} may sign in as {role}.")


@user.command("list")
def list_users(config: Config = None, store: Store = None) -> None:
    """List the users."""
    table = Table("user", "role", "since", box=None, pad_edge=False)
    for each in _people(config, store).list_users():
        table.add_row(each.name, each.role, f"{each.created:%Y-%m-%d %H:%M}")
    Console(highlight=False).print(table)


@user.command("remove")
def remove_user(name: str, config: Config = None, store: Store = None) -> None:
    """Remove a user, whose sessions end at once."""
    people = _people(config, store)
    people.remove_user(name)
    people.note("command line", "removed a user", name)
    _say(f"{name} may no longer sign in.")


@token.command("add")
def add_token(
    name: str,
    scope: Annotated[list[str], Option(help="What it may do: read, detect, operate or admin; repeat it for more.")],
    days: Annotated[int | None, Option(min=1, max=3650, help="For how long. Default: until it is removed.")] = None,
    config: Config = None,
    store: Store = None,
) -> None:
    """Make a token. It is shown this once, and kept as its hash alone."""
    people = _people(config, store)
    from maskwatch.web.access.scopes import Scope

    unknown = [each for each in scope if each not in list(Scope)]
    if unknown:
        raise UserError(f"--scope {unknown[0]}: it is one of {', '.join(Scope)}.")
    expires = None if days is None else datetime.now(UTC) + timedelta(days=days)
    text = people.add_token(name, {Scope(each) for each in scope}, expires)
    people.note("command line", "added a token", f"{name}: {', '.join(scope)}")
    print(text)


@token.command("list")
def list_tokens(config: Config = None, store: Store = None) -> None:
    """List the tokens, without what is secret of them."""
    table = Table("token", "may", "since", "until", box=None, pad_edge=False)
    for each in _people(config, store).list_tokens():
        until = f"{each.expires:%Y-%m-%d}" if each.expires else "removed"
        table.add_row(each.name, ", ".join(sorted(each.scopes)), f"{each.created:%Y-%m-%d %H:%M}", until)
    Console(highlight=False).print(table)


@token.command("remove")
def remove_token(name: str, config: Config = None, store: Store = None) -> None:
    """Remove a token, which opens nothing from then on."""
    people = _people(config, store)
    people.remove_token(name)
    people.note("command line", "removed a token", name)
    _say(f"The token {name} opens nothing any more.")


def _people(config: Path | None, store: Path | None) -> "People":
    from maskwatch.cli.extras import require_extra

    for module in ("pydantic", "sqlalchemy"):
        require_extra(module, "watch")
    require_extra("argon2", "web")
    from maskwatch.config import Site, load_site
    from maskwatch.web.access.people import People

    if config is not None and store is not None:
        raise UserError("--config and --store: the settings name the store; give one of them.")
    path = load_site(config).store if config is not None else store or Site.model_fields["store"].default
    return People(path)


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _say(words: str) -> None:
    Console(highlight=False, soft_wrap=True).print(words, markup=False)
