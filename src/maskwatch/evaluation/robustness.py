"""How much of its average precision a detector keeps when pictures get worse."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from maskwatch.data.samples import Sample
from maskwatch.detections import Detect, Detections
from maskwatch.evaluation import corruptions
from maskwatch.evaluation.average_precision import class_average_precisions, mean_average_precision
from maskwatch.evaluation.collecting import collect
from maskwatch.evaluation.corruptions import Change
from maskwatch.evaluation.matching import match
from maskwatch.evaluation.rules import HOUSE, Rule
from maskwatch.pictures.opening import open_picture
from maskwatch.pictures.preprocessing import Pixels


@dataclass(frozen=True)
class Condition:
    """One thing that goes wrong, at one strength; `label` says both for people."""

    name: str
    label: str
    strength: float
    change: Change

    def apply(self, picture: Pixels, sample: Sample, seed: int = 0) -> tuple[Pixels, Sample]:
        """The picture as this condition leaves it, and its sample with the faces where they now are.

        Chance depends on the seed, the condition and the picture's name alone, so that every detector sees the
        same pixels whatever else is measured.
        """
        random = np.random.default_rng([seed, zlib.crc32(f"{self.label} {sample.picture.name}".encode())])
        changed, boxes = self.change(picture, sample.boxes, self.strength, random)
        height, width = changed.shape[:2]
        return changed, replace(sample, boxes=boxes, width=width, height=height)


def _graded(name: str, change: Change, label: str, *strengths: float) -> tuple[Condition, ...]:
    return tuple(Condition(name, label.format(strength), strength, change) for strength in strengths)


CONDITIONS = (
    *_graded("blur", corruptions.blur, "sigma {:g} px of 640", 1, 2, 4),
    *_graded("noise", corruptions.noise, "sigma {:g} of 255", 15, 30, 60),
    *_graded("darkness", corruptions.darkness, "{:g} stops", 2, 4, 6),
    *_graded("JPEG", corruptions.jpeg, "quality {:g}", 40, 20, 8),
    *_graded("low resolution", corruptions.low_resolution, "1/{:g}", 2, 4, 8),
    *_graded("grey", corruptions.grey, "no colour", 1),
    *_graded("rotation", corruptions.rotation, "{:g} degrees", 10, 20, 40),
    *_graded("partial cover", corruptions.cover, "{:.0%} of the width", 0.2, 0.35, 0.5),
)


@dataclass(frozen=True)
class Kept:
    """AP under one condition, None without truth, and the share of the AP of the untouched pictures."""

    condition: str
    strength: str
    ap: float | None
    share: float | None


def measure_robustness(
    samples: Sequence[Sample],
    detect: Detect,
    class_names: Sequence[str],
    plain_ap: float | None,
    *,
    conditions: Sequence[Condition] = CONDITIONS,
    rule: Rule = HOUSE,
    batch_size: int = 1,
    seed: int = 0,
    on_picture: Callable[[], object] = lambda: None,
) -> tuple[Kept, ...]:
    """AP under every condition; each picture is decoded once.

    Args:
        samples: labelled pictures.
        detect: must give detections down to `rule.minimum_score`.
        class_names: the detector's K classes.
        plain_ap: AP on the pictures as they are, against which the shares are taken.
        conditions: in the order wanted.
        rule: as for the plain AP.
        batch_size: changed pictures handed to `detect` at a time.
        seed: of noise, directions and covers.
        on_picture: called after each picture, for a progress bar.
    """
    judged: list[tuple[list[Sample], list[Detections]]] = [([], []) for _ in conditions]
    for sample in samples:
        picture = open_picture(sample.picture)
        for start in range(0, len(conditions), batch_size):
            batch = [each.apply(picture, sample, seed) for each in conditions[start : start + batch_size]]
            found = detect([pixels for pixels, _ in batch])
            for place, (_, changed), detections in zip(range(start, len(conditions)), batch, found, strict=False):
                judged[place][0].append(changed)
                judged[place][1].append(detections)
        on_picture()
    aps = [_average_precision(*each, class_names, rule) for each in judged]
    return tuple(_kept(condition, ap, plain_ap) for condition, ap in zip(conditions, aps, strict=True))


def _average_precision(
    samples: Sequence[Sample], detections: Sequence[Detections], class_names: Sequence[str], rule: Rule
) -> float | None:
    run = collect(samples, detections, class_names)
    return mean_average_precision(class_average_precisions(match(run, rule), run.table))


def _kept(condition: Condition, ap: float | None, plain_ap: float | None) -> Kept:
    share = ap / plain_ap if ap is not None and plain_ap else None
    return Kept(condition.name, condition.label, ap, share)
