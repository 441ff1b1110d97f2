"""Pictures that come twice in a set, the very same or nearly."""

from collections.abc import Iterable, Sequence

from maskwatch.data.check_pictures import Look
from maskwatch.data.faults import Fault, Severity
from maskwatch.data.near_duplicates import groups_of, near_pairs
from maskwatch.data.samples import Sample

TWICE = "picture-twice"

_NAMED = 3


def repeat_faults(samples: Sequence[Sample], looks: Sequence[Look]) -> list[Fault]:
    """A fault for each picture that is there before, and a warning for each group that is nearly the same."""
    first: dict[str, Sample] = {}
    faults, kept = [], []
    for sample, look in zip(samples, looks, strict=True):
        other = first.setdefault(look.digest, sample) if look.digest else sample
        if other is sample:
            kept.append(look)
        else:
            faults.append(_twice(sample, other))
    groups = [[kept[index] for index in group] for group in groups_of([look.bits for look in kept])]
    return [*faults, *(_near(group) for group in groups if len(group) > 1)]


def near_in_both(looks: Sequence[Look], val_looks: Sequence[Look]) -> list[Fault]:
    """A fault for each validation picture that is nearly, but not exactly, one of training."""
    digests = {look.digest for look in looks}
    mine = list(looks) + [look for look in val_looks if look.digest not in digests]
    near: dict[int, Look] = {}
    for a, b in near_pairs([look.bits for look in mine]):
        if a < len(looks) <= b:
            near.setdefault(b, mine[a])
    return [_in_both(mine[index], near[index]) for index in sorted(near)]


def same_labels(sample: Sample, other: Sample) -> bool:
    """Whether two samples say the same of their pictures."""
    return (
        sample.labels == other.labels
        and sample.boxes.tolist() == other.boxes.tolist()
        and sample.difficult.tolist() == other.difficult.tolist()
    )


def _twice(sample: Sample, first: Sample) -> Fault:
    as_what = "labelled the same" if same_labels(sample, first) else "labelled otherwise"
    message = f"the very same picture is {first.picture}, {as_what}."
    return Fault(TWICE, message, sample.picture, value=first.picture.name, advice="Take one of the two out.")


def _near(group: Sequence[Look]) -> Fault:
    others = _names(look.picture.name for look in group[1:])
    message = f"nearly the same picture is {others}."
    advice = "Keep them on one side when you split the set, as `maskwatch data split` does."
    return Fault("near-duplicates", message, group[0].picture, None, others, advice, Severity.WARNING)


def _in_both(look: Look, other: Look) -> Fault:
    message = f"nearly the same picture is {other.picture} in the training set."
    advice = "Take it out of one of the two, or the validation flatters."
    return Fault("near-duplicate-in-both", message, look.picture, value=other.picture.name, advice=advice)


def _names(names: Iterable[str]) -> str:
    all_names = list(names)
    more = len(all_names) - _NAMED
    return ", ".join(all_names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
