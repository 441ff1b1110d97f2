"""Pictures are resized as keras-retinanet's OpenCV resizes them, to the bit."""

import numpy as np
import pytest

import formula_weights
from keras_h5_files import recorded_numbers
from maskwatch.pictures.preprocessing import Preprocessing
from record_keras_retinanet import RESIZED

CLASSIC = Preprocessing("short_side", 60, 100, "sampled")


@pytest.mark.parametrize(("name", "height", "width"), RESIZED[:2])
def test_resizing_gives_the_pixels_of_opencv(name: str, height: int, width: int) -> None:
    pixels, placement = CLASSIC.apply(formula_weights.picture(name, height, width))
    np.testing.assert_array_equal(pixels, recorded_numbers()[f"0.2 resized {name}"])
    assert placement.scale_x == placement.scale_y == recorded_numbers()[f"0.2 resized {name} scale"]


def test_the_longer_side_has_a_limit_and_the_shorter_one_is_filled_to_what_the_network_needs() -> None:
    name, height, width = RESIZED[2]
    pixels, placement = CLASSIC.apply(formula_weights.picture(name, height, width))
    theirs = recorded_numbers()[f"0.2 resized {name}"]
    assert (pixels.shape, theirs.shape) == ((32, 100, 3), (25, 100, 3))
    np.testing.assert_array_equal(pixels[:25], theirs)
    np.testing.assert_allclose(pixels[25:].astype(int), np.repeat(pixels[25:26], 7, axis=0).astype(int), atol=1)


def test_boxes_come_back_by_exactly_the_factor() -> None:
    picture = np.zeros((150, 221, 3), np.uint8)
    _, placement = CLASSIC.apply(picture)
    boxes = np.array([[3, 5, 80, 60]], np.float32)
    np.testing.assert_allclose(placement.to_input(boxes), boxes * 0.4, rtol=1e-6)
    np.testing.assert_allclose(placement.to_picture(placement.to_input(boxes)), boxes, rtol=1e-6)


@pytest.mark.parametrize("values", [(0, 0), (255, 255), (0, 255)])
def test_no_level_leaves_its_range(values: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).choice(np.array(values, np.uint8), (64, 64, 3))
    pixels, _ = Preprocessing("short_side", 97, 200, "sampled").apply(picture)
    assert (pixels.min(), pixels.max()) == values


def test_a_letterbox_is_never_sampled() -> None:
    with pytest.raises(ValueError, match="never sampled"):
        Preprocessing("letterbox", filter="sampled")
