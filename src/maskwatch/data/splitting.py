"""Cutting a set into parts of chosen shares that are alike: the same mix of classes, sources and empty pictures.

Groups of near-duplicates are never torn apart. Groups are dealt out one by one, those with the most of what is
rare first, each to the part whose counts it brings nearest to what they should be; then each is moved while a
move brings the parts nearer still. (Sechidis, Tsoumakas and Vlahavas 2011 deal by the rarest label alone; with
groups and crowds of faces the sum over all labels does better.)
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwatch.data.samples import Sample
from maskwatch.errors import UserError

Doubles = NDArray[np.float64]

_MOST_PASSES = 20
_SHARES_TO = 1e-6


@dataclass(frozen=True)
class Grouped:
    """A set ready to be cut.

    Attributes:
        samples: all of it.
        groups: indices of samples that must stay together; each index once.
        digests: of the samples' pictures: by these groups are put in order, so that the cut depends on the
            pictures and not on their names or places.
    """

    samples: Sequence[Sample]
    groups: Sequence[Sequence[int]]
    digests: Sequence[str]


def parse_shares(text: str) -> dict[str, float]:
    """`train=0.8,val=0.2` as shares by name.

    Raises:
        UserError: for anything else, for shares that are not above 0 and do not add up to 1, and for names that
            are no plain names of folders.
    """
    shares: dict[str, float] = {}
    for pair in text.split(","):
        name, _, share = (part.strip() for part in pair.partition("="))
        try:
            value = float(share)
        except ValueError:
            value = 0.0
        if not name or not 0 < value < 1:
            raise UserError(f"--into: {pair!r} is not of the form name=share, as train=0.8 is.")
        if name in shares or name in (".", "..") or "/" in name or "\\" in name:
            raise UserError(f"--into: {name!r} is there twice or cannot name a folder.")
        shares[name] = value
    if len(shares) < 2 or abs(sum(shares.values()) - 1) > _SHARES_TO:
        raise UserError(f"--into {text}: give two parts or more whose shares add up to 1.")
    return shares


def split(grouped: Grouped, shares: Mapping[str, float], seed: int = 0) -> dict[str, list[int]]:
    """Indices of the samples of each part, in the order of the samples.

    The same pictures, shares and seed always give the same parts; another seed gives others.
    """
    order = sorted(range(len(grouped.groups)), key=lambda g: min(grouped.digests[i] for i in grouped.groups[g]))
    counts = _counts(grouped.samples, [grouped.groups[g] for g in order])
    wanted = np.array(list(shares.values()))
    chosen = _refined(counts, wanted, _dealt(counts, wanted, np.random.default_rng(seed)))
    parts: dict[str, list[int]] = {name: [] for name in shares}
    for group, part in zip(order, chosen.tolist(), strict=True):
        parts[list(shares)[part]] += grouped.groups[group]
    return {name: sorted(indices) for name, indices in parts.items()}


def _counts(samples: Sequence[Sample], groups: Sequence[Sequence[int]]) -> Doubles:
    """How much of everything each group has, as a share of what there is: (groups, things)."""
    of_groups = [Counter(thing for index in group for thing in _things(samples[index])) for group in groups]
    # In one order whatever the samples' order: sums of fractions depend on theirs.
    columns = {thing: column for column, thing in enumerate(sorted(set().union(*of_groups)))}
    counts = np.zeros((len(groups), len(columns)))
    for row, things in enumerate(of_groups):
        for thing, count in things.items():
            counts[row, columns[thing]] = count
    return np.asarray(counts / counts.sum(axis=0))


def _things(sample: Sample) -> list[tuple[str, str]]:
    """What is to be spread evenly: pictures, boxes of each class, pictures with each class, of each source."""
    boxes = [("boxes", label) for label in sample.labels]
    holding = [("pictures with", label) for label in dict.fromkeys(sample.labels)] or [("pictures", "without boxes")]
    return [("pictures", "all"), ("source", sample.database), *boxes, *holding]


def _dealt(counts: Doubles, wanted: Doubles, random: np.random.Generator) -> NDArray[np.int64]:
    """The part of each group, (groups,): large and rare ones first, in random order among their like."""
    size = np.floor(np.log2(counts.sum(axis=1) + 1e-12))
    shuffled = random.permutation(len(counts))
    order = shuffled[np.argsort(-size[shuffled], kind="stable")]
    chosen = np.zeros(len(counts), np.int64)
    have = np.zeros((len(wanted), counts.shape[1]))
    for group in order.tolist():
        chosen[group] = _cost(counts[group], have, wanted).argmin()
        have[chosen[group]] += counts[group]
    return chosen


def _refined(counts: Doubles, wanted: Doubles, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each group moved to where it fits better, until none does."""
    have = np.stack([counts[chosen == part].sum(axis=0) for part in range(len(wanted))])
    for _ in range(_MOST_PASSES):
        moved = False
        for group, count in enumerate(counts):
            old = int(chosen[group])
            have[old] -= count
            cost = _cost(count, have, wanted)
            new = int(cost.argmin()) if cost.min() < cost[old] - 1e-12 else old
            have[new] += count
            chosen[group] = new
            moved |= new != old
        if not moved:
            break
    return chosen


def _cost(count: Doubles, have: Doubles, wanted: Doubles) -> Doubles:
    """By how much the squared relative errors of all shares grow if a group goes to each part: (parts,)."""
    over = have - wanted[:, None]
    return np.asarray(((2 * over + count) * count / wanted[:, None]).sum(axis=1))
