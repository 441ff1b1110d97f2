"""From samples to batches: augmented, matched and stacked by several processes."""

import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from maskwatch.anchors import AnchorSettings
from maskwatch.boxes import Ints
from maskwatch.data.samples import Sample
from maskwatch.errors import UserError
from maskwatch.retinanet.targets import Targets
from maskwatch.training.augment import augment
from maskwatch.training.cache import PictureCache
from maskwatch.training.crops import Crop, mosaic
from maskwatch.training.matching import match
from maskwatch.training.sampler import Drawn, EpochSampler
from maskwatch.training.settings import TrainingSettings


@dataclass(frozen=True)
class Batch:
    """Crops (B, 3, S, S) uint8 RGB, their targets, and every picture that is seen in them, for messages."""

    pixels: Tensor
    targets: Targets
    names: tuple[str, ...]

    def pin_memory(self) -> "Batch":
        """The same in page-locked memory, from which a GPU can fetch while it computes; the loader asks for it."""
        return Batch(self.pixels.pin_memory(), self.targets.pin_memory(), self.names)


@dataclass(frozen=True)
class TrainingCrop:
    """A crop, which box each anchor answers for (A,), and the pictures in it."""

    crop: Crop
    matches: Ints
    names: tuple[str, ...]


class TrainingPictures(Dataset[TrainingCrop | UserError]):
    """Augmented, matched crops. What comes for a `Drawn` depends on it and the seed alone.

    A picture that cannot be opened gives its error: raised in a loader's process, it would come out as the text
    of a traceback.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        class_names: tuple[str, ...],
        anchors: AnchorSettings,
        settings: TrainingSettings,
        cache_bytes: int,
    ) -> None:
        self._samples = list(samples)
        self._labels = [np.array([class_names.index(n) for n in s.labels], np.int64) for s in samples]
        self._anchors, self._settings = anchors, settings
        self._cache = PictureCache([s.picture for s in samples], [(s.width, s.height) for s in samples], cache_bytes)

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, drawn: Drawn) -> TrainingCrop | UserError:
        try:
            return self._crop(drawn)
        except UserError as error:
            return error

    def _crop(self, drawn: Drawn) -> TrainingCrop:
        settings = self._settings.augment
        random = np.random.default_rng((self._settings.seed, drawn.epoch, drawn.position))
        across = 1 + int(random.choice(len(settings.mosaic), p=settings.mosaic))
        others = random.integers(len(self._samples), size=across**2 - 1)
        indices = [drawn.index, *others.tolist()]
        tiles = [self._tile(index, settings.crop_px // across, random) for index in indices]
        crop = _filled_up(mosaic(tiles), settings.crop_px)
        names = tuple(str(self._samples[index].picture) for index in indices)
        return TrainingCrop(crop, match(crop, self._anchors, self._settings.matching), names)

    def _tile(self, index: int, side_px: int, random: np.random.Generator) -> Crop:
        sample, labels = self._samples[index], self._labels[index]
        settings = self._settings.augment
        return augment(self._cache[index], sample.boxes, labels, sample.difficult, side_px, settings, random)


def _filled_up(crop: Crop, side_px: int) -> Crop:
    """A crop with its last row and column repeated where `side_px` is not a multiple of its tiles."""
    missing = side_px - len(crop.pixels)
    if not missing:
        return crop
    return replace(crop, pixels=np.pad(crop.pixels, ((0, missing), (0, missing), (0, 0)), "edge"))


def collate(items: Sequence[TrainingCrop | UserError]) -> Batch | UserError:
    """The batch of the crops, or the first error among them."""
    crops = [item for item in items if isinstance(item, TrainingCrop)]
    errors = [item for item in items if isinstance(item, UserError)]
    return errors[0] if errors else stack(crops)


def stack(items: Sequence[TrainingCrop]) -> Batch:
    """Stack crops; boxes and labels are filled up with zeros to the largest number of any."""
    most = max(len(item.crop.boxes) for item in items)
    boxes = np.zeros((len(items), most, 4), np.float32)
    labels = np.zeros((len(items), most), np.int64)
    for row, item in enumerate(items):
        boxes[row, : len(item.crop.boxes)] = item.crop.boxes
        labels[row, : len(item.crop.boxes)] = item.crop.labels
    matches = np.stack([item.matches for item in items])
    targets = Targets(torch.from_numpy(matches), torch.from_numpy(boxes), torch.from_numpy(labels))
    # The transposed view keeps RGB interleaved: it is channels-last memory already.
    pixels = np.stack([item.crop.pixels for item in items]).transpose(0, 3, 1, 2)
    names = dict.fromkeys(name for item in items for name in item.names)
    return Batch(torch.from_numpy(pixels), targets, tuple(names))


def load_batches(
    samples: Sequence[Sample],
    class_names: tuple[str, ...],
    anchors: AnchorSettings,
    settings: TrainingSettings,
    first_step: int = 0,
    workers: int = 1,
    cache_bytes: int = 0,
) -> Iterator[Batch]:
    """Batches from `first_step` to the end of the last epoch, made by `workers` processes (0: in this one).

    Raises:
        UserError: for a picture that cannot be opened, when its turn comes.
    """
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    own_share = cache_bytes if can_fork else cache_bytes // max(1, workers)
    pictures = TrainingPictures(samples, class_names, anchors, settings, own_share)
    loader: DataLoader[Batch | UserError] = DataLoader(
        pictures,  # type: ignore[arg-type]  # torch knows the type of an item only, not of a batch
        batch_sampler=EpochSampler(samples, settings, first_step),
        collate_fn=collate,
        num_workers=workers,
        multiprocessing_context="fork" if can_fork and workers else None,
        pin_memory=torch.cuda.is_available(),
        prefetch_factor=4 if workers else None,
    )
    # The processes start here, before the caller has threads of its own that a fork would cut short.
    return _or_error(iter(loader))


def _or_error(batches: Iterator[Batch | UserError]) -> Iterator[Batch]:
    for batch in batches:
        if isinstance(batch, UserError):
            raise batch
        yield batch
