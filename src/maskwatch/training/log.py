"""The run's CSV log: one row an epoch."""

import csv
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from maskwatch.files import replacing


@dataclass(frozen=True)
class EpochRow:
    """One epoch: losses are means over its steps; `waiting` is the share of time the network waited for data."""

    epoch: int
    step: int
    minutes: float
    learning_rate: float
    class_loss: float
    box_loss: float
    pictures_per_s: float
    waiting: float
    ap: float | None = None


def append_row(path: Path, row: EpochRow) -> None:
    """Add a row; rows from the same epoch on, left by a run that was killed, go."""
    names = [field.name for field in fields(EpochRow)]
    kept = []
    if path.exists():
        with path.open(newline="") as file:
            kept = [old for old in csv.DictReader(file) if int(old["epoch"]) < row.epoch]
    with replacing(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(kept)
        writer.writerow({k: round(v, 5) if isinstance(v, float) else v for k, v in asdict(row).items()})
