"""Whole pictures in batches: keras-retinanet's way of training, as values of the same settings."""

from dataclasses import asdict, replace
from itertools import islice
from json import dumps, loads
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from maskwatch import anchors as anchor_math
from maskwatch.anchors import BACKGROUND, IGNORED
from maskwatch.data.samples import Sample
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.training.loader import Batch, load_batches
from maskwatch.training.optimiser import clip_gradients, make_optimiser, set_rate
from maskwatch.training.plateau import Plateau
from maskwatch.training.settings import ONLY_MIRRORED, TrainingSettings, WholePictureSettings
from maskwatch.training.whole_pictures import changed, coloured, moved, moved_boxes, random_matrix
from training_parts import COLOURS, NAMES, TINY_ANCHORS, squares_picture, tiny_recipe, write_squares

STILL = replace(
    ONLY_MIRRORED,
    preprocessing=Preprocessing("short_side", 64, 160, "sampled"),
    fill=(1.5, 2.5, 3.5),
    mirrored_share=0.0,
)
LIVELY = replace(WholePictureSettings(), preprocessing=STILL.preprocessing)
BOXES = np.array([[10, 8, 30, 40], [60, 30, 92, 58]], np.float32)
PICTURE = squares_picture(120, 64, BOXES, NAMES)


def recipe(augment: WholePictureSettings = STILL, **changes: object) -> TrainingSettings:
    return replace(tiny_recipe(batch=2, matching="classic", **changes), augment=augment)


def batches(samples: list[Sample], settings: TrainingSettings) -> list[Batch]:
    return list(load_batches(samples, NAMES, TINY_ANCHORS, settings, workers=0))


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    folder = tmp_path_factory.mktemp("squares")
    wide, narrow = write_squares(folder / "wide", 4, size=(96, 80)), write_squares(folder / "narrow", 4, 1, (100, 64))
    return [each for pair in zip(wide, narrow, strict=True) for each in pair]


def test_settings_survive_a_trip_through_a_checkpoint() -> None:
    settings = recipe(LIVELY)
    assert TrainingSettings.from_record(loads(dumps(asdict(settings)))) == settings


def test_pictures_of_about_one_shape_share_a_batch_and_each_is_seen_once(samples: list[Sample]) -> None:
    made = batches(samples, recipe(alike=True))
    assert {batch.pixels.dtype for batch in made} == {torch.uint8}  # nothing had to be filled up
    assert {tuple(batch.pixels.shape[2:]) for batch in made} == {(64, 77), (64, 100)}
    assert sorted(name for batch in made for name in batch.names) == sorted(str(s.picture) for s in samples)


def test_a_batch_of_two_shapes_is_filled_up_with_the_mean_and_learns_nothing_there(samples: list[Sample]) -> None:
    batch = next(each for each in batches(samples, recipe(seed=1)) if each.pixels.dtype == torch.float32)
    assert tuple(batch.pixels.shape) == (2, 3, 64, 100)
    narrow = [
        row for row in range(2) if (batch.pixels[row, :, :, 77:].permute(1, 2, 0) == torch.tensor(STILL.fill)).all()
    ]
    assert len(narrow) == 1
    centres = anchor_math.generate(TINY_ANCHORS, 64, 100)[:, [0, 2]].mean(axis=1)
    matches = batch.targets.matches[narrow[0]].numpy()
    assert (matches[centres >= 77] == IGNORED).all()
    assert (matches[centres < 77] == BACKGROUND).any()


def test_without_changes_a_picture_is_what_it_is_in_use(samples: list[Sample]) -> None:
    crop = changed(PICTURE, BOXES, np.arange(2), np.array([False, True]), STILL, np.random.default_rng(0))
    pixels, placement = STILL.preprocessing.apply(PICTURE)
    np.testing.assert_array_equal(crop.pixels, pixels)
    np.testing.assert_allclose(crop.boxes, placement.to_input(BOXES[:1]))
    np.testing.assert_allclose(crop.ignored, placement.to_input(BOXES[1:]))
    assert crop.labels.tolist() == [0]


def test_a_mirrored_picture_is_mirrored_exactly_and_so_are_its_boxes() -> None:
    matrix = random_matrix(np.zeros(6), True, (120, 64), STILL)
    np.testing.assert_array_equal(moved(PICTURE, matrix), PICTURE[:, ::-1])
    np.testing.assert_allclose(moved_boxes(BOXES, matrix), [[90, 8, 110, 40], [28, 30, 60, 58]])


