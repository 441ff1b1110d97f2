"""Between the rows of the store and the nouns of the watch."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from maskwatch.watching.nouns import Crossing, Event, EventKind, Passage, State

# Columns that only the store knows of, for the nouns that have no id of their own.
_OWN = frozenset(("number", "id", "run"))


def row_of(what: Event | Passage | Crossing, run: str, number: str) -> dict[str, Any]:
    """The columns of a noun; `number` is the id of what has none."""
    return {"id": number, **asdict(what), "run": run}


def event_of(row: Mapping[str, Any]) -> Event:
    values = {name: value for name, value in row.items() if name not in ("number", "run", "mark")}
    return Event(**{**values, "kind": EventKind(values["kind"])})


def passage_of(row: Mapping[str, Any]) -> Passage:
    return Passage(**_values(row))


def crossing_of(row: Mapping[str, Any]) -> Crossing:
    return Crossing(**_values(row))


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: State(value) if name == "state" else value for name, value in row.items() if name not in _OWN}
