"""Which detection found which face."""

import numpy as np
import pytest

from evaluation_parts import run_of, sample, square
from maskwatch.evaluation.matching import FALSE, IGNORED, assign, match
from maskwatch.evaluation.rules import HOUSE, KERAS_RETINANET

FACE = square(100, 100, 40)


@pytest.mark.parametrize(
    ("overlap", "difficult", "expected"),
    [
        # one face, one hit
        ([[0.7]], [False], [0]),
        # exactly one half is a hit, less is not
        ([[0.5], [0.4999]], [False], [0, FALSE]),
        # the second detection of one face is false
        ([[0.6], [0.9]], [False], [0, FALSE]),
        # the best face goes to the first detection, the next best free one to the second
        ([[0.9, 0.6], [0.8, 0.7]], [False, False], [0, 1]),
        # a face too little overlapped is not taken though it is the only free one
        ([[0.9, 0.1], [0.8, 0.4]], [False, False], [0, FALSE]),
        # difficult: ignored, however many find it
        ([[0.9], [0.8]], [True], [IGNORED, IGNORED]),
        # the best available match is the difficult face, so the detection counts neither way
        ([[0.6, 0.8]], [False, True], [IGNORED]),
        # the better match is a face that counts
        ([[0.6, 0.8]], [True, False], [1]),
        # of equal matches the face that counts is found
        ([[0.7, 0.7]], [True, False], [1]),
        # once its own face is taken the difficult one is the best that is left
        ([[0.9, 0.6], [0.9, 0.6]], [False, True], [0, IGNORED]),
    ],
)
def test_each_detection_gets_the_best_face_that_is_free(
    overlap: list[list[float]], difficult: list[bool], expected: list[int]
) -> None:
    found = assign(np.array(overlap, np.float32), np.array(difficult))
    assert found.tolist() == expected


def test_no_faces_and_no_detections_give_empty_matches() -> None:
    assert assign(np.zeros((2, 0), np.float32), np.zeros(0, bool)).tolist() == [FALSE, FALSE]
    assert assign(np.zeros((0, 3), np.float32), np.zeros(3, bool)).shape == (0,)


def test_keras_retinanet_tries_no_second_best_face() -> None:
    overlap = np.array([[0.9, 0.6], [0.8, 0.7]], np.float32)
    assert assign(overlap, np.zeros(2, bool), KERAS_RETINANET).tolist() == [0, FALSE]
    assert assign(overlap, np.zeros(2, bool), HOUSE).tolist() == [0, 1]


def test_the_better_score_chooses_first_whatever_the_order_of_rows() -> None:
    near = square(103, 100, 40)
    matches = match(run_of((sample([("mask", FACE)]), [("mask", 0.3, FACE), ("mask", 0.8, near)])))
    assert matches.scores.tolist() == pytest.approx([0.8, 0.3])
    assert matches.rows.tolist() == [1, 0]
    assert matches.faces.tolist() == [0, FALSE]


def test_a_face_of_another_class_is_found_only_when_classes_are_not_asked_for() -> None:
    run = run_of((sample([("mask", FACE)]), [("no_mask", 0.8, FACE)]))
    assert match(run).faces.tolist() == [FALSE]
    assert match(run, by_class=False).faces.tolist() == [0]


def test_faces_are_numbered_through_all_pictures() -> None:
    pair = sample([("mask", FACE), ("mask", square(500, 500, 50))])
    run = run_of((pair, [("mask", 0.9, square(500, 500, 50))]), (sample(), []), (pair, [("mask", 0.8, FACE)]))
    matches = match(run)
    assert matches.faces.tolist() == [1, 2]
    assert matches.pictures.tolist() == [0, 2]
    assert matches.face_pictures.tolist() == [0, 0, 2, 2]
    assert matches.face_rows.tolist() == [0, 1, 0, 1]


def test_detections_below_the_least_score_and_beyond_the_most_are_not_looked_at() -> None:
    nowhere = [("mask", 0.9, square(700, 700, 20))] * 299
    rows = [*nowhere, ("mask", 0.5, FACE), ("mask", 0.4, square(500, 500, 50))]
    faces = sample([("mask", FACE), ("mask", square(500, 500, 50))])
    assert match(run_of((faces, rows))).faces.tolist() == [FALSE] * 299 + [0]
    assert match(run_of((faces, [("mask", 0.0199, FACE), ("mask", 0.02, FACE)]))).scores.tolist() == pytest.approx(
        [0.02]
    )
