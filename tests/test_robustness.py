"""What each condition does to a picture and its faces, and how the AP kept is counted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from evaluation_parts import CLASSES, detections, sample, square
from maskwatch.data.samples import Sample
from maskwatch.detections import Detections
from maskwatch.evaluation import corruptions
from maskwatch.evaluation.robustness import CONDITIONS, Condition, measure_robustness

Pixels = NDArray[np.uint8]
FACE = (40.0, 30.0, 80.0, 80.0)


def photo(width: int = 160, height: int = 120) -> Pixels:
    """Smooth colours with fine detail on them, uint8 RGB."""
    random = np.random.default_rng(7)
    across = np.linspace(0, 200, width)[None, :, None] * np.array([1, 0.6, 0.2])
    return np.clip(across + random.normal(30, 12, (height, width, 3)), 0, 255).astype(np.uint8)


def changed(change: corruptions.Change, picture: Pixels, strength: float) -> Pixels:
    pixels, _ = change(picture, np.array([FACE], np.float32), strength, np.random.default_rng(0))
    return pixels


def difference(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


@pytest.mark.parametrize("name", sorted({each.name for each in CONDITIONS} - {"rotation", "grey"}))
def test_every_grade_is_harder_than_the_one_before(name: str) -> None:
    picture = photo()
    grades = [each for each in CONDITIONS if each.name == name]
    away = [difference(changed(each.change, picture, each.strength), picture) for each in grades]
    assert len(grades) == 3
    assert 0 < away[0] < away[1] < away[2]


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda each: f"{each.name} {each.label}")
def test_a_condition_gives_a_picture_and_leaves_the_original_alone(condition: Condition) -> None:
    picture, labelled = photo(), sample([("mask", FACE)])
    before, boxes = picture.copy(), labelled.boxes.copy()
    pixels, moved = condition.apply(picture, labelled)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (moved.height, moved.width, 3)
    assert moved.boxes.shape == (1, 4)
    assert moved.boxes.dtype == np.float32
    assert np.array_equal(picture, before)
    assert np.array_equal(labelled.boxes, boxes)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda each: f"{each.name} {each.label}")
def test_the_same_picture_is_changed_in_the_same_way_whatever_came_before(condition: Condition) -> None:
    first, _ = condition.apply(photo(), sample([("mask", FACE)], name="a.png"))
    condition.apply(photo(), sample([("mask", FACE)], name="b.png"))
    again, _ = condition.apply(photo(), sample([("mask", FACE)], name="a.png"))
    assert np.array_equal(first, again)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda each: f"{each.name} {each.label}")
def test_a_picture_without_faces_and_one_of_a_single_pixel_pass(condition: Condition) -> None:
    for picture in (photo(), photo(1, 1)):
        pixels, moved = condition.apply(picture, sample())
        assert pixels.size
        assert moved.boxes.shape == (0, 4)


def test_a_stop_halves_the_light() -> None:
    light = np.full((2, 2, 3), 200, np.uint8)
    assert (changed(corruptions.darkness, light, 1) / 200) ** 2.2 == pytest.approx(0.5, abs=0.01)


def test_noise_has_the_deviation_asked_for() -> None:
    middle = np.full((100, 100, 3), 128, np.uint8)
    assert changed(corruptions.noise, middle, 20).astype(float).std() == pytest.approx(20, rel=0.02)


def test_grey_has_no_colour_left() -> None:
    pixels = changed(corruptions.grey, photo(), 1)
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 1] == pixels[..., 2]).all()


def test_blur_grows_with_the_picture() -> None:
    edge = np.zeros((16, 1280, 3), np.uint8)
    edge[:, 640:] = 255
    small = edge[:, 320:960]
    slopes = [np.diff(changed(corruptions.blur, picture, 3)[8, :, 0].astype(int)).max() for picture in (small, edge)]
    assert slopes[0] == pytest.approx(2 * slopes[1], rel=0.15)


@pytest.mark.parametrize(("strength", "columns"), [(0.25, 10), (0.5, 20)])
def test_a_cover_hides_its_share_of_the_width_at_one_side_and_nothing_else(strength: float, columns: int) -> None:
    picture = np.zeros((120, 160, 3), np.uint8)
    hidden = changed(corruptions.cover, picture, strength).any(axis=2)
    inside = hidden[30:80, 40:80]
    assert inside.sum() == hidden.sum() == columns * 50
    assert inside[:, :columns].all() or inside[:, -columns:].all()


@pytest.mark.parametrize("degrees", [10.0, 40.0, 90.0])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_turned_ellipse_lies_in_its_box_to_a_pixel(degrees: float, seed: int) -> None:
    y, x = np.mgrid[:120, :160] + 0.5
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[((x - 60) / 20) ** 2 + ((y - 55) / 25) ** 2 <= 1] = 255
    boxes = np.array([FACE], np.float32)
    pixels, turned = corruptions.rotation(picture, boxes, degrees, np.random.default_rng(seed))
    rows, columns = np.nonzero(pixels[..., 0] > 127)
    seen = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert turned[0] == pytest.approx(np.array(seen), abs=1.1)


def test_no_turn_changes_nothing() -> None:
    boxes = np.array([FACE], np.float32)
    pixels, turned = corruptions.rotation(photo(), boxes, 0, np.random.default_rng(0))
    assert np.array_equal(pixels, photo())
    assert turned == pytest.approx(boxes)


def blinded_by_darkness(pictures: Sequence[Pixels]) -> list[Detections]:
    """Finds the one face, unless the picture is dark."""
    rows = [("mask", 0.9, square(10, 10, 40))]
    return [detections(rows if picture.mean() > 60 else []) for picture in pictures]


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_the_share_kept_is_that_of_the_faces_still_found(tmp_path: Path, batch_size: int) -> None:
    samples: list[Sample] = []
    for name, level in (("bright.png", 250), ("dim.png", 100)):
        Image.new("RGB", (100, 100), (level,) * 3).save(tmp_path / name)
        labelled = sample([("mask", square(10, 10, 40))], side=100)
        samples.append(replace(labelled, picture=tmp_path / name))
    chosen = [each for each in CONDITIONS if each.name in ("darkness", "JPEG")]
    seen: list[None] = []
    kept = measure_robustness(
        samples,
        blinded_by_darkness,
        CLASSES,
        0.8,
        conditions=chosen,
        batch_size=batch_size,
        on_picture=lambda: seen.append(None),
    )
    assert [(each.condition, each.ap, each.share) for each in kept] == [
        ("darkness", 0.5, 0.625),
        ("darkness", 0.5, 0.625),
        ("darkness", 0.0, 0.0),
        ("JPEG", 1.0, 1.25),
        ("JPEG", 1.0, 1.25),
        ("JPEG", 1.0, 1.25),
    ]
    assert len(seen) == 2


def test_there_is_no_share_of_nothing(tmp_path: Path) -> None:
    Image.new("RGB", (100, 100)).save(tmp_path / "black.png")
    labelled = replace(sample([("mask", square(10, 10, 40))], side=100), picture=tmp_path / "black.png")
    (kept,) = measure_robustness([labelled], blinded_by_darkness, CLASSES, 0.0, conditions=CONDITIONS[:1])
    assert (kept.ap, kept.share) == (0.0, None)