@pytest.mark.parametrize("seed", range(6))
def test_boxes_follow_the_pixels(seed: int) -> None:
    """The middle of each square keeps its colour wherever it goes, and no part of it leaves its box."""
    random = np.random.default_rng(seed)
    matrix = random_matrix(random.uniform(-1, 1, 6), seed % 2 == 0, (120, 64), LIVELY)
    picture, boxes = moved(PICTURE, matrix), moved_boxes(BOXES, matrix)
    assert picture.shape == PICTURE.shape
    for (x1, y1, x2, y2), name in zip(boxes, NAMES, strict=True):
        y, x = np.nonzero((np.abs(picture.astype(int) - COLOURS[name]) < 12).all(axis=2))
        assert len(x) > 300
        assert (x + 0.5 >= x1).all()
        assert (x + 0.5 <= x2).all()
        assert (y + 0.5 >= y1).all()
        assert (y + 0.5 <= y2).all()
        assert x2 - x1 < x.max() - x.min() + 8


def test_beyond_its_edge_a_picture_repeats_it() -> None:
    to_the_right = random_matrix(np.array([0, 1, 0, 0, 0, 0.0]), False, (120, 64), LIVELY)  # by a tenth: 12 px
    picture = moved(PICTURE, to_the_right)
    np.testing.assert_array_equal(picture[:, :12], np.repeat(PICTURE[:, :1], 12, axis=1))
    np.testing.assert_array_equal(picture[:, 12:], PICTURE[:, :-12])


def test_colours_change_in_their_ranges_and_not_without_one() -> None:
    assert coloured(PICTURE, np.zeros(4), LIVELY) is PICTURE
    brighter = coloured(PICTURE, np.array([0, 1, 0, 0.0]), LIVELY).astype(int)
    assert np.abs(brighter.mean() - PICTURE.mean() - 25.5) < 3
    contrasted = coloured(PICTURE, np.array([1, 0, 0, 0.0]), LIVELY).astype(float)
    assert contrasted.std() / PICTURE.astype(float).std() == pytest.approx(1.1, abs=0.02)


def test_a_batch_depends_on_seed_and_place_alone(samples: list[Sample]) -> None:
    settings = recipe(LIVELY, epochs=2)
    whole = batches(samples, settings)
    rest = list(load_batches(samples, NAMES, TINY_ANCHORS, settings, first_step=5, workers=0))
    for one, other in zip(islice(whole, 5, None), rest, strict=True):
        assert torch.equal(one.pixels, other.pixels)
        assert torch.equal(one.targets.matches, other.targets.matches)
    assert not torch.equal(whole[0].pixels, whole[4].pixels)


def test_each_gradient_is_clipped_by_itself() -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    network(torch.ones(1, 4)).sum().mul(100).backward()
    before = [parameter.grad.clone() for parameter in network.parameters() if parameter.grad is not None]
    norm = clip_gradients(network, tiny_recipe(clip_each=True, clip_norm=70.0))
    assert float(norm) == pytest.approx(float(torch.cat([each.flatten() for each in before]).norm()), rel=1e-5)
    for parameter, old in zip(network.parameters(), before, strict=True):
        assert parameter.grad is not None
        expected = old * min(1.0, 70.0 / float(old.norm()))
        torch.testing.assert_close(parameter.grad, expected)


def test_keras_adds_its_epsilon_before_the_correction() -> None:
    """Keras's step is rate * root(1 - .999^t) / (1 - .9^t) * m / (root(v) + epsilon)."""
    weight = nn.Parameter(torch.tensor([1.0, -2.0]))
    module = nn.ParameterList([weight])
    settings = tiny_recipe(learning_rate=0.1, epsilon=1e-3, epsilon_first=True, weight_decay=0.0)
    optimiser = make_optimiser(module, settings)
    m, v, expected = 0.0, 0.0, np.array([1.0, -2.0])
    for step, gradient in enumerate(np.array([[1e-3, -2.0], [2e-3, 1.0], [-1e-3, 0.5]])):
        weight.grad = torch.tensor(gradient, dtype=torch.float32)
        set_rate(optimiser, 0.1, step, settings)
        optimiser.step()
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        rate = 0.1 * np.sqrt(1 - 0.999 ** (step + 1)) / (1 - 0.9 ** (step + 1))
        expected = expected - rate * m / (np.sqrt(v) + 1e-3)
        np.testing.assert_allclose(weight.detach().numpy(), expected, rtol=1e-5)


def test_the_rate_falls_after_epochs_without_a_lower_loss_and_waits_anew() -> None:
    plateau, factors = Plateau(), []
    for loss in (1.0, 0.9, 0.89995, 0.9, 0.5, 0.6, 0.7, 0.6, 0.6):
        plateau.end_epoch(loss, 2, 0.1)
        factors.append(plateau.factor)
    assert factors == pytest.approx([1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001])


def test_a_plateau_of_no_patience_never_lowers_the_rate(tmp_path: Path) -> None:
    plateau = Plateau()
    for _ in range(9):
        plateau.end_epoch(1.0, 0, 0.1)
    assert plateau == Plateau()
