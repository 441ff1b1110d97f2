"""Box arithmetic: hand values, and properties over random boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from maskwatch import boxes as box_math
from maskwatch.boxes import Floats

EMPTY = np.zeros((0, 4), np.float32)


@st.composite
def some_boxes(draw: st.DrawFn, most: int = 12) -> Floats:
    """(N, 4) float32 xyxy of sides 1 to 40 within 0..100 px, on a grid of quarters of a pixel."""
    count = draw(st.integers(0, most))
    corners = draw(arrays(np.int32, (count, 2), elements=st.integers(0, 240)))
    sides = draw(arrays(np.int32, (count, 2), elements=st.integers(4, 160)))
    return (np.concatenate([corners, corners + sides], axis=1) / 4).astype(np.float32)


@given(some_boxes())
def test_centre_form_and_edges_are_inverse(boxes: Floats) -> None:
    there_and_back = box_math.cxcywh_to_xyxy(box_math.xyxy_to_cxcywh(boxes))
    np.testing.assert_allclose(there_and_back, boxes, atol=1e-4)


def test_centre_form_is_what_it_says() -> None:
    box = np.array([[10, 20, 16, 50]], np.float32)
    assert box_math.xyxy_to_cxcywh(box).tolist() == [[13, 35, 6, 30]]
    assert box_math.centres(box).tolist() == [[13, 35]]
    assert box_math.side(np.array([[0, 0, 4, 9]], np.float32)).tolist() == [6]


@pytest.mark.parametrize(
    ("other", "iou", "covered"),
    [
        ((0, 0, 10, 10), 1.0, 1.0),  # the same
        ((5, 0, 15, 10), 1 / 3, 0.5),  # half beside
        ((2, 2, 4, 7), 0.1, 0.1),  # inside
        ((-10, -10, 30, 30), 100 / 1600, 1.0),  # round it
        ((10, 0, 20, 10), 0.0, 0.0),  # an edge in common
        ((50, 50, 60, 60), 0.0, 0.0),  # elsewhere
        ((5, 5, 5, 5), 0.0, 0.0),  # a point
        ((8, 8, 2, 2), 0.0, 0.0),  # reversed: no area
    ],
)
def test_overlap_of_two_boxes(other: tuple[float, ...], iou: float, covered: float) -> None:
    one, two = np.array([[0, 0, 10, 10]], np.float32), np.array([other], np.float32)
    assert box_math.iou(one, two)[0, 0] == pytest.approx(iou)
    assert box_math.covered(one, two)[0, 0] == pytest.approx(covered)


def test_two_points_do_not_overlap_and_nothing_is_divided_by_zero() -> None:
    point = np.array([[3, 3, 3, 3]], np.float32)
    assert box_math.iou(point, point).tolist() == [[0]]
    assert box_math.covered(point, point).tolist() == [[0]]


@given(some_boxes(), some_boxes())
def test_overlap_is_symmetric_and_a_share(one: Floats, two: Floats) -> None:
    overlap = box_math.iou(one, two)
    assert overlap.shape == (len(one), len(two))
    np.testing.assert_allclose(overlap, box_math.iou(two, one).T)
    assert ((overlap >= 0) & (overlap <= 1 + 1e-6)).all()
    np.testing.assert_allclose(np.diag(box_math.iou(one, one)), 1)


@given(some_boxes())
def test_clipping_keeps_what_lies_in_the_picture(boxes: Floats) -> None:
    cut = box_math.clip(boxes, 40, 30)
    picture = np.array([[0, 0, 40, 30]], np.float32)
    np.testing.assert_allclose(box_math.area(cut), box_math.intersection(boxes, picture)[:, 0], rtol=1e-5)
    assert (cut <= [40, 30, 40, 30]).all()
    assert (cut >= 0).all()


@given(some_boxes(), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 0.5, 0.9]))
def test_suppression_keeps_the_best_of_every_heap(boxes: Floats, seed: int, threshold: float) -> None:
    scores = np.random.default_rng(seed).random(len(boxes)).astype(np.float32)
    kept = box_math.nms(boxes, scores, threshold)
    assert kept.dtype == np.int64
    assert (np.diff(scores[kept]) <= 0).all()
    among_kept = box_math.iou(boxes[kept], boxes[kept]) - np.eye(len(kept))
    assert (among_kept <= threshold).all()
    for gone in np.setdiff1d(np.arange(len(boxes)), kept):
        better = kept[scores[kept] >= scores[gone]]
        assert (box_math.iou(boxes[gone : gone + 1], boxes[better]) > threshold).any()


def test_equal_scores_keep_their_order() -> None:
    apart = np.arange(60, dtype=np.float32)[:, None] * 20 + np.array([0, 0, 10, 10], np.float32)
    scores = np.random.default_rng(0).choice(np.float32([0.2, 0.5, 0.9]), 60)
    kept = box_math.nms(apart, scores, 0.5)
    assert kept.tolist() == sorted(range(60), key=lambda box: -scores[box])
    twice = np.concatenate([apart, apart])
    assert sorted(box_math.nms(twice, np.full(120, 0.5, np.float32), 0.5).tolist()) == list(range(60))


def test_an_overlap_equal_to_the_threshold_is_kept() -> None:
    half = np.array([[0, 0, 10, 10], [0, 0, 10, 5]], np.float32)
    assert box_math.nms(half, np.array([0.9, 0.8], np.float32), 0.5).tolist() == [0, 1]


def test_no_boxes_give_empty_arrays() -> None:
    three = np.tile(np.array([[0, 0, 1, 1]], np.float32), (3, 1))
    assert box_math.iou(EMPTY, three).shape == (0, 3)
    assert box_math.covered(three, EMPTY).shape == (3, 0)
    assert box_math.area(EMPTY).shape == (0,)
    assert box_math.clip(EMPTY, 5, 5).shape == (0, 4)
    assert box_math.nms(EMPTY, np.zeros(0, np.float32), 0.5).shape == (0,)
