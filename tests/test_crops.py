"""Crops: what they show, and what becomes of the boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskwatch import boxes as box_math
from maskwatch.boxes import Floats
from maskwatch.pictures.preprocessing import Pixels
from maskwatch.training import crops
from maskwatch.training.crops import GREY, Crop, Window, boxes_in_crop, choose_window, cut, mosaic
from maskwatch.training.settings import AugmentSettings

SETTINGS = AugmentSettings(crop_px=100, face_px=(8.0, 90.0))
PIXELS = np.zeros((100, 100, 3), np.uint8)
EMPTY = np.zeros((0, 4), np.float32)


@pytest.mark.parametrize(
    ("box", "learnt", "ignored"),
    [
        ((10, 10, 30, 30), [10, 10, 30, 30], None),  # in view
        ((90, 10, 110, 30), [90, 10, 100, 30], None),  # half of it in view is enough
        ((-11, 10, 9, 30), None, [0, 10, 9, 30]),  # .45 of it is not
        ((97, 10, 117, 30), None, [97, 10, 100, 30]),  # .15 of it is still to be ignored
        ((98, 10, 118, 30), None, None),  # .1 of it is gone
        ((200, 200, 220, 220), None, None),  # elsewhere
        ((10, 10, 15, 15), [10, 10, 15, 15], None),  # 5 px is the smallest
        ((10, 10, 14.9, 15), None, [10, 10, 14.9, 15]),  # smaller is ignored
        ((99, 10, 103, 14), None, [99, 10, 100, 14]),  # small and a quarter in view
        ((-50, -50, 150, 150), None, [0, 0, 100, 100]),  # a face of which the crop is a quarter
        ((-15, -15, 115, 115), [0, 0, 100, 100], None),  # a face a little larger than the crop
    ],
)
def test_a_box_is_learnt_ignored_or_gone_by_its_size_and_the_share_in_view(
    box: tuple[float, ...], learnt: list[float] | None, ignored: list[float] | None
) -> None:
    crop = boxes_in_crop(np.array([box], np.float32), np.array([7]), EMPTY, PIXELS, SETTINGS)
    np.testing.assert_allclose(crop.boxes, [learnt] if learnt else EMPTY)
    np.testing.assert_allclose(crop.ignored, [ignored] if ignored else EMPTY)
    assert crop.labels.tolist() == ([7] if learnt else [])


def test_what_was_to_be_ignored_is_cut_to_the_crop_and_gone_outside() -> None:
    difficult = np.array([[10, 10, 12, 12], [-10, 50, 5, 60], [100, 0, 120, 10], [200, 200, 210, 210]], np.float32)
    crop = boxes_in_crop(EMPTY, np.zeros(0, np.int64), difficult, PIXELS, SETTINGS)
    assert crop.ignored.tolist() == [[10, 10, 12, 12], [0, 50, 5, 60]]
    assert crop.boxes.shape == (0, 4)


def test_labels_stay_with_their_boxes() -> None:
    boxes = np.array([[0, 0, 20, 20], [150, 0, 170, 20], [50, 50, 70, 70]], np.float32)
    crop = boxes_in_crop(boxes, np.array([3, 1, 2]), EMPTY, PIXELS, SETTINGS)
    assert crop.labels.tolist() == [3, 2]
    assert crop.boxes.tolist() == [[0, 0, 20, 20], [50, 50, 70, 70]]


@st.composite
def faces_in_a_picture(draw: st.DrawFn) -> tuple[int, int, Floats, int]:
    """Width, height, one face of at least 2 px wholly in the picture, and a seed."""
    width, height = draw(st.integers(40, 800)), draw(st.integers(40, 800))
    face_width, face_height = draw(st.floats(2, width)), draw(st.floats(2, height))
    x, y = draw(st.floats(0, 1)) * (width - face_width), draw(st.floats(0, 1)) * (height - face_height)
    face = np.array([[x, y, x + face_width, y + face_height]], np.float32)
    return width, height, face, draw(st.integers(0, 2**32 - 1))


@given(faces_in_a_picture())
def test_a_window_shows_the_face_it_was_chosen_for_and_hardly_anything_beyond_the_picture(
    drawn: tuple[int, int, Floats, int],
) -> None:
    width, height, face, seed = drawn
    window = choose_window(width, height, face, 100, SETTINGS, np.random.default_rng(seed))
    assert 100 / window.side <= SETTINGS.max_scale + 1e-6
    assert window.side <= crops.LARGEST_WINDOW * max(width, height) + 1e-3
    slack = crops.SLACK * window.side + 1e-2
    for start, low, high, full in (
        (window.x, face[0, 0], face[0, 2], width),
        (window.y, face[0, 1], face[0, 3], height),
    ):
        end = start + window.side
        holds_face = start <= low + slack and end >= high - slack
        in_face = start >= low - slack and end <= high + slack
        assert holds_face or in_face
        if window.side <= full:
            assert start >= -slack
            assert end <= full + slack
        else:  # the picture is in the window, but for the slack
            assert start <= slack
            assert end >= full - slack


@given(faces_in_a_picture())
def test_an_aimed_face_has_the_size_drawn_for_it_wherever_scaling_allows(drawn: tuple[int, int, Floats, int]) -> None:
    width, height, face, seed = drawn
    settings = AugmentSettings(crop_px=100, face_px=(30.0, 31.0))

    class Aiming(np.random.Generator):
        def random(self, *arguments: object, **values: object) -> float:  # type: ignore[override]
            return 0.0

    window = choose_window(width, height, face, 100, settings, Aiming(np.random.PCG64(seed)))
    scale = 100 / window.side
    largest = np.isclose(window.side, crops.LARGEST_WINDOW * max(width, height))
    if not largest and not np.isclose(scale, settings.max_scale):
        assert 30 - 1e-3 <= box_math.side(face)[0] * scale <= 31 + 1e-3


@given(st.integers(40, 500), st.integers(40, 500), st.integers(0, 2**32 - 1))
def test_a_picture_without_faces_is_seen_too(width: int, height: int, seed: int) -> None:
    window = choose_window(width, height, EMPTY, 100, SETTINGS, np.random.default_rng(seed))
    assert 100 / window.side <= SETTINGS.max_scale + 1e-6
    for start, full in ((window.x, width), (window.y, height)):
        first, last = sorted((0, full - window.side))  # in the picture, or round it
        assert first - 1e-3 <= start <= last + 1e-3


def gradient(width: int, height: int) -> Pixels:
    """Red grows by 2 a pixel to the right, green downwards, blue is 200."""
    y, x = np.mgrid[:height, :width]
    return np.stack([2 * x, 2 * y, np.full_like(x, 200)], axis=-1).astype(np.uint8)


@pytest.mark.parametrize(
    "window",
    [Window(0, 0, 40), Window(10, 5, 20), Window(10.5, 4.25, 31.7), Window(30, 30, 80), Window(-25, -10, 60)],
)
def test_every_pixel_of_a_crop_comes_from_its_place_in_the_picture(window: Window) -> None:
    picture = gradient(100, 80)
    crop = cut(picture, window, 40).astype(float)
    # The middle of pixel i of the crop, in pixels of the picture.
    places = (np.arange(40) + 0.5) * window.side / 40
    x, y = np.meshgrid(window.x + places - 0.5, window.y + places - 0.5)
    margin = max(1.0, window.side / 40)
    inside = (x > margin) & (x < 99 - margin) & (y > margin) & (y < 79 - margin)
    np.testing.assert_allclose(crop[inside][:, 0], 2 * x[inside], atol=2 * margin + 1)
    np.testing.assert_allclose(crop[inside][:, 1], 2 * y[inside], atol=2 * margin + 1)
    outside = (x < -margin) | (x > 100 + margin) | (y < -margin) | (y > 80 + margin)
    assert (crop[outside] == GREY).all()


def test_a_window_beside_the_picture_is_all_filling() -> None:
    assert (cut(gradient(100, 80), Window(300, 0, 50), 20) == GREY).all()
    assert (cut(gradient(100, 80), Window(99.99, 0, 50), 20) == GREY).all()


def test_shrinking_averages() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 200
    assert np.abs(cut(stripes, Window(0, 0, 64), 8).astype(int) - 100).max() <= 3


def test_a_mosaic_lays_tiles_row_by_row_and_moves_their_boxes_along() -> None:
    def tile(index: int) -> Crop:
        pixels = np.full((20, 20, 3), 20 * index, np.uint8)
        pixels[5:9, 2:8] = 255
        box = np.array([[2, 5, 8, 9]], np.float32)
        return Crop(pixels, box, np.array([index]), box + np.float32(1) if index == 4 else EMPTY)

    whole = mosaic([tile(index) for index in range(9)])
    assert whole.pixels.shape == (60, 60, 3)
    assert whole.labels.tolist() == list(range(9))
    for (x1, y1, x2, y2), label in zip(whole.boxes.astype(int), whole.labels, strict=True):
        assert (whole.pixels[y1:y2, x1:x2] == 255).all()
        assert whole.pixels[y1 - 1, x1 - 1, 0] == 20 * label
    assert whole.ignored.tolist() == [[23, 26, 29, 30]]  # of the middle tile
    alone = mosaic([tile(3)])
    assert alone.boxes.tolist() == [[2, 5, 8, 9]]
