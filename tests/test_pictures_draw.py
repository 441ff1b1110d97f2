"""Drawing boxes and labels."""

import numpy as np
import pytest
from skimage.color import rgb2lab

from maskwatch.detections import Detections, make_detections
from maskwatch.pictures.draw import annotate, class_colour

NAMES = ("mask", "no_mask", "incorrect", "helmet")


def faces(*boxes: tuple[float, float, float, float], label: int = 0) -> Detections:
    count = len(boxes)
    return make_detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.full(count, 0.98, np.float32),
        np.full(count, label),
        np.zeros((count, 4), np.float32),
        NAMES,
    )


def rgb(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


@pytest.mark.parametrize("label", range(4))
def test_a_box_has_the_colour_of_its_class_in_rgb_and_leaves_the_face_alone(label: int) -> None:
    picture = np.full((120, 160, 3), 127, np.uint8)
    drawn = annotate(picture, faces((40, 60, 80, 100), label=label))
    colour = rgb(class_colour(NAMES[label]))
    assert drawn[80, 39].tolist() == drawn[80, 80].tolist() == drawn[100, 60].tolist() == colour
    assert (drawn[61:99, 41:79] == 127).all()
    assert (picture == 127).all()


# Dichromats' colours in linear RGB (Vienot, Brettel and Mollon 1999).
SIGHT = {
    "usual": np.eye(3),
    "protanope": np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
    "deuteranope": np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
}


@pytest.mark.parametrize("sight", SIGHT)
def test_the_three_states_are_told_apart_without_red_or_green(sight: str) -> None:
    linear = [(np.array(rgb(class_colour(name))) / 255) ** 2.2 for name in NAMES[:3]]
    seen = [np.clip(SIGHT[sight] @ colour, 0, 1) ** (1 / 2.2) for colour in linear]
    lab = rgb2lab(np.array(seen)[None])[0]
    apart = [np.linalg.norm(lab[one] - lab[other]) for one, other in ((0, 1), (0, 2), (1, 2))]
    assert min(apart) > 20  # 2.3 is the least difference people notice


@pytest.mark.parametrize("box", [(60, 0, 100, 40), (60, 80, 100, 120), (-5, 50, 10, 70), (150, 50, 165, 70)])
def test_the_label_stands_inside_the_picture_wherever_the_face_is(box: tuple[float, float, float, float]) -> None:
    picture = np.zeros((120, 160, 3), np.uint8)
    drawn = annotate(picture, faces(box))
    letters = (drawn > 200).all(axis=2)
    assert letters.sum() > 60
    rows, columns = np.flatnonzero(letters.any(axis=1)), np.flatnonzero(letters.any(axis=0))
    assert rows[0] > 0
    assert rows[-1] < 119
    assert columns[0] > 0
    assert columns[-1] < 159
    assert np.ptp(columns) > 40


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (32, 32)])
def test_any_size_of_picture_can_be_drawn_on(size: tuple[int, int]) -> None:
    picture = np.zeros((*size, 3), np.uint8)
    assert annotate(picture, faces((0, 0, size[1], size[0]))).shape == (*size, 3)


def test_no_faces_give_an_equal_copy() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (20, 30, 3)).astype(np.uint8)
    drawn = annotate(picture, faces())
    np.testing.assert_array_equal(drawn, picture)
    assert drawn is not picture
    assert drawn.flags.writeable
