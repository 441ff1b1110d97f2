"""Class names that are slips, rare, unused, or spelt otherwise than the shipped models spell them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from maskwatch.data.check_boxes import box_fault_of
from maskwatch.data.classes import known_as, map_advice, nearest_spelling, probably_meant, same_but_for_writing
from maskwatch.data.faults import Fault, Severity
from maskwatch.data.samples import Sample

# A class with fewer boxes than this is learnt by heart if at all, and cannot be measured.
FEW_BOXES = 20

# A slip of the finger is this much rarer than the name that was meant; two true classes seldom are.
_SLIPS_ARE_RARER = 5


def class_faults(
    path: Path, samples: Sequence[Sample], declared: Sequence[str] = (), few_boxes: int = FEW_BOXES
) -> list[Fault]:
    """Everything to say of the names of a whole set.

    Args:
        path: the set, for faults that are of no single file.
        samples: all of it.
        declared: the names in the set's own class file, if it has one.
        few_boxes: a class with fewer is called rare.
    """
    counts = _counts(samples)
    meant = slips(samples)
    slipped = [
        _slip(sample, index, label, meant[label], counts)
        for sample in samples
        for index, label in enumerate(sample.labels)
        if label in meant
    ]
    return [*slipped, *_of_the_set(path, counts, meant, declared, few_boxes)]


def slips(samples: Sequence[Sample]) -> dict[str, str]:
    """The class names that were probably mistyped, each with the one that was meant."""
    counts = _counts(samples)
    return {name: other for name in counts if (other := _meant(name, counts))}


def _counts(samples: Sequence[Sample]) -> Counter[str]:
    return Counter(label for sample in samples for label in sample.labels)


def _of_the_set(
    path: Path, counts: Counter[str], meant: dict[str, str], declared: Sequence[str], few_boxes: int
) -> list[Fault]:
    if not counts:
        return [Fault("no-boxes", "no picture in it has a box.", path, advice="Label some faces.")]
    faults = []
    unused = [name for name in declared if name not in counts]
    if unused:
        message = f"the class list names {', '.join(map(repr, unused))}, but no box has that class."
        advice = "Take it off the list, or label some."
        faults.append(Fault("unused-class", message, path, None, ", ".join(unused), advice, Severity.WARNING))
    for name, count in counts.items():
        if count < few_boxes and name not in meant:
            message = f"class {name!r} is too rare to be learnt or measured: boxes {count}, of {few_boxes} at least."
            advice = "Label more, or join it to another class by --map."
            faults.append(Fault("rare-class", message, path, None, name, advice, Severity.WARNING))
    advice = map_advice([name for name in counts if name not in meant])
    if advice:
        message = "some of its names are other spellings of those of the shipped models."
        faults.append(Fault("other-spelling", message, path, None, ", ".join(counts), advice, Severity.WARNING))
    return faults


def _meant(name: str, counts: Counter[str]) -> str | None:
    """The name that `name` is a slip of: a much more frequent one of the set, or a usual spelling."""
    rewritten = [other for other in counts if same_but_for_writing(name, other) and _before(other, name, counts)]
    if rewritten:
        return max(rewritten, key=lambda other: counts[other])
    if known_as(name):
        return None
    frequent = [other for other in counts if counts[other] >= _SLIPS_ARE_RARER * counts[name]]
    known = nearest_spelling(name)
    return probably_meant(name, frequent) or (known if known in counts or not _established(name, counts) else None)


def _before(other: str, name: str, counts: Counter[str]) -> bool:
    """Of two ways to write one name the more frequent is right; of equals the first in the alphabet."""
    return (-counts[other], other) < (-counts[name], name)


def _established(name: str, counts: Counter[str]) -> bool:
    """Whether a name has so many boxes that nobody can have typed it by mistake each time."""
    return counts[name] >= FEW_BOXES


def _slip(sample: Sample, index: int, name: str, meant: str, counts: Counter[str]) -> Fault:
    message = f"has the class {name!r}: did you mean {meant!r}?"
    advice = f"Correct it ({counts[name]} boxes have it), or read it so by --map {name}={meant}."
    fault = box_fault_of(sample, index, "misspelt-class", message, advice)
    return Fault(fault.kind, fault.message, fault.file, fault.line, name, advice)
