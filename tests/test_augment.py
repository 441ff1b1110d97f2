"""The boxes follow the pixels, whatever is done to a picture."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from maskwatch.boxes import Floats
from maskwatch.pictures.preprocessing import Pixels
from maskwatch.training import augment as augment_module
from maskwatch.training.augment import augment
from maskwatch.training.crops import Crop
from maskwatch.training.settings import AugmentSettings

SETTINGS = AugmentSettings(crop_px=128, face_px=(16.0, 100.0), scales=(0.5, 1.5))
WIDTH, HEIGHT = 200, 150
BOXES = np.array([[30, 20, 74, 70], [120, 60, 170, 130]], np.float32)
COLOURS = ((250, 0, 250), (0, 250, 250))
LABELS = np.array([5, 8])
NONE_DIFFICULT = np.zeros(2, bool)


@pytest.fixture(autouse=True)
def _no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faces are found again by their colour."""
    monkeypatch.setattr(augment_module, "distort", lambda pixels, random: pixels)


def picture(round_faces: bool = False) -> Pixels:
    """Two faces, rectangles or ellipses, each of a colour of its own on black."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(image)
    for (x1, y1, x2, y2), colour in zip(BOXES.tolist(), COLOURS, strict=True):
        (draw.ellipse if round_faces else draw.rectangle)((x1, y1, x2 - 1, y2 - 1), fill=colour)
    return np.asarray(image)


def found(crop: Crop, label: int) -> Floats:
    """The edges of the face of that label in the crop's pixels."""
    colour = np.array(COLOURS[LABELS.tolist().index(label)])
    near = np.abs(crop.pixels.astype(int) - colour).max(axis=2) < 125
    columns, rows = np.flatnonzero(near.any(axis=0)), np.flatnonzero(near.any(axis=1))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)


def crop_of(pixels: Pixels, seed: int, difficult: np.ndarray = NONE_DIFFICULT) -> Crop:
    return augment(pixels, BOXES, LABELS, difficult, 128, SETTINGS, np.random.default_rng(seed))


def check_crop(crop: Crop, tolerance_px: float) -> int:
    """Compare all learnt boxes with the pixels; how many there were."""
    assert crop.pixels.shape == (128, 128, 3)
    assert crop.pixels.dtype == np.uint8
    assert crop.boxes.dtype == np.float32
    assert (crop.boxes >= 0).all()
    assert (crop.boxes <= 128).all()
    for box, label in zip(crop.boxes, crop.labels.tolist(), strict=True):
        np.testing.assert_allclose(found(crop, label), box, atol=tolerance_px)
    return len(crop.boxes)


@pytest.mark.parametrize("mirrored", [False, True])
def test_boxes_follow_crops_and_mirror_images(monkeypatch: pytest.MonkeyPatch, mirrored: bool) -> None:
    monkeypatch.setattr(augment_module, "ROTATED_SHARE", 0.0)
    monkeypatch.setattr(augment_module, "MIRRORED_SHARE", float(mirrored))
    pixels = picture()
    assert sum(check_crop(crop_of(pixels, seed), 1.6) for seed in range(60)) > 60


def test_a_mirror_image_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augment_module, "ROTATED_SHARE", 0.0)
    crops = []
    for share in (0.0, 1.0):
        monkeypatch.setattr(augment_module, "MIRRORED_SHARE", share)
        crops.append(crop_of(picture(), 3))
    assert np.array_equal(crops[0].pixels, crops[1].pixels[:, ::-1])


@pytest.mark.parametrize("angle_deg", [-12.0, 12.0, None])
def test_boxes_follow_round_faces_when_a_crop_is_turned(
    monkeypatch: pytest.MonkeyPatch, angle_deg: float | None
) -> None:
    """A turned circle keeps its box; a face is nearly one."""
    monkeypatch.setattr(augment_module, "ROTATED_SHARE", 1.0)
    if angle_deg is not None:
        rotated = augment_module._rotated
        monkeypatch.setattr(augment_module, "_rotated", lambda pixels, boxes, _: rotated(pixels, boxes, angle_deg))
    pixels = picture(round_faces=True)
    whole = 0
    for seed in range(60):
        crop = crop_of(pixels, seed)
        in_view = ((crop.boxes > 2) & (crop.boxes < 126)).all(axis=1)  # what is cut off has other edges
        inner = Crop(crop.pixels, crop.boxes[in_view], crop.labels[in_view], crop.ignored)
        whole += check_crop(inner, 4.0)  # an ellipse of 50 by 70 px is 2 px wider when turned by 12 degrees
        for box, label in zip(inner.boxes, inner.labels.tolist(), strict=True):
            seen = found(inner, label)
            np.testing.assert_allclose(seen[:2] + seen[2:], box[:2] + box[2:], atol=3.0)  # twice the centre
    assert whole > 20


def test_a_difficult_face_is_ignored_and_never_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augment_module, "ROTATED_SHARE", 0.0)
    seen = 0
    for seed in range(40):
        crop = crop_of(picture(), seed, np.array([False, True]))
        assert set(crop.labels.tolist()) <= {5}
        for box in crop.ignored:
            x, y = ((box[:2] + box[2:]) / 2).astype(int)
            seen += bool((crop.pixels[y, x] == COLOURS[1]).all())
    assert seen > 10


def test_a_picture_without_boxes_gives_a_crop_without_boxes() -> None:
    none = np.zeros((0, 4), np.float32)
    for seed in range(20):
        crop = augment(
            picture(), none, np.zeros(0, np.int64), np.zeros(0, bool), 128, SETTINGS, np.random.default_rng(seed)
        )
        assert crop.boxes.shape == crop.ignored.shape == (0, 4)
        assert crop.labels.shape == (0,)


def test_a_crop_is_a_function_of_its_seed_and_leaves_the_picture_alone() -> None:
    pixels = picture()
    before = pixels.copy()
    one, other, another = (crop_of(pixels, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.pixels, other.pixels)
    assert np.array_equal(one.boxes, other.boxes)
    assert not np.array_equal(one.pixels, another.pixels)
    assert np.array_equal(pixels, before)


def test_faces_come_in_a_wide_range_of_sizes() -> None:
    sides = [
        float(np.sqrt((box[2] - box[0]) * (box[3] - box[1])))
        for seed in range(200)
        for box in crop_of(picture(), seed).boxes
    ]
    assert np.quantile(sides, 0.1) < 30
    assert np.quantile(sides, 0.9) > 70
