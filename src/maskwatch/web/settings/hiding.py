"""Secrets in cameras' addresses: kept in `secrets.toml` alone, and never read back to anybody."""

import os
import re
import stat
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import tomlkit
from tomlkit.toml_document import TOMLDocument

from maskwatch.config.secrets import SECRETS_FILE
from maskwatch.files import replacing
from maskwatch.pictures.video import is_stream_address

_NOT_IN_NAMES = re.compile(r"[^A-Z0-9]+")
_OWNER_ONLY = stat.S_IRUSR | stat.S_IWUSR


def has_secret(address: str) -> bool:
    """Whether an address may hold a password: before the `@`, in the query, or, as some makers want it, in the path."""
    return is_stream_address(address) and "${" not in address and any(mark in address for mark in "@?=")


@dataclass
class Hidden:
    """Addresses that are written as `${NAME}`, by camera, and what is added to `secrets.toml` for that."""

    folder: Path
    added: dict[str, str] = field(default_factory=dict)

    def reference(self, camera: str, address: str) -> str:
        """What stands in the settings in place of an address."""
        if not has_secret(address):
            return address
        taken = {**self._known(), **self.added}
        first = name = f"{_NOT_IN_NAMES.sub('_', camera.upper()).strip('_') or 'CAMERA'}_ADDRESS"
        number = 2
        while taken.get(name, address) != address or name in os.environ:
            name, number = f"{first}_{number}", number + 1
        if name not in taken:
            self.added[name] = address
        return f"${{{name}}}"

    def without_secrets(self, document: TOMLDocument) -> TOMLDocument:
        """A copy of the settings in which every address with a password is a reference."""
        copy = deepcopy(document)
        cameras = copy.get("cameras")
        for camera in cameras if isinstance(cameras, list) else ():
            address = camera.get("address")
            if isinstance(address, str) and has_secret(address):
                camera["address"] = self.reference(str(camera.get("name", "")), str(address))
        return copy

    def write(self) -> None:
        """Add what is new to `secrets.toml`, which only its owner may read; before any settings refer to it."""
        if not self.added:
            return
        path = self.folder / SECRETS_FILE
        document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
        for name, value in self.added.items():
            document[name] = value
        with replacing(path, _OWNER_ONLY) as temporary:
            temporary.write_text(tomlkit.dumps(document), encoding="utf-8")

    def _known(self) -> Mapping[str, str]:
        path = self.folder / SECRETS_FILE
        return tomlkit.parse(path.read_text(encoding="utf-8")).unwrap() if path.exists() else {}
