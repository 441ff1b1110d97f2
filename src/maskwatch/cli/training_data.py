"""What `maskwatch train` learns from and is measured on, read as asked for."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maskwatch.cli.dropped import tell_dropped
from maskwatch.cli.train_request import TrainRequest
from maskwatch.data.classes import parse_map
from maskwatch.data.options import CONVENTIONS, Reading
from maskwatch.data.reading import require_set
from maskwatch.data.samples import Origin, Sample
from maskwatch.data.selecting import not_listed, read_sums
from maskwatch.errors import UserError
from maskwatch.pictures.opening import PICTURE_SUFFIXES, picture_size
from maskwatch.training import defaults


@dataclass(frozen=True)
class TrainingData:
    """Samples to learn from, samples to be measured on (none without `--val`), and the K classes of the first."""

    samples: list[Sample]
    judged: list[Sample]
    class_names: tuple[str, ...]

    @property
    def summary(self) -> dict[str, int]:
        """What a model says of its training data."""
        return {"pictures": len(self.samples), "boxes": sum(len(sample.labels) for sample in self.samples)}


def read_training_data(request: TrainRequest) -> TrainingData:
    """Everything that the run needs; raises UserError for data that cannot be trained or measured on."""
    samples = [sample for path in request.data.data for sample in _read(path, request)]
    for listing in request.data.leave_out:
        samples = not_listed(samples, read_sums(listing))
    class_names = defaults.class_names_of(samples)
    if not class_names:
        raise UserError(f"--leave-out leaves no picture with a box of {', '.join(map(str, request.data.data))}.")
    judged = [sample for path in request.data.val for sample in _read(path, request)]
    defaults.require_classes(judged, class_names, "--val")
    backgrounds = [sample for folder in request.data.backgrounds for sample in read_backgrounds(folder)]
    return TrainingData(samples + backgrounds, judged, class_names)


def _read(path: Path, request: TrainRequest) -> list[Sample]:
    asked = request.data
    read = require_set(
        path,
        format=asked.format,
        mapping=parse_map(asked.map),
        classes=asked.classes,
        reading=Reading(convention=CONVENTIONS[asked.convention]),
    )
    tell_dropped(read)
    return read.samples


def read_backgrounds(folder: Path) -> list[Sample]:
    """All pictures below a folder as samples without boxes; raises UserError where there is none."""
    pictures = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
    if not pictures:
        raise UserError(f"--backgrounds {folder}: there is no picture in it.")
    return [_background(picture) for picture in pictures]


def _background(picture: Path) -> Sample:
    width, height = picture_size(picture)
    none = np.zeros((0, 4), np.float32)
    return Sample(picture, width, height, none, (), np.zeros(0, bool), Origin(picture))
