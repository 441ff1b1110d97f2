"""Putting right what has one right answer, in samples that were read with `Reading(mending=True)`.

Edges the wrong way round were swapped on reading, and pictures that lost a label were left out. Nothing is
guessed here: two labels for one face, a rare class or a near-duplicate stay for a person.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from maskwatch import boxes as box_math
from maskwatch.data.check_boxes import TOLERANCE_PX, doubled_boxes
from maskwatch.data.check_classes import slips
from maskwatch.data.check_pictures import Look
from maskwatch.data.check_repeats import same_labels
from maskwatch.data.samples import Sample

CUT = "boxes cut at the edge of their picture"
DOUBLED = "doubled boxes taken out"
RENAMED = "misspelt class names corrected"
BROKEN = "pictures that cannot be decoded left out"
SWAPPED = "boxes whose edges were swapped"
TWICE = "pictures that were there twice taken out"


def mend(samples: Sequence[Sample], looks: Sequence[Look]) -> tuple[list[Sample], Counter[str]]:
    """The samples with everything put right that can be, and how much of each kind was done.

    Args:
        samples: read for mending.
        looks: at the pictures of the set; those of pictures that are not among the samples do no harm.
    """
    by_picture = {look.picture: look for look in looks}
    done: Counter[str] = Counter()
    names = slips(samples)
    mended: list[Sample] = []
    first: dict[str, Sample] = {}
    for sample in samples:
        look = by_picture[sample.picture]
        if look.fault:
            done[BROKEN] += 1
            continue
        better = _undoubled(_cut(_renamed(sample, names, done), done), done)
        if same_labels(first.setdefault(look.digest, better), better) and first[look.digest] is not better:
            done[TWICE] += 1
        else:
            mended.append(better)
    return mended, +done


def swapped(before: Sequence[Sample], after: Sequence[Sample]) -> int:
    """How many boxes reading for mending took in that plain reading had to leave out."""
    count = {sample.picture: len(sample.labels) for sample in before}
    return sum(len(sample.labels) - count.get(sample.picture, 0) for sample in after)


def left_out(before: Sequence[Sample], after: Sequence[Sample]) -> list[Path]:
    """The pictures of a set that its mended samples lack."""
    kept = {sample.picture for sample in after}
    return [sample.picture for sample in before if sample.picture not in kept]


def _renamed(sample: Sample, names: Mapping[str, str], done: Counter[str]) -> Sample:
    done[RENAMED] += sum(label in names for label in sample.labels)
    return replace(sample, labels=tuple(names.get(label, label) for label in sample.labels))


def _cut(sample: Sample, done: Counter[str]) -> Sample:
    cut = box_math.clip(sample.boxes, sample.width, sample.height)
    done[CUT] += int((np.abs(cut - sample.boxes).max(axis=1, initial=0) > TOLERANCE_PX).sum())
    return _only(replace(sample, boxes=cut), box_math.area(cut) > 0)


def _undoubled(sample: Sample, done: Counter[str]) -> Sample:
    """Without boxes that lie on an earlier one of the same class."""
    kept = np.ones(len(sample.labels), bool)
    for label in dict.fromkeys(sample.labels):
        own = np.flatnonzero(np.array(sample.labels) == label)
        kept[[own[index] for index, _, _ in doubled_boxes(sample.boxes[own])]] = False
    done[DOUBLED] += int((~kept).sum())
    return _only(sample, kept)


def _only(sample: Sample, kept: np.ndarray) -> Sample:
    """The sample with some of its boxes, a mark (N,) bool for each."""
    if kept.all():
        return sample
    chosen = np.flatnonzero(kept).tolist()
    return replace(
        sample,
        boxes=sample.boxes[chosen],
        labels=tuple(sample.labels[index] for index in chosen),
        difficult=sample.difficult[chosen],
        box_lines=tuple(sample.box_lines[index] for index in chosen) if sample.box_lines else (),
    )
