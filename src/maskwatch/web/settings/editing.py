"""Changes that the page wants in the settings: checked field by field, then written."""

import os
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from maskwatch.config import Site, check_site
from maskwatch.watching.camera.address import without_secrets
from maskwatch.web.models import FieldFault
from maskwatch.web.problems import ProblemError
from maskwatch.web.settings.addresses import refusal
from maskwatch.web.settings.hiding import Hidden, has_secret
from maskwatch.web.settings.site_file import FIXED, SiteFile

# What a camera has on the page beside its settings.
_OF_PAGE = ("address_shown", "address_hidden", "was")


def shown(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as the page may see them: no address with a password, and plain values of JSON."""
    told = {name: _plain(value) for name, value in settings.items()}
    told["cameras"] = [_shown_camera(camera) for camera in told.get("cameras", [])]
    return told


def change(file: SiteFile, version: str, wanted: Mapping[str, Any], site: Site) -> Site:
    """Bring the settings file to what is wanted, and give what it says then.

    Args:
        file: of the site.
        version: of the file that the changes were made to.
        wanted: all settings that the page edits, in the shape that `shown` gives.
        site: the settings in force.

    Raises:
        ProblemError: 412 if the file has changed meanwhile, 422 with a fault for each field.
    """
    if file.version() != version:
        raise ProblemError(412, "The settings have been changed meanwhile; load them again.")
    raw = file.raw()
    faults = [FieldFault(field=name, message="is changed in site.toml only") for name in wanted if name in FIXED]
    hidden = Hidden(file.path.parent)
    settings = _without_none({name: value for name, value in wanted.items() if name not in FIXED})
    if isinstance(settings.get("cameras"), list):
        settings["cameras"] = _with_addresses(settings["cameras"], raw, hidden, site, faults)
    fixed = {name: value for name, value in raw.items() if name in FIXED}
    environment = os.environ | hidden.added
    checked, found = check_site(settings | fixed, file.path.parent, environment)
    faults += [FieldFault(field=".".join(map(str, fault.place)), message=fault.message) for fault in found]
    if faults or checked is None:
        raise ProblemError(422, "The settings are not written: " + _first(faults), faults)
    file.write(settings, hidden)
    return checked.model_copy(update={name: getattr(site, name) for name in FIXED})


def _with_addresses(
    cameras: list[Any], raw: Mapping[str, Any], hidden: Hidden, site: Site, faults: list[FieldFault]
) -> list[Any]:
    """Cameras with the addresses that the file is to hold: as before where none is given, else a checked one."""
    before = {camera.get("name"): camera.get("address") for camera in raw.get("cameras", [])}
    done: list[Any] = []
    for number, camera in enumerate(cameras):
        names = [camera.get("name"), camera.get("was", "")] if isinstance(camera, dict) else [None]
        if not all(isinstance(name, str) for name in names):
            done.append(camera)  # named by the check that follows
            continue
        name, old = camera["name"], before.get(camera.get("was", camera["name"]))
        kept = {key: value for key, value in camera.items() if key not in _OF_PAGE}
        address = kept.setdefault("address", old)
        if address is None:
            del kept["address"]
        elif address != old and isinstance(address, str):
            if words := _refused(address, site):
                faults.append(FieldFault(field=f"cameras.{number}.address", message=words))
            else:
                kept["address"] = hidden.reference(name, address)
        done.append(kept)
    return done


def _refused(address: str, site: Site) -> str | None:
    if "${" in address:
        return "an address from the page is written out; the page keeps its password secret"
    return refusal(address, site.web.camera_networks)


def _shown_camera(camera: dict[str, Any]) -> dict[str, Any]:
    address = camera.get("address")
    if not isinstance(address, str) or not (has_secret(address) or "${" in address):
        return camera | {"address_hidden": False}
    rest = {name: value for name, value in camera.items() if name != "address"}
    return rest | {"address_shown": without_secrets(address).partition("${")[0], "address_hidden": True}


def _without_none(value: Any) -> Any:
    """TOML has no word for nothing: what is nothing is not there."""
    if isinstance(value, dict):
        return {name: _without_none(each) for name, each in value.items() if each is not None}
    return [_without_none(each) for each in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return value.isoformat() if isinstance(value, date) else value


def _first(faults: list[FieldFault]) -> str:
    return f"{faults[0].field}: {faults[0].message}." if faults else "they are not valid."
