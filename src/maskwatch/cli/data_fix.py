"""What `maskwatch data check --fix` does: a repaired copy of a set beside it, and what is left to a person."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maskwatch.cli.data_options import plain_console
from maskwatch.data.check import CheckedSet, check_set
from maskwatch.data.check_anchors import AnchorFit
from maskwatch.data.faults import Fault, ReadResult, Severity, printable
from maskwatch.data.mending import SWAPPED, left_out, mend, swapped
from maskwatch.data.options import Progress
from maskwatch.data.reading import read_samples
from maskwatch.data.writing.sets import write_samples
from maskwatch.errors import UserError


@dataclass(frozen=True)
class Repair:
    """A repaired copy.

    Attributes:
        folder: where it lies.
        done: how much of each kind was put right.
        pictures_left_out: those of the set that lost labels, or whose labels cannot be trusted.
        after: the copy, checked anew.
    """

    folder: Path
    done: Counter[str]
    pictures_left_out: list[Path]
    after: CheckedSet

    @property
    def left_to_do(self) -> list[Fault]:
        return [fault for fault in self.after.faults if fault.severity is not Severity.WARNING]

    def to_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "folder": str(self.folder),
            "done": dict(self.done),
            "pictures_left_out": [str(picture) for picture in self.pictures_left_out],
            "after": self.after.to_record(),
        }


def refuse_fix(path: Path, val: Path | None, folder: Path) -> None:
    """Raise UserError where two sets are asked for, or where the copy would become part of the set."""
    if val:
        raise UserError("--fix mends one set at a time: leave --val out, then mend the other.")
    own, other = path.resolve(), folder.resolve()
    within = own if own.is_dir() else own.parent
    if other == within or within in other.parents:
        raise UserError(f"--fix {folder}: lies in the set itself; give a folder beside it.")


def repair(checked: CheckedSet, mending: ReadResult, folder: Path, fit: AnchorFit, progress: Progress) -> Repair:
    """Write the copy.

    Args:
        checked: the set as it is.
        mending: the set read with `Reading(mending=True)`.
        folder: where to; nothing in it is overwritten.
    """
    samples, done = mend(mending.samples, checked.looks)
    if not samples:
        raise UserError(f"{checked.path}: no picture in it can be put right without a person; nothing is written.")
    before = checked.result.samples
    done[SWAPPED] = swapped(before, mending.samples)
    write_samples(samples, folder, format=mending.format, class_names=mending.class_names, progress=progress)
    after = check_set(folder, read_samples(folder, format=mending.format), fit, progress)
    return Repair(folder, +done, left_out(before, mending.samples), after)


def print_repair(result: Repair) -> None:
    """What was done, what was left out, and what is left to do."""
    console = plain_console()
    pictures = len(result.after.result.samples)
    console.print(f"Repaired copy in {printable(str(result.folder))}: pictures {pictures}.")
    for what, count in sorted(result.done.items()):
        console.print(f"  {what}: {count}")
    for picture in result.pictures_left_out:
        console.print(f"  left out: {printable(str(picture))}")
    for fault in result.left_to_do:
        console.print(f"  left to you: {fault}")
