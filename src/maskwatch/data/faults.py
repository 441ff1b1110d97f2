"""What is wrong with a labelled set, one record a fault, and what reading a set gives."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from maskwatch.data.samples import Sample


class Severity(StrEnum):
    """What a fault means for the set.

    A `blocking` fault means that labels were lost or cannot be trusted, so nothing is trained or measured on
    the set; a plain `fault` is left out or lived with; a `warning` is told and counts for nothing.
    """

    BLOCKING = "blocking"
    FAULT = "fault"
    WARNING = "warning"


@dataclass(frozen=True)
class Fault:
    """One thing to put right.

    Attributes:
        kind: a short fixed name, `missing-picture` say, by which the summary counts.
        message: what is wrong, without its place.
        file: where it stands.
        line: in that file, from 1; None where the format has no lines or the whole file is meant.
        value: what is written there.
        advice: what to do about it, a sentence.
    """

    kind: str
    message: str
    file: Path
    line: int | None = None
    value: str = ""
    advice: str = ""
    severity: Severity = Severity.FAULT

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        return printable(f"{where}: {self.message} {self.advice}".rstrip())

    def to_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "file": str(self.file), "severity": str(self.severity)}


def printable(text: str) -> str:
    """Text from a file or a file's name, with what would garble a terminal or cannot be encoded escaped."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


@dataclass(frozen=True)
class ReadResult:
    """A set as it was read.

    Attributes:
        samples: one a labelled picture, in the order of their annotations.
        faults: everything found on the way, in the same order.
        format: `voc`, `yolo`, `createml`, `coco` or `csv`.
        why: a sentence saying what was taken for the set and why.
        class_names: the classes that the set declares in a file of its own; empty where it has none.
    """

    samples: list[Sample]
    faults: list[Fault]
    format: str
    why: str
    class_names: tuple[str, ...] = ()
