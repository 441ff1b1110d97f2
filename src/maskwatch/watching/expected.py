"""Events as a site expects them of a recording, in a JSON file, and how the ones that came differ."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from maskwatch.errors import UserError
from maskwatch.watching.nouns import Event, EventKind


@dataclass(frozen=True)
class Occurrence:
    """An event by the recording's own clock: seconds from its beginning."""

    kind: str
    rule: str
    zone: str | None
    began_s: float
    ended_s: float

    def record(self) -> dict[str, Any]:
        return asdict(self)

    def is_like(self, other: "Occurrence", tolerance_s: float) -> bool:
        """Whether it is the same event at the same time, as near as that is asked for."""
        same = (self.kind, self.rule, self.zone) == (other.kind, other.rule, other.zone)
        apart_s = max(abs(self.began_s - other.began_s), abs(self.ended_s - other.ended_s))
        return same and apart_s <= tolerance_s


def occurrence_of(event: Event, start: datetime) -> Occurrence:
    """An event that is over, of a recording taken to begin at `start`."""
    began_s = (event.began - start).total_seconds()
    rule = str(event.details.get("rule", ""))
    return Occurrence(event.kind, rule, event.zone, round(began_s, 3), round(began_s + (event.duration_s or 0.0), 3))


def read_expected(path: Path) -> list[Occurrence]:
    """The events of a file that `maskwatch replay --json` wrote; a list of events alone will do too.

    Raises:
        UserError: for anything else.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        events = record["events"] if isinstance(record, dict) else record
        return [_occurrence(number, each) for number, each in enumerate(events, start=1)]
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file; make one with: maskwatch replay ... --json > {path}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: not the events of a replay ({error}).") from error


def _occurrence(number: int, record: dict[str, Any]) -> Occurrence:
    try:
        kind, zone = EventKind(record["kind"]), record.get("zone")
        times = float(record["began_s"]), float(record["ended_s"])
        return Occurrence(kind, str(record["rule"]), zone if zone is None else str(zone), *times)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"event {number}: {error}") from error


@dataclass(frozen=True)
class Difference:
    """Events that were expected and did not come, and events that came unexpected."""

    missing: Sequence[Occurrence]
    unexpected: Sequence[Occurrence]

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected)


def compare(expected: Sequence[Occurrence], found: Sequence[Occurrence], tolerance_s: float) -> Difference:
    """Pair them one to one, nearest beginnings first."""
    pairs = sorted(
        (abs(wanted.began_s - came.began_s), row, column)
        for row, wanted in enumerate(expected)
        for column, came in enumerate(found)
        if wanted.is_like(came, tolerance_s)
    )
    rows: set[int] = set()
    columns: set[int] = set()
    for _, row, column in pairs:
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
    return Difference(
        [each for row, each in enumerate(expected) if row not in rows],
        [each for column, each in enumerate(found) if column not in columns],
    )
