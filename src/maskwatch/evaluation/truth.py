"""Labelled pictures as arrays in the class order of the model that is judged."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maskwatch.boxes import Floats, Ints
from maskwatch.data.samples import Sample
from maskwatch.errors import UserError


@dataclass(frozen=True)
class ClassTable:
    """The names of a measurement.

    Attributes:
        model: the K classes that the model can find, in its order.
        lacking: classes of the labelled data that the model does not know, in alphabetical order.
    """

    model: tuple[str, ...]
    lacking: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names; a class's number in truths and detections is its place here."""
        return self.model + self.lacking

    def numbers(self, labels: Sequence[str]) -> Ints:
        """Class numbers (N,) int64 of N names; raises KeyError for a name of neither side."""
        places = {name: place for place, name in enumerate(self.names)}
        return np.array([places[label] for label in labels], np.int64)


@dataclass(frozen=True)
class Truth:
    """The labelled faces of one picture: boxes (N, 4) xyxy pixels, class numbers (N,), difficult (N,) bool."""

    boxes: Floats
    classes: Ints
    difficult: np.ndarray


def class_table(samples: Sequence[Sample], class_names: Sequence[str]) -> ClassTable:
    """Set the classes of the data against the model's.

    Raises:
        UserError: when there is no labelled box at all, or no name that both sides know.
    """
    counted = Counter(label for sample in samples for label in sample.labels)
    if not counted:
        raise UserError(
            f"none of the {len(samples)} pictures has a labelled box, so there is nothing to measure; "
            "pictures known to hold no face go to --backgrounds."
        )
    if not counted.keys() & set(class_names):
        raise UserError(
            f"the data's classes ({', '.join(sorted(counted))}) share nothing with the model's "
            f"({', '.join(class_names)}); say which is which, "
            f"--map {min(counted)}={class_names[0] if class_names else 'NAME'},..."
        )
    return ClassTable(tuple(class_names), tuple(sorted(counted.keys() - set(class_names))))


def truth_of(sample: Sample, table: ClassTable) -> Truth:
    """The truth of one picture; a picture without boxes gives (0, 4), (0,) and (0,)."""
    return Truth(sample.boxes, table.numbers(sample.labels), sample.difficult)
