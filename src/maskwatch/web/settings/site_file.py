"""`site.toml` as the page changes it: comments stay, the old one is kept, and nothing secret is in either."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, InlineTable, Table
from tomlkit.toml_document import TOMLDocument

from maskwatch.files import replacing
from maskwatch.web.settings.hiding import Hidden

# What a page must not change: files, other programs' doors, and what limits the page itself.
FIXED = frozenset(("store", "model", "metrics", "web"))

_TABLES = (dict, Table, InlineTable)


class SiteFile:
    """The file of one site; read anew each time, because people edit it too."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def version(self) -> str:
        """Changes with the file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()[:16]

    @property
    def old(self) -> Path:
        return self.path.with_suffix(".old.toml")

    def raw(self) -> dict[str, Any]:
        """The settings as they stand there, `${NAME}` and all."""
        return tomlkit.parse(self.text()).unwrap()

    def write(self, settings: Mapping[str, Any], hidden: Hidden) -> None:
        """Bring the file to these settings, the old one beside it; all or nothing.

        Args:
            settings: all that the page edits; `FIXED` ones stay as they are.
            hidden: what is secret in old and new, under the names it is kept by.
        """
        document = tomlkit.parse(self.text())
        old = tomlkit.dumps(hidden.without_secrets(document))
        merge(document, dict(settings) | {name: document[name] for name in FIXED if name in document})
        new = tomlkit.dumps(hidden.without_secrets(document))
        hidden.write()  # first, so that nothing refers to what is not there
        self._put(self.old, old)
        self._put(self.path, new)

    def _put(self, path: Path, text: str) -> None:
        with replacing(path, self.path.stat().st_mode & 0o777) as temporary:
            temporary.write_text(text, encoding="utf-8")


def merge(table: TOMLDocument | Table | InlineTable, wanted: Mapping[str, Any]) -> None:
    """Change a table to hold exactly what is wanted; what is so already stays as it is written, comments too."""
    for name in [name for name in table if name not in wanted]:
        del table[name]
    for name, value in wanted.items():
        before = table.get(name)
        if isinstance(before, _TABLES) and isinstance(value, dict):
            merge(before, value)  # type: ignore[arg-type]  # dict stands for both kinds of table
        elif isinstance(before, AoT) and _are_tables(value):
            _merge_tables(table, name, before, value)
        elif before is None or _plain(before) != value:
            table[name] = _tables(value) if _are_tables(value) else value


def _merge_tables(
    parent: TOMLDocument | Table | InlineTable, name: str, before: AoT, wanted: list[dict[str, Any]]
) -> None:
    """Tables are found again by their names; where all are there in their order, they stay where they are."""
    if [table.get("name") for table in before.body] == [value.get("name") for value in wanted]:
        for table, value in zip(before.body, wanted, strict=True):
            merge(table, value)
        return
    named = {str(table.get("name")): table for table in before.body}
    tables = tomlkit.aot()
    for value in wanted:
        known = named.pop(str(value.get("name")), None)
        if known is not None:
            merge(known, value)
        tables.append(_table(value) if known is None else known)
    parent[name] = tables


def _tables(values: list[dict[str, Any]]) -> AoT:
    tables = tomlkit.aot()
    for value in values:
        tables.append(_table(value))
    return tables


def _table(value: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    for name, each in value.items():
        table[name] = _tables(each) if _are_tables(each) and name in ("zones", "lines") else each
    return table


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _plain(value: Any) -> Any:
    return value.unwrap() if hasattr(value, "unwrap") else value
