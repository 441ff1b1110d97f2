"""Turning, cropping, blacking out, and what is told from a frame."""

import numpy as np
import pytest

from maskwatch.watching.camera.frame import thumbnail_of, to_frame
from maskwatch.watching.camera.framing import Framing
from watch_parts import noise

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def test_nothing_asked_for_leaves_the_picture_as_it_is() -> None:
    picture = noise(1)
    np.testing.assert_array_equal(Framing().apply(picture), picture)


@pytest.mark.parametrize(("degrees", "row", "column"), [(0, 0, 0), (90, 0, -1), (180, -1, -1), (270, -1, 0)])
def test_a_turn_clockwise_takes_the_upper_left_corner_with_it(degrees: int, row: int, column: int) -> None:
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[0, 0] = 255
    turned = Framing(rotate=degrees).apply(picture)
    assert turned.shape[:2] == ((4, 6) if degrees % 180 == 0 else (6, 4))
    assert turned[row, column, 0] == 255
    assert turned.sum() == 3 * 255


def test_a_crop_is_in_shares_of_the_turned_picture() -> None:
    picture = np.arange(4 * 8 * 3, dtype=np.uint8).reshape(4, 8, 3)
    cut = Framing(rotate=180, crop=(0.0, 0.0, 0.25, 0.5)).apply(picture)
    np.testing.assert_array_equal(cut, picture[::-1, ::-1][:2, :2])
    assert cut.flags.c_contiguous


def test_a_crop_never_leaves_nothing() -> None:
    assert Framing(crop=(0.999, 0.999, 1.0, 1.0)).apply(noise(1)).shape == (1, 1, 3)


def test_what_is_blacked_out_is_black_and_the_rest_is_untouched() -> None:
    picture = noise(1)
    before = picture.copy()
    framed = Framing(black_out=(LEFT_HALF,)).apply(picture)
    assert not framed[:, :32].any()
    np.testing.assert_array_equal(framed[:, 34:], before[:, 34:])
    np.testing.assert_array_equal(picture, before)


def test_black_areas_lie_in_the_cropped_picture_and_reach_to_its_edges() -> None:
    everything = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    framed = Framing(rotate=90, crop=(0.5, 0.0, 1.0, 1.0), black_out=(everything,)).apply(noise(1))
    assert framed.shape == (64, 24, 3)
    assert not framed.any()


def test_a_slanted_area_covers_its_corners() -> None:
    triangle = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    framed = Framing(black_out=(triangle,)).apply(np.full((40, 40, 3), 9, np.uint8))
    assert not framed[:18, :18].any()
    assert framed[25:, 25:].all()


def test_equal_pictures_have_equal_fingerprints_and_one_pixel_makes_another() -> None:
    picture = noise(1)
    other = picture.copy()
    other[5, 5, 0] ^= 1
    assert to_frame(picture, 1, 0).fingerprint == to_frame(picture.copy(), 2, 9).fingerprint
    assert to_frame(picture, 1, 0).fingerprint != to_frame(other, 1, 0).fingerprint


def test_a_thumbnail_is_the_brightness_averaged() -> None:
    picture = np.zeros((540, 960, 3), np.uint8)
    picture[:, 480:] = 200
    thumbnail = thumbnail_of(picture)
    assert thumbnail.shape == (54, 96)
    assert set(np.unique(thumbnail[:, :48])) == {0}
    assert set(np.unique(thumbnail[:, 48:])) == {200}
