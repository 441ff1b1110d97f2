"""What `maskwatch evaluate` is asked for, and what of it can be refused before minutes are spent."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maskwatch.cli.dropped import tell_dropped
from maskwatch.data.options import AS_WRITTEN, Convention, Reading
from maskwatch.data.reading import require_set
from maskwatch.data.samples import Sample
from maskwatch.data.selecting import listed, read_sums
from maskwatch.errors import UserError
from maskwatch.evaluation.coco_ap import require_coco
from maskwatch.evaluation.rules import Rule

STANDARD_OUTPUT = "-"


@dataclass(frozen=True)
class DataAsked:
    """Which labelled pictures, and how to read them; the fields are the command's options."""

    path: Path
    format: str
    mapping: Mapping[str, str]
    classes: Path | None
    listed: tuple[Path, ...]
    convention: Convention = AS_WRITTEN

    def samples(self) -> list[Sample]:
        reading = Reading(convention=self.convention)
        read = require_set(self.path, format=self.format, mapping=self.mapping, classes=self.classes, reading=reading)
        tell_dropped(read)
        if not self.listed:
            return read.samples
        chosen = listed(read.samples, frozenset().union(*map(read_sums, self.listed)))
        if not chosen:
            raise UserError(f"--listed: none of the {len(read.samples)} pictures of {self.path} is in the list.")
        return chosen


@dataclass(frozen=True)
class EvaluateRequest:
    """What was asked for beside the detector; the fields are the command's options."""

    data: DataAsked
    only: tuple[str, ...]
    score: float | None
    rule: Rule
    coco: bool
    backgrounds: Path | None
    robust: bool
    json: str | None
    batch: int = 1

    def check(self) -> None:
        """Say what cannot be done before minutes are spent on it."""
        if self.score is not None and self.score < self.rule.minimum_score:
            raise UserError(
                f"--score {self.score:g}: the rule {self.rule.name} does not look at detections below "
                f"{self.rule.minimum_score:g}."
            )
        if self.json not in (None, STANDARD_OUTPUT) and Path(self.json or "").is_dir():
            raise UserError(f"--json {self.json}: a folder; name a file in it.")
        if self.coco:
            require_coco()
