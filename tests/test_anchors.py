"""Where anchors lie and which box each answers for."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from maskwatch import anchors as anchor_math
from maskwatch import boxes as box_math
from maskwatch.anchors import BACKGROUND, IGNORED, AnchorSettings
from maskwatch.boxes import Floats, Ints
from maskwatch.retinanet.variants import FACE_ANCHORS

CLASSIC = AnchorSettings(sizes=(32, 64, 128, 256, 512), strides=(8, 16, 32, 64, 128))
EMPTY = np.zeros((0, 4), np.float32)
SIDE = 128


def test_the_first_anchors_of_a_level_are_those_of_keras_retinanet() -> None:
    """Computed by hand: areas of 32**2 times 1, 2**(2/3), 2**(4/3); ratios .5, 1, 2 outside, scales inside."""
    third = 2 ** (1 / 3)
    by_hand = []
    for width, height in ((32 * 2**0.5, 16 * 2**0.5), (32, 32), (16 * 2**0.5, 32 * 2**0.5)):
        for scale in (1, third, third**2):
            by_hand.append(
                (4 - width * scale / 2, 4 - height * scale / 2, 4 + width * scale / 2, 4 + height * scale / 2)
            )
    found = anchor_math.generate(CLASSIC, 64, 64)
    np.testing.assert_allclose(found[:9], by_hand, atol=1e-4)
    np.testing.assert_allclose(found[9:18], np.array(by_hand) + [8, 0, 8, 0], atol=1e-4)  # then along the row
    np.testing.assert_allclose(found[72:81], np.array(by_hand) + [0, 8, 0, 8], atol=1e-4)  # then the next row


@pytest.mark.parametrize(
    ("height", "width", "shapes"),
    [
        (256, 320, [(32, 40), (16, 20), (8, 10), (4, 5), (2, 3)]),  # 320 / 128 is rounded up
        (33, 47, [(5, 6), (3, 3), (2, 2), (1, 1), (1, 1)]),
        (200, 129, [(25, 17), (13, 9), (7, 5), (4, 3), (2, 2)]),
    ],
)
def test_every_level_covers_the_picture_also_at_odd_sizes(
    height: int, width: int, shapes: list[tuple[int, int]]
) -> None:
    assert CLASSIC.level_shapes(height, width) == shapes
    found = anchor_math.generate(CLASSIC, height, width)
    assert found.shape == (9 * sum(rows * columns for rows, columns in shapes), 4)
    # keras-retinanet's centres: half a stride from the corner, never moved to fit the size.
    last = box_math.centres(found[-9:])
    rows, columns = shapes[-1]
    np.testing.assert_allclose(last, np.tile([(columns - 0.5) * 128, (rows - 0.5) * 128], (9, 1)), atol=1e-3)


def test_an_anchor_keeps_the_area_of_its_size_and_a_ratio_is_height_over_width() -> None:
    cells = CLASSIC.cell_boxes(1)
    sides = cells[:, 2:] - cells[:, :2]
    np.testing.assert_allclose(sides[:, 1] / sides[:, 0], np.repeat([0.5, 1, 2], 3), rtol=1e-5)
    np.testing.assert_allclose(box_math.side(cells), 64 * np.tile([1, 2 ** (1 / 3), 2 ** (2 / 3)], 3), rtol=1e-5)


def test_anchors_are_shared_and_so_cannot_be_written_to() -> None:
    found = anchor_math.generate(FACE_ANCHORS, 64, 64)
    assert found is anchor_math.generate(FACE_ANCHORS, 64, 64)
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 0


def test_a_size_for_each_stride_is_asked_for() -> None:
    with pytest.raises(ValueError, match="2 anchor sizes for 3 strides"):
        AnchorSettings(sizes=(16, 32), strides=(8, 16, 32))


def wide(share: float) -> tuple[float, float, float, float]:
    """A box whose IoU with (0, 0, 100, 100) is `share`."""
    return (0, 0, 100 * share, 100)


@pytest.mark.parametrize(
    ("shares", "rescue", "expected"),
    [
        ([1.0, 0.5, 0.45, 0.41, 0.4, 0.2], False, [0, 0, IGNORED, IGNORED, BACKGROUND, BACKGROUND]),
        ([0.49, 0.45, 0.3], False, [IGNORED, IGNORED, BACKGROUND]),  # nobody answers for the box
        ([0.49, 0.45, 0.3], True, [0, IGNORED, BACKGROUND]),  # the best is rescued, even among the ignored
        ([0.1, 0.3, 0.2], True, [BACKGROUND, 0, BACKGROUND]),  # or among background
        ([0.9, 0.3], True, [0, BACKGROUND]),  # a box that is reached needs no rescue
    ],
)
def test_matching_by_iou(shares: list[float], rescue: bool, expected: list[int]) -> None:
    anchors = np.array([wide(share) for share in shares], np.float32)
    box = np.array([[0, 0, 100, 100]], np.float32)
    assert anchor_math.match_by_iou(anchors, box, rescue=rescue).tolist() == expected


def test_an_anchor_answers_for_the_box_it_overlaps_most() -> None:
    anchors = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [60, 60, 70, 70]], np.float32)
    boxes = np.array([[21, 0, 31, 10], [0, 1, 10, 11], [0, 0, 12, 12]], np.float32)
    assert anchor_math.match_by_iou(anchors, boxes).tolist() == [1, 0, BACKGROUND]


def test_a_box_that_overlaps_no_anchor_is_not_rescued() -> None:
    anchors = np.array([[0, 0, 10, 10]], np.float32)
    far = np.array([[50, 50, 60, 60]], np.float32)
    assert anchor_math.match_by_iou(anchors, far, rescue=True).tolist() == [BACKGROUND]


def face_anchors() -> tuple[Floats, tuple[int, ...]]:
    levels = FACE_ANCHORS.level_shapes(SIDE, SIDE)
    return anchor_math.generate(FACE_ANCHORS, SIDE, SIDE), tuple(rows * columns for rows, columns in levels)


def atss(boxes: Floats) -> Ints:
    anchors, levels = face_anchors()
    return anchor_math.match_atss(anchors, boxes, levels)


@st.composite
def faces(draw: st.DrawFn) -> Floats:
    """(N, 4) boxes of sides 3 to 120 px that lie anywhere in a crop, also crowded into a corner of it."""
    count = draw(st.integers(1, 12))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sides = np.exp(random.uniform(np.log(3), np.log(draw(st.sampled_from([6.0, 30.0, 120.0]))), (count, 1)))
    sides = sides * [[1.0, random.uniform(1, 1.4)]]
    spread = draw(st.sampled_from([1.0, 0.1]))
    corners = random.uniform(0, spread, (count, 2)) * np.clip(SIDE - sides, 1, None)
    return np.concatenate([corners, corners + sides], axis=1).astype(np.float32)


@settings(deadline=None)
@given(faces())
def test_every_face_gets_an_anchor_that_overlaps_it(boxes: Floats) -> None:
    matches = atss(boxes)
    anchors, _ = face_anchors()
    assert set(range(len(boxes))) <= set(matches.tolist())
    answering = np.flatnonzero(matches >= 0)
    assert (box_math.iou(anchors[answering], boxes)[np.arange(len(answering)), matches[answering]] > 0).all()
    assert (matches >= BACKGROUND).all()


@settings(deadline=None)
@given(faces(), st.randoms(use_true_random=False))
def test_the_order_of_the_faces_does_not_matter(boxes: Floats, random: object) -> None:
    order = list(range(len(boxes)))
    random.shuffle(order)  # type: ignore[attr-defined]
    anchors, _ = face_anchors()
    overlap = box_math.iou(anchors, boxes)
    assume(all(len(set(row[row > 0])) == (row > 0).sum() for row in overlap))  # a tie has to go somewhere
    matches, shuffled = atss(boxes), atss(boxes[order])
    as_before = np.where(shuffled >= 0, np.array(order)[shuffled], BACKGROUND)
    assert as_before.tolist() == matches.tolist()


@pytest.mark.parametrize("seed", range(20))
def test_a_lone_face_is_matched_as_the_paper_says(seed: int) -> None:
    """Zhang et al. 2020, algorithm 1, written out for one box."""
    random = np.random.default_rng(seed)
    corner, sides = random.uniform(0, 60, 2), random.uniform(14, 64, 2)
    box = np.concatenate([corner, corner + sides]).astype(np.float32)[None]
    anchors, levels = face_anchors()
    middle, overlap = box_math.centres(anchors), box_math.iou(anchors, box)[:, 0]
    candidates: list[int] = []
    start = 0
    for size in levels:
        away = np.linalg.norm(middle[start : start + size] - box_math.centres(box), axis=1)
        candidates += (np.argsort(away, kind="stable")[:9] + start).tolist()
        start += size
    threshold = overlap[candidates].mean() + overlap[candidates].std()
    inside = (middle > box[0, :2]).all(axis=1) & (middle < box[0, 2:]).all(axis=1)
    by_hand = [index for index in candidates if overlap[index] >= threshold and inside[index]]
    assert np.flatnonzero(atss(box) == 0).tolist() == sorted(by_hand)
    assert by_hand


def test_two_faces_in_one_cell_both_get_an_anchor() -> None:
    boxes = np.array([[33, 33, 36, 37], [36.5, 33, 39.5, 37]], np.float32)
    assert {0, 1} <= set(atss(boxes).tolist())


def test_a_face_labelled_twice_does_not_lose_the_first_label() -> None:
    boxes = np.array([[33, 33, 38, 39], [33, 33, 38, 39]], np.float32)
    assert {0, 1} <= set(atss(boxes).tolist())


def test_what_nobody_can_spare_is_not_taken() -> None:
    """A hundred labels on one spot have not a hundred anchors that overlap them: the first come have one each."""
    anchors, _ = face_anchors()
    boxes = np.tile(np.array([[33, 33, 38, 39]], np.float32), (100, 1))
    matches = atss(boxes)
    answering = matches >= 0
    assert (box_math.iou(anchors[answering], boxes[:1]) > 0).all()
    assert sorted(matches[answering].tolist()) == list(range(answering.sum()))


def test_no_boxes_leave_everything_background() -> None:
    anchors, levels = face_anchors()
    for matches in (anchor_math.match_atss(anchors, EMPTY, levels), anchor_math.match_by_iou(anchors, EMPTY)):
        assert matches.shape == (len(anchors),)
        assert matches.dtype == np.int64
        assert (matches == BACKGROUND).all()
    assert anchor_math.best_iou(FACE_ANCHORS, EMPTY, 64, 64).shape == (0,)


def test_the_best_fit_of_an_anchor_to_itself_is_one() -> None:
    anchors = anchor_math.generate(FACE_ANCHORS, 96, 64)
    shifted = anchors[[0, 40]] + np.array([[0] * 4, [1, 0, 1, 0]], np.float32)
    best = anchor_math.best_iou(FACE_ANCHORS, shifted, 96, 64)
    assert best[0] == pytest.approx(1)
    assert 0.8 < best[1] < 1
