"""Which pictures a run sees, in which order."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from torch.utils.data import Sampler

from maskwatch.boxes import Floats
from maskwatch.data.samples import Sample
from maskwatch.training.settings import TrainingSettings


@dataclass(frozen=True)
class Drawn:
    """One crop to be made: `position` in the epoch seeds its randomness, `index` is the picture."""

    epoch: int
    position: int
    index: int


@dataclass(frozen=True)
class Share:
    """Which part of every batch is made: the `rank`-th of `size` equal ones."""

    rank: int
    size: int

    def of(self, batch: list[Drawn]) -> list[Drawn]:
        each = len(batch) // self.size
        return batch[self.rank * each : (self.rank + 1) * each]


WHOLE = Share(0, 1)


class EpochSampler(Sampler[list[Drawn]]):
    """The batches of one epoch after another, from any step on; a function of the seed alone.

    Rare classes are drawn more often: a picture's weight is its rarest class's `sqrt(share wanted / share
    had)`, at least 1, turned into whole repeats by rounding at random (repeat-factor sampling).

    On wish pictures of about the same shape come together in a batch, the batches in any order (keras-retinanet's
    `ratio` groups).
    """

    def __init__(
        self, samples: Sequence[Sample], settings: TrainingSettings, first_step: int = 0, share: Share = WHOLE
    ) -> None:
        self._settings, self._first_step, self._share = settings, first_step, share
        self._weights = repeat_weights(samples, settings.repeat_share)
        self._ratios = np.array([sample.width / sample.height for sample in samples])

    @property
    def steps_per_epoch(self) -> int:
        return math.ceil(len(self._weights) / self._settings.batch)

    def __len__(self) -> int:
        return max(0, self.steps_per_epoch * self._settings.epochs - self._first_step)

    def __iter__(self) -> Iterator[list[Drawn]]:
        first_epoch, skipped = divmod(self._first_step, self.steps_per_epoch)
        for epoch in range(first_epoch, self._settings.epochs):
            yield from map(self._share.of, self._batches(epoch)[skipped:])
            skipped = 0

    def _batches(self, epoch: int) -> list[list[Drawn]]:
        size, count = self._settings.batch, self.steps_per_epoch * self._settings.batch
        random = np.random.default_rng((self._settings.seed, epoch))
        # As many crops an epoch as there are pictures, whatever the weights: an epoch keeps its meaning.
        picks: list[int] = []
        while len(picks) < count:
            repeats = np.floor(self._weights + random.random(len(self._weights))).astype(int)
            picks.extend(random.permutation(np.repeat(np.arange(len(self._weights)), repeats)))
        picks = picks[:count]
        if self._settings.alike:
            groups = np.array(picks)[np.argsort(self._ratios[picks], kind="stable")].reshape(-1, size)
            picks = list(groups[random.permutation(len(groups))].reshape(-1))
        drawn = [Drawn(epoch, position, int(index)) for position, index in enumerate(picks)]
        return [drawn[start : start + size] for start in range(0, count, size)]


def repeat_weights(samples: Sequence[Sample], wanted_share: float) -> Floats:
    """How often each picture is drawn an epoch (before rounding), at least once: (pictures,)."""
    holding = Counter(name for sample in samples for name in set(sample.labels))
    factor = {name: max(1.0, math.sqrt(wanted_share * len(samples) / count)) for name, count in holding.items()}
    weights = [max((factor[name] for name in set(sample.labels)), default=1.0) for sample in samples]
    return np.array(weights, np.float32)
