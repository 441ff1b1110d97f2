"""Checking labelled sets: everything that reading, looking and comparing can find, in one report."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maskwatch.data.check_anchors import AnchorFit, anchor_faults
from maskwatch.data.check_boxes import box_faults
from maskwatch.data.check_classes import class_faults
from maskwatch.data.check_pair import pair_faults
from maskwatch.data.check_pictures import Look, look_at_pictures
from maskwatch.data.check_repeats import near_in_both, repeat_faults
from maskwatch.data.faults import Fault, ReadResult, Severity
from maskwatch.data.gathering import FaultList
from maskwatch.data.options import Progress, counted, unwatched


@dataclass(frozen=True)
class CheckedSet:
    """One set, all its faults, and what a look at each of its pictures gave, in the order of the samples."""

    path: Path
    result: ReadResult
    faults: list[Fault]
    looks: list[Look]

    @property
    def contents(self) -> dict[str, Path]:
        """A picture for each content (SHA-256) in the set."""
        return {look.digest: look.picture for look in reversed(self.looks) if look.digest}

    @property
    def class_counts(self) -> Counter[str]:
        """Boxes by class name, the most frequent first."""
        counts = Counter(label for sample in self.result.samples for label in sample.labels)
        return Counter(dict(counts.most_common()))

    @property
    def without_boxes(self) -> int:
        return sum(not sample.labels for sample in self.result.samples)

    def to_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "path": str(self.path),
            "format": self.result.format,
            "why": self.result.why,
            "pictures": len(self.result.samples),
            "pictures_without_boxes": self.without_boxes,
            "boxes": sum(self.class_counts.values()),
            "classes": dict(self.class_counts),
            "faults": [fault.to_record() for fault in self.faults],
        }


def check_set(path: Path, result: ReadResult, fit: AnchorFit, progress: Progress = unwatched) -> CheckedSet:
    """Find every fault of one set that has been read; `progress` is told of each picture looked at."""
    found = FaultList()
    looks = look_at_pictures(result.samples, progress)
    found.add(look.fault for look in looks if look.fault)
    for sample in counted(result.samples, "Looking at boxes", progress):
        found.add([*box_faults(sample), *anchor_faults(sample, fit)])
    found.add(class_faults(path, result.samples, result.class_names))
    found.add(repeat_faults(result.samples, looks))
    return CheckedSet(path, result, [*result.faults, *found.all()], looks)


def compare_sets(training: CheckedSet, validation: CheckedSet) -> list[Fault]:
    """What is wrong between a training and a validation set."""
    by_name_and_content = pair_faults(
        training.path,
        validation.path,
        (training.class_counts, validation.class_counts),
        (training.contents, validation.contents),
    )
    return [*by_name_and_content, *near_in_both(training.looks, validation.looks)]


def has_faults(faults: list[Fault]) -> bool:
    """Whether a set is anything but clean; warnings leave it so."""
    return any(fault.severity is not Severity.WARNING for fault in faults)
