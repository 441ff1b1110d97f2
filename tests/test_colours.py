"""Light, colour, blur, noise and compression change pixels, not places."""

from collections.abc import Callable

import numpy as np
import pytest

from maskwatch.pictures.preprocessing import Pixels
from maskwatch.training.colours import distort

BOX = (12, 20, 44, 48)


def picture() -> Pixels:
    """A light square with a tint on a dark ground with another, (64, 64, 3)."""
    pixels = np.full((64, 64, 3), (50, 60, 40), np.uint8)
    x1, y1, x2, y2 = BOX
    pixels[y1:y2, x1:x2] = (190, 170, 180)
    return pixels


def distorted(count: int) -> list[Pixels]:
    return [distort(picture(), np.random.default_rng(seed)) for seed in range(count)]


@pytest.fixture(scope="module")
def many() -> list[Pixels]:
    return distorted(400)


def test_shape_and_type_stay(many: list[Pixels]) -> None:
    assert {(each.shape, each.dtype) for each in many} == {((64, 64, 3), np.dtype(np.uint8))}


def test_faces_stay_where_they_are(many: list[Pixels]) -> None:
    x1, y1, x2, y2 = BOX
    for each in many:
        grey = each.astype(float).mean(axis=2)
        light, dark = np.median(grey[y1 + 6 : y2 - 6, x1 + 6 : x2 - 6]), np.median(grey[:12])
        assert light > dark + 12  # still to be seen
        bright = grey > (light + dark) / 2
        # Noise makes single pixels bright; most of a row or column is not noise.
        columns = np.flatnonzero(bright[y1:y2].mean(axis=0) > 0.5)
        rows = np.flatnonzero(bright[:, x1:x2].mean(axis=1) > 0.5)
        edges = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
        np.testing.assert_allclose(edges, BOX, atol=3)


def test_most_pictures_change_and_in_many_ways(many: list[Pixels]) -> None:
    same = sum(np.array_equal(each, picture()) for each in many)
    assert 0 < same < 100  # some are left as they are
    levels = [each.mean() for each in many]
    assert max(levels) - min(levels) > 60


def is_grey(pixels: Pixels) -> bool:
    return bool(np.ptp(pixels.astype(int), axis=2).max() == 0)


def is_noisy(pixels: Pixels) -> bool:
    return bool(pixels[:12].std(axis=(0, 1)).max() > 2)


def is_crisp(pixels: Pixels) -> bool:
    """Two even colours with nothing between: neither noise nor blur nor compression."""
    return len(np.unique(pixels.astype(int) @ (1 << 16, 1 << 8, 1))) == 2


@pytest.mark.parametrize(
    ("what", "least", "most"),
    [
        (is_grey, 8, 45),  # a twentieth of 400
        (is_noisy, 20, 70),  # a tenth
        (is_crisp, 150, 300),  # what is left by blur, a low resolution, noise and compression: about .55
    ],
)
def test_each_distortion_is_used_but_not_always(
    many: list[Pixels], what: Callable[[Pixels], bool], least: int, most: int
) -> None:
    assert least <= sum(what(each) for each in many) <= most


def test_a_distortion_is_a_function_of_its_seed_and_leaves_its_input_alone() -> None:
    pixels = picture()
    pixels.flags.writeable = False
    for seed in range(30):
        one, other = (distort(pixels, np.random.default_rng(seed)) for _ in range(2))
        assert np.array_equal(one, other)


def test_black_white_and_tiny_pictures_are_no_trouble() -> None:
    for pixels in (np.zeros((64, 64, 3), np.uint8), np.full((21, 21, 3), 255, np.uint8), np.zeros((5, 5, 3), np.uint8)):
        for seed in range(60):
            assert distort(pixels, np.random.default_rng(seed)).shape == pixels.shape
