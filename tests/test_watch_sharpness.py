"""How blurred a face is."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from maskwatch.watching.sharpness import blur


def face(side: int, blurred_px: float = 0.0) -> np.ndarray:
    """A square of structure at every scale, (side, side, 3), blurred by a Gaussian."""
    chance = np.random.default_rng(3)
    sizes = [size for size in (2, 4, 8, 16, 32, 64, 128) if size <= side]
    layers = [Image.fromarray(chance.integers(0, 255, (n, n), np.uint8)).resize((side, side)) for n in sizes]
    mixed = Image.fromarray(np.mean([np.asarray(layer) for layer in layers], axis=0).astype(np.uint8))
    return np.asarray(mixed.filter(ImageFilter.GaussianBlur(blurred_px)).convert("RGB"))


def of(picture: np.ndarray) -> float | None:
    height, width = picture.shape[:2]
    return blur(picture, np.array([0, 0, width, height], np.float32))


@pytest.mark.parametrize("side", [24, 48, 128])
def test_more_blur_is_more_blurred(side: int) -> None:
    found = [of(face(side, share * side)) for share in (0, 0.04, 0.08, 0.16)]
    assert all(value is not None and 0 <= value <= 1 for value in found)
    assert found == sorted(found, key=lambda value: value or 0)
    assert (found[-1] or 0) - (found[0] or 0) > 0.2


def test_contrast_and_brightness_do_not_matter() -> None:
    picture = face(64)
    dimmer = (picture // 4 + 20).astype(np.uint8)
    assert of(dimmer) == pytest.approx(of(picture), abs=0.03)


def test_a_large_face_blurred_in_its_finest_detail_only_is_as_good_as_sharp() -> None:
    assert of(face(128, 1.0)) == pytest.approx(of(face(128)), abs=0.08)


def test_a_flat_face_is_wholly_blurred() -> None:
    assert of(np.full((40, 40, 3), 90, np.uint8)) == 1.0


@pytest.mark.parametrize("box", [(0, 0, 7, 30), (-20, 0, 5, 30), (50, 50, 90, 90), (10, 10, 10, 10)])
def test_where_too_little_is_in_the_picture_nothing_is_said(box: tuple[int, ...]) -> None:
    assert blur(face(40), np.array(box, np.float32)) is None
