"""From samples to batches: augmented, stacked and matched by several processes."""

import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from maskwatch.anchors import AnchorSettings
from maskwatch.boxes import Floats, Ints
from maskwatch.data.samples import Sample
from maskwatch.errors import UserError
from maskwatch.retinanet.targets import Targets
from maskwatch.training.augment import augment
from maskwatch.training.cache import PictureCache
from maskwatch.training.crops import Crop, mosaic
from maskwatch.training.matching import match
from maskwatch.training.sampler import WHOLE, Drawn, EpochSampler, Share
from maskwatch.training.settings import AugmentSettings, TrainingSettings, WholePictureSettings
from maskwatch.training.whole_pictures import changed


@dataclass(frozen=True)
class Batch:
    """Crops (B, 3, H, W) RGB 0..255, their targets, and every picture that is seen in them, for messages.

    Crops of one shape are uint8; of several they are float32, filled up to the largest at the right and below.
    """

    pixels: Tensor
    targets: Targets
    names: tuple[str, ...]

    def parts(self, count: int) -> "Iterator[Batch]":
        """The same in `count` parts of as many pictures each; all of them keep all names."""
        size = len(self.pixels) // count
        for start in range(0, size * count, size):
            rows = slice(start, start + size)
            yield Batch(self.pixels[rows], self.targets.rows(rows), self.names)

    def pin_memory(self) -> "Batch":
        """The same in page-locked memory, from which a GPU can fetch while it computes; the loader asks for it."""
        return Batch(self.pixels.pin_memory(), self.targets.pin_memory(), self.names)


@dataclass(frozen=True)
class TrainingCrop:
    """A crop, and the pictures in it."""

    crop: Crop
    names: tuple[str, ...]


class TrainingPictures(Dataset[TrainingCrop | UserError]):
    """Augmented crops, or whole pictures. What comes for a `Drawn` depends on it and the seed alone.

    A picture that cannot be opened gives its error: raised in a loader's process, it would come out as the text
    of a traceback.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        class_names: tuple[str, ...],
        settings: TrainingSettings,
        cache_bytes: int,
    ) -> None:
        self._samples = list(samples)
        self._labels = [np.array([class_names.index(n) for n in s.labels], np.int64) for s in samples]
        self._settings = settings
        self._cache = PictureCache([s.picture for s in samples], [(s.width, s.height) for s in samples], cache_bytes)

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, drawn: Drawn) -> TrainingCrop | UserError:
        try:
            return self._crop(drawn)
        except UserError as error:
            return error

    def _crop(self, drawn: Drawn) -> TrainingCrop:
        random = np.random.default_rng((self._settings.seed, drawn.epoch, drawn.position))
        settings = self._settings.augment
        if isinstance(settings, WholePictureSettings):
            crop = changed(self._cache[drawn.index], *self._labelled(drawn.index), settings, random)
            return TrainingCrop(crop, (str(self._samples[drawn.index].picture),))
        return self._mosaic(drawn.index, settings, random)

    def _mosaic(self, first: int, settings: AugmentSettings, random: np.random.Generator) -> TrainingCrop:
        across = 1 + int(random.choice(len(settings.mosaic), p=settings.mosaic))
        others = random.integers(len(self._samples), size=across**2 - 1)
        indices = [first, *others.tolist()]
        side_px = settings.crop_px // across
        tiles = [augment(self._cache[i], *self._labelled(i), side_px, settings, random) for i in indices]
        names = tuple(str(self._samples[index].picture) for index in indices)
        return TrainingCrop(_filled_up(mosaic(tiles), settings.crop_px), names)

    def _labelled(self, index: int) -> tuple[Floats, Ints, np.ndarray]:
        """Boxes, labels and the marks of difficult ones of a sample."""
        return self._samples[index].boxes, self._labels[index], self._samples[index].difficult


def _filled_up(crop: Crop, side_px: int) -> Crop:
    """A crop with its last row and column repeated where `side_px` is not a multiple of its tiles."""
    missing = side_px - len(crop.pixels)
    if not missing:
        return crop
    return replace(crop, pixels=np.pad(crop.pixels, ((0, missing), (0, missing), (0, 0)), "edge"))


@dataclass(frozen=True)
class Collator:
    """Makes a batch of crops: called by the loader's processes, so that the network's own only computes."""

    anchors: AnchorSettings
    settings: TrainingSettings

    def __call__(self, items: Sequence[TrainingCrop | UserError]) -> Batch | UserError:
        """The batch of the crops, or the first error among them."""
        crops = [item for item in items if isinstance(item, TrainingCrop)]
        errors = [item for item in items if isinstance(item, UserError)]
        return errors[0] if errors else self._stacked(crops)

    def _stacked(self, items: Sequence[TrainingCrop]) -> Batch:
        crops = [item.crop for item in items]
        boxes, labels = _padded_boxes(crops)
        pixels = self._pixels(crops)
        matches = np.stack([match(crop, self.anchors, self.settings.matching, pixels.shape[1:3]) for crop in crops])
        targets = Targets(torch.from_numpy(matches), torch.from_numpy(boxes), torch.from_numpy(labels))
        names = dict.fromkeys(name for item in items for name in item.names)
        # The transposed view keeps RGB interleaved: it is channels-last memory already.
        return Batch(torch.from_numpy(pixels.transpose(0, 3, 1, 2)), targets, tuple(names))

    def _pixels(self, crops: Sequence[Crop]) -> np.ndarray:
        """(B, H, W, 3), the smaller ones filled up."""
        if len({crop.pixels.shape for crop in crops}) == 1:
            return np.stack([crop.pixels for crop in crops])
        assert isinstance(self.settings.augment, WholePictureSettings)  # cut crops are all alike
        height, width = (max(crop.pixels.shape[axis] for crop in crops) for axis in (0, 1))
        pixels = np.empty((len(crops), height, width, 3), np.float32)
        pixels[:] = self.settings.augment.fill
        for row, crop in enumerate(crops):
            pixels[row, : crop.pixels.shape[0], : crop.pixels.shape[1]] = crop.pixels
        return pixels


def _padded_boxes(crops: Sequence[Crop]) -> tuple[Floats, Ints]:
    """Boxes (B, N, 4) and labels (B, N), filled up with zeros to the largest number of any."""
    most = max(len(crop.boxes) for crop in crops)
    boxes = np.zeros((len(crops), most, 4), np.float32)
    labels = np.zeros((len(crops), most), np.int64)
    for row, crop in enumerate(crops):
        boxes[row, : len(crop.boxes)] = crop.boxes
        labels[row, : len(crop.boxes)] = crop.labels
    return boxes, labels


def load_batches(
    samples: Sequence[Sample],
    class_names: tuple[str, ...],
    anchors: AnchorSettings,
    settings: TrainingSettings,
    first_step: int = 0,
    workers: int = 1,
    cache_bytes: int = 0,
    share: Share = WHOLE,
) -> Iterator[Batch]:
    """Batches from `first_step` to the end of the last epoch, made by `workers` processes (0: in this one).

    Of each batch only this process's `share` is made.

    Raises:
        UserError: for a picture that cannot be opened, when its turn comes.
    """
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    own_share = cache_bytes if can_fork else cache_bytes // max(1, workers)
    pictures = TrainingPictures(samples, class_names, settings, own_share)
    loader: DataLoader[Batch | UserError] = DataLoader(
        pictures,  # type: ignore[arg-type]  # torch knows the type of an item only, not of a batch
        batch_sampler=EpochSampler(samples, settings, first_step, share),
        collate_fn=Collator(anchors, settings),
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
