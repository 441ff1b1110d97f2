"""From `site.toml` to a `Site`: every fault at once, each with its line."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from maskwatch.config.faults import SiteFault, crossed_faults, faults_of
from maskwatch.config.secrets import fill_in, read_secrets
from maskwatch.config.site import Site
from maskwatch.config.toml_lines import Place, line_of, lines_of
from maskwatch.errors import UserError


def initial_site() -> str:
    """The text of a settings file that explains itself, for `--init`."""
    return files("maskwatch.config").joinpath("site.toml").read_text(encoding="utf-8")


def load_site(path: Path, environment: Mapping[str, str] | None = None) -> Site:
    """The settings in a file; paths in it are meant from its folder.

    Args:
        path: the TOML file; `secrets.toml` is looked for beside it.
        environment: where `${NAME}` is looked up first; None is this process's.

    Raises:
        UserError: all faults of the file, each with its line; no secret is repeated.
    """
    text = _read(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: not TOML: {error}.") from None
    site, faults = _validated(raw, path.parent, os.environ if environment is None else environment)
    if site is None or faults:
        raise UserError("\n".join(_shown(path, faults, lines_of(text))))
    return site


def check_site(
    raw: Mapping[str, Any], folder: Path, environment: Mapping[str, str] | None = None
) -> tuple[Site | None, list[SiteFault]]:
    """Settings as a TOML file in that folder would hold them, checked: the site, and all that is wrong with it.

    Raises:
        UserError: for a `secrets.toml` that cannot be used.
    """
    return _validated(deepcopy(dict(raw)), folder, os.environ if environment is None else environment)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file; make one with: maskwatch watch --init {path}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: not a text file in UTF-8.") from None


def _validated(
    raw: dict[str, Any], folder: Path, environment: Mapping[str, str]
) -> tuple[Site | None, list[SiteFault]]:
    faults = [*_fill_in_addresses(raw, folder, environment), *crossed_faults(raw)]
    _resolve_paths(raw, folder)
    try:
        return Site.model_validate(raw), faults
    except ValidationError as error:
        return None, [*faults_of(error, raw), *faults]


def _fill_in_addresses(raw: Mapping[str, Any], folder: Path, environment: Mapping[str, str]) -> Iterator[SiteFault]:
    secrets = read_secrets(folder)
    cameras = raw.get("cameras")
    for number, camera in enumerate(cameras if isinstance(cameras, list) else ()):
        if isinstance(camera, dict) and isinstance(camera.get("address"), str):
            try:
                camera["address"] = _from_folder(fill_in(camera["address"], secrets, environment), folder)
            except ValueError as error:
                yield SiteFault(("cameras", number, "address"), str(error))


def _resolve_paths(raw: dict[str, Any], folder: Path) -> None:
    raw["store"] = folder / store if isinstance(store := raw.get("store", "maskwatch.sqlite"), str) else store
    model = raw.get("model")
    if isinstance(model, str) and model.endswith(".onnx"):
        raw["model"] = str(folder / model)
    web = raw.get("web")
    for name in ("certificate", "key"):
        if isinstance(web, dict) and isinstance(web.get(name), str):
            web[name] = folder / web[name]


def _from_folder(address: str, folder: Path) -> str:
    """Addresses and camera numbers as they are; a file is meant from the folder of the settings."""
    return address if "://" in address or address.isdigit() or address == "demo" else str(folder / address)


def _shown(path: Path, faults: list[SiteFault], lines: Mapping[Place, int]) -> Iterator[str]:
    located = sorted(((line_of(fault.place, lines) or 0, fault) for fault in faults), key=lambda pair: pair[0])
    for line, fault in located:
        where = f"{path}:{line}" if line else f"{path}"
        end = "" if fault.message.endswith("?") else "."
        yield f"{where}: {_dotted(fault.place)}: {fault.message}{end}"


def _dotted(place: Place) -> str:
    """`cameras[1].zones[0].name`, counted from 1 as people do."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")
