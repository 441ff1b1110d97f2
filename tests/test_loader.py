"""Batches are a function of data, recipe and seed: of no process, and of nothing that ran before."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from maskwatch import anchors as anchor_math
from maskwatch.anchors import BACKGROUND, IGNORED
from maskwatch.boxes import Floats
from maskwatch.data.samples import Sample
from maskwatch.errors import UserError
from maskwatch.training.crops import Crop
from maskwatch.training.loader import Batch, load_batches
from maskwatch.training.matching import match
from maskwatch.training.sampler import EpochSampler, repeat_weights
from maskwatch.training.settings import TrainingSettings
from training_parts import CROP_PX, NAMES, TINY_ANCHORS, tiny_recipe, write_squares

# Python 3.12 and later warn of every fork with threads about.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")

EMPTY = np.zeros((0, 4), np.float32)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    return write_squares(tmp_path_factory.mktemp("squares"), 10)


def mosaics(epochs: int = 2, **changes: object) -> TrainingSettings:
    recipe = tiny_recipe(epochs, **changes)
    return replace(recipe, augment=replace(recipe.augment, mosaic=(0.4, 0.3, 0.3)))


def batches(samples: list[Sample], settings: TrainingSettings, **how: int) -> Iterator[Batch]:
    return load_batches(samples, NAMES, TINY_ANCHORS, settings, **how)


def same(one: Batch, other: Batch) -> bool:
    tensors = (
        (one.pixels, other.pixels),
        (one.targets.matches, other.targets.matches),
        (one.targets.boxes, other.targets.boxes),
        (one.targets.labels, other.targets.labels),
    )
    return one.names == other.names and all(torch.equal(a, b) for a, b in tensors)


@pytest.mark.parametrize("workers", [1, 2])
def test_other_processes_make_the_same_batches(samples: list[Sample], workers: int) -> None:
    here = list(batches(samples, mosaics(), workers=0))
    there = list(batches(samples, mosaics(), workers=workers, cache_bytes=10**6))
    assert len(here) == len(there) == 6
    assert all(same(one, other) for one, other in zip(here, there, strict=True))


def test_another_seed_makes_other_batches(samples: list[Sample]) -> None:
    one, other = (next(batches(samples, mosaics(seed=seed), workers=0)) for seed in (0, 1))
    assert not torch.equal(one.pixels, other.pixels)


def test_epochs_differ(samples: list[Sample]) -> None:
    made = list(batches(samples, mosaics(), workers=0))
    assert not same(made[0], made[3])


@pytest.mark.parametrize("first_step", [1, 3, 4, 6, 7])
def test_beginning_later_leaves_out_exactly_what_came_before(samples: list[Sample], first_step: int) -> None:
    whole = list(batches(samples, mosaics(), workers=0))
    rest = list(batches(samples, mosaics(), workers=0, first_step=first_step))
    assert len(rest) == max(0, 6 - first_step)
    assert all(same(one, other) for one, other in zip(whole[first_step:], rest, strict=True))


def test_a_batch_is_what_the_network_takes(samples: list[Sample]) -> None:
    for batch in islice(batches(samples, mosaics(), workers=0), 4):
        assert batch.pixels.shape == (4, 3, CROP_PX, CROP_PX)  # 64 is no multiple of 3: mosaics are filled up
        assert batch.pixels.dtype == torch.uint8
        assert batch.pixels.is_contiguous(memory_format=torch.channels_last)
        targets = batch.targets
        anchors = anchor_math.generate(TINY_ANCHORS, CROP_PX, CROP_PX)
        assert targets.matches.shape == (4, len(anchors))
        assert targets.boxes.shape == (4, targets.labels.shape[1], 4)
        assert targets.boxes.dtype == torch.float32
        assert targets.labels.dtype == targets.matches.dtype == torch.int64
        for row in range(4):
            real = int((targets.boxes[row, :, 2] > 0).sum())
            assert set(targets.matches[row].unique().tolist()) - {BACKGROUND, IGNORED} == set(range(real))
            assert (targets.boxes[row, real:] == 0).all()


def test_labels_and_boxes_are_those_of_the_pixels(samples: list[Sample]) -> None:
    """Squares are green (0) or red (1), also after distortion: their middles tell."""
    right, wrong = 0, 0
    for batch in batches(samples, mosaics(8), workers=0):
        for pixels, boxes, labels in zip(batch.pixels, batch.targets.boxes, batch.targets.labels, strict=True):
            for (x1, y1, x2, y2), label in zip(boxes.tolist(), labels.tolist(), strict=True):
                if x2 - x1 < 8 or y2 - y1 < 8:
                    continue
                red, green, _ = pixels[:, int((y1 + y2) / 2), int((x1 + x2) / 2)].tolist()
                if abs(red - green) > 40:  # a crop in twenty is grey
                    right += (red > green) == bool(label)
                    wrong += (red > green) != bool(label)
    assert right > 100
    assert wrong <= 0.02 * right  # noise


def test_every_picture_in_a_mosaic_is_named(samples: list[Sample]) -> None:
    recipe = tiny_recipe()
    nine = replace(recipe, batch=2, augment=replace(recipe.augment, mosaic=(0.0, 0.0, 1.0)))
    names = next(batches(samples, nine, workers=0)).names
    assert 5 < len(names) <= 10
    assert set(names) <= {str(sample.picture) for sample in samples}


def test_pictures_without_any_box_make_batches_without_boxes(samples: list[Sample]) -> None:
    empty = [replace(sample, boxes=EMPTY, labels=(), difficult=np.zeros(0, bool)) for sample in samples]
    batch = next(batches(empty, mosaics(), workers=0))
    assert batch.targets.boxes.shape == (4, 0, 4)
    assert (batch.targets.matches == BACKGROUND).all()


def test_difficult_faces_are_neither_learnt_nor_background(samples: list[Sample]) -> None:
    difficult = [replace(sample, difficult=np.array([True, True])) for sample in samples]
    batch = next(batches(difficult, mosaics(), workers=0))
    assert batch.targets.boxes.shape == (4, 0, 4)
    assert (batch.targets.matches == IGNORED).any()
    assert (batch.targets.matches == BACKGROUND).any()


@pytest.mark.parametrize("workers", [0, 1])
def test_a_broken_picture_ends_it_in_one_sentence(tmp_path: Path, workers: int) -> None:
    broken = write_squares(tmp_path, 3)
    broken[1].picture.write_bytes(broken[1].picture.read_bytes()[:200])
    with pytest.raises(UserError, match=r"1\.png") as caught:
        list(batches(broken, mosaics(), workers=workers))
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


def labelled(*labels: str) -> Sample:
    sample = Sample(Path("x.png"), 10, 10, EMPTY, (), np.zeros(0, bool), None)  # type: ignore[arg-type]
    boxes = np.zeros((len(labels), 4), np.float32)
    return replace(sample, labels=labels, boxes=boxes, difficult=np.zeros(len(labels), bool))


def test_pictures_with_rare_classes_weigh_the_square_root_of_what_is_missing() -> None:
    samples = [labelled("common")] * 15 + [labelled("common", "rare")] * 4 + [labelled()]
    # `rare` is in 4 of 20 pictures; wanted are .8 of them: sqrt(.8 / .2) = 2. `common` is in 19 of 20.
    assert repeat_weights(samples, 0.8).tolist() == [1] * 15 + [2] * 4 + [1]
    assert repeat_weights(samples, 0.2).tolist() == [1] * 20
    twice_in_one_picture = [labelled("common")] * 19 + [labelled("rare", "rare")]
    assert repeat_weights(twice_in_one_picture, 0.2).max() == pytest.approx(2)


def test_rare_classes_are_drawn_more_often_and_an_epoch_keeps_its_length() -> None:
    samples = [labelled("common")] * 36 + [labelled("rare")] * 4
    settings = TrainingSettings(epochs=60, batch=8, repeat_share=0.4)
    sampler = EpochSampler(samples, settings)
    drawn = [each for batch in sampler for each in batch]
    assert sampler.steps_per_epoch == 5
    assert len(sampler) == 300
    assert len(drawn) == 60 * 40
    counts = Counter(each.index for each in drawn)
    rare = sum(counts[index] for index in range(36, 40)) / 4
    common = sum(counts[index] for index in range(36)) / 36
    assert rare / common == pytest.approx(2, rel=0.15)


def test_without_rare_classes_every_picture_is_seen_once_an_epoch() -> None:
    settings = TrainingSettings(epochs=3, batch=5)
    for first in (0, 3, 6):
        epoch = list(islice(EpochSampler([labelled("a")] * 13, settings, first), 3))
        assert [len(batch) for batch in epoch] == [5, 5, 5]  # the last batch is filled up
        assert set(Counter(each.index for batch in epoch for each in batch)) == set(range(13))
        assert [each.position for batch in epoch for each in batch] == list(range(15))
        assert {each.epoch for batch in epoch for each in batch} == {first // 3}


def crop_with(boxes: Floats, ignored: Floats) -> Crop:
    return Crop(np.zeros((CROP_PX, CROP_PX, 3), np.uint8), boxes, np.zeros(len(boxes), np.int64), ignored)


@pytest.mark.parametrize("matching", ["atss", "iou"])
def test_background_under_an_ignored_box_is_ignored_and_nothing_else_changes(matching: str) -> None:
    box = np.array([[34, 34, 54, 54]], np.float32)
    ignored = np.array([[2, 2, 22, 22], [36, 2, 60, 20], [32, 32, 56, 56]], np.float32)
    without = match(crop_with(box, EMPTY), TINY_ANCHORS, matching)  # type: ignore[arg-type]
    matches = match(crop_with(box, ignored), TINY_ANCHORS, matching)  # type: ignore[arg-type]
    changed = matches != without
    assert (matches >= 0).any()
    assert (without[changed] == BACKGROUND).all()
    assert (matches[changed] == IGNORED).all()
    finest = matches[:64].reshape(8, 8)
    assert finest[1, 1] == finest[1, 6] == IGNORED  # in the middle of the first two
    assert finest[7, 0] == BACKGROUND  # far from all
    coarse = matches[84:]
    assert (coarse[coarse < 0] == BACKGROUND).all()  # an anchor far larger than an ignored face is not about it


def test_a_small_ignored_face_is_ignored_where_its_own_anchor_lies() -> None:
    """It fills a part of the anchor that answers for it: most of the face in it, and a size alike."""
    ignored = np.array([[8, 8, 15, 15]], np.float32)
    matches = match(crop_with(EMPTY, ignored), TINY_ANCHORS, "atss")[:64].reshape(8, 8)
    assert matches[1, 1] == IGNORED
    assert (matches[4:, 4:] == BACKGROUND).all()
