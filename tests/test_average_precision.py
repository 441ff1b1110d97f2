"""Average precision against figures worked out by hand, and what must not change it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation_parts import CLASSES, Face, Row, pictures, run_of, sample, square
from maskwatch.data.samples import Sample
from maskwatch.errors import UserError
from maskwatch.evaluation.average_precision import curve
from maskwatch.evaluation.measure import judge
from maskwatch.evaluation.rules import KERAS_RETINANET

A, B, C, NOWHERE = square(0, 0, 40), square(100, 0, 40), square(200, 0, 40), square(500, 500, 40)
Pictures = list[tuple[Sample, list[Row]]]


def aps(made: Pictures, classes: Sequence[str] = CLASSES) -> dict[str, float]:
    return judge(run_of(*made, classes=classes), score=0.5).ap_by_class


@pytest.mark.parametrize(
    ("scores", "hits", "faces", "area"),
    [
        # precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1
        ([0.9, 0.8, 0.7], [True, False, True], 2, 0.5 + 0.5 * 2 / 3),
        # a late rise of precision lifts everything before it: 1/2, 2/3, 3/4 count as 3/4
        ([0.9, 0.8, 0.7, 0.6], [False, True, True, True], 3, 3 / 4),
        # half of the faces found, nothing false
        ([0.9], [True], 2, 0.5),
        # false detections after the last face cost nothing
        ([0.9, 0.1, 0.05], [True, False, False], 1, 1.0),
        # equal scores stand or fall together, in whichever order they come
        ([0.9, 0.9], [True, False], 1, 0.5),
        ([0.9, 0.9], [False, True], 1, 0.5),
        # nothing found
        ([], [], 3, 0.0),
        ([0.9], [False], 3, 0.0),
    ],
)
def test_the_area_is_the_one_worked_out_by_hand(scores: list[float], hits: list[bool], faces: int, area: float) -> None:
    made = curve(np.array(scores, np.float32), np.array(hits, bool), faces)
    assert made.area() == pytest.approx(area, abs=1e-9)


def test_a_curve_has_a_point_for_each_distinct_score() -> None:
    made = curve(np.array([0.5, 0.9, 0.5], np.float32), np.array([True, True, False]), 4)
    assert made.scores.tolist() == pytest.approx([0.9, 0.5])
    assert made.precision.tolist() == pytest.approx([1, 2 / 3])
    assert made.recall.tolist() == pytest.approx([1 / 4, 2 / 4])


@pytest.mark.parametrize(
    ("faces", "rows", "difficult", "expected"),
    [
        # a second detection of the same face is false: hit, false, hit
        ([("mask", A), ("mask", B)], [("mask", 0.9, A), ("mask", 0.8, A), ("mask", 0.7, B)], [], {"mask": 0.5 + 1 / 3}),
        # the wrong class is false for that class and leaves the face unfound
        ([("mask", A), ("no_mask", B)], [("mask", 0.9, B), ("mask", 0.8, A)], [], {"mask": 0.5, "no_mask": 0.0}),
        # a difficult face is not asked for, and finding it is not held against anybody
        ([("mask", A), ("mask", B)], [("mask", 0.9, B), ("mask", 0.8, A)], [1], {"mask": 1.0}),
        # a class whose only face is difficult has no truth
        ([("mask", A), ("no_mask", B)], [("mask", 0.8, A)], [1], {"mask": 1.0}),
        # a class that the model knows and the data lacks is left out, with whatever was said of it
        ([("mask", A)], [("no_mask", 0.9, NOWHERE), ("mask", 0.8, A)], [], {"mask": 1.0}),
    ],
)
def test_faces_and_detections_give_the_ap_worked_out_by_hand(
    faces: list[Face], rows: list[Row], difficult: list[int], expected: dict[str, float]
) -> None:
    assert aps([(sample(faces, difficult=difficult), rows)]) == pytest.approx(expected)


def test_the_mean_is_over_the_classes_that_have_truth() -> None:
    made = run_of((sample([("mask", A), ("no_mask", B)]), [("mask", 0.9, A)]), classes=(*CLASSES, "incorrect"))
    measured = judge(made, score=0.5)
    assert measured.ap_by_class == {"mask": 1.0, "no_mask": 0.0}
    assert measured.ap == pytest.approx(0.5)


def test_there_is_no_mean_where_every_face_is_difficult() -> None:
    assert judge(run_of((sample([("mask", A)], difficult=[0]), [])), score=0.5).ap is None


def test_classes_that_the_model_lacks_are_reported_and_in_no_ap() -> None:
    made = run_of((sample([("mask", A), ("visor", B), ("visor", C)]), [("mask", 0.9, A), ("mask", 0.5, B)]))
    measured = judge(made, score=0.5)
    assert measured.lacking == {"visor": 2}
    assert measured.ap_by_class == {"mask": 1.0}


def test_names_that_share_nothing_are_refused_with_both_lists_and_a_way_out() -> None:
    with pytest.raises(UserError, match=r"with_mask.*mask, no_mask.*--map with_mask=mask"):
        run_of((sample([("with_mask", A)]), []))


def test_a_set_without_boxes_is_refused() -> None:
    with pytest.raises(UserError, match=r"labelled box.*--backgrounds"):
        run_of((sample(), []))


def test_only_the_classes_asked_for_are_judged() -> None:
    made = run_of((sample([("mask", A), ("no_mask", B)]), [("mask", 0.9, A)]), classes=CLASSES)
    chosen = replace(made, table=replace(made.table, model=("mask",), lacking=("no_mask",)))
    assert judge(chosen, score=0.5).ap_by_class == {"mask": 1.0}


def test_keras_retinanet_counts_fewer_detections() -> None:
    rows: list[Row] = [("mask", 0.9, NOWHERE)] * 100 + [("mask", 0.8, A)]
    made = run_of((sample([("mask", A)]), rows))
    assert judge(made, score=0.5).ap == pytest.approx(1 / 101)
    assert judge(made, score=0.5, rule=KERAS_RETINANET).ap == 0


@given(pictures())
@settings(max_examples=40, deadline=None)
def test_detections_that_are_the_faces_give_one_and_none_give_zero(made: Pictures) -> None:
    perfect = [
        (each, [(label, 0.9, box) for label, box in zip(each.labels, each.boxes, strict=True)]) for each, _ in made
    ]
    assert set(aps(perfect).values()) == {1.0}
    assert set(aps([(each, []) for each, _ in made]).values()) == {0.0}


@given(pictures(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_pictures_and_of_detections_changes_nothing(made: Pictures, random: st.DataObject) -> None:
    # Detections of equal score in one picture may be exchanged, which may exchange the faces they find.
    apart = [
        (each, [(label, score - 0.001 * place, box) for place, (label, score, box) in enumerate(rows)])
        for each, rows in made
    ]
    mixed = [(each, random.sample(rows, len(rows))) for each, rows in random.sample(apart, len(apart))]
    assert aps(mixed) == pytest.approx(aps(apart), abs=1e-12)


@given(pictures())
@settings(max_examples=40, deadline=None)
def test_two_pictures_side_by_side_give_what_they_gave_apart(made: Pictures) -> None:
    faces: list[Face] = []
    rows: list[Row] = []
    for place, (each, found) in enumerate(made):
        right = np.array([300, 0, 300, 0]) * place
        faces += [(label, tuple(box + right)) for label, box in zip(each.labels, each.boxes, strict=True)]
        rows += [(label, score, tuple(np.array(box) + right)) for label, score, box in found]
    assert aps([(sample(faces), rows)]) == pytest.approx(aps(made), abs=1e-9)


@given(pictures())
@settings(max_examples=40, deadline=None)
def test_only_the_order_of_scores_counts(made: Pictures) -> None:
    bent = [(each, [(label, 0.1 + score**2 / 2, box) for label, score, box in rows]) for each, rows in made]
    assert aps(bent) == pytest.approx(aps(made), abs=1e-12)


@given(pictures(), st.sampled_from(CLASSES))
@settings(max_examples=40, deadline=None)
def test_one_more_false_detection_never_helps(made: Pictures, label: str) -> None:
    first, rows = made[0]
    worse = [(first, [*rows, (label, 0.6, NOWHERE)]), *made[1:]]
    before, after = aps(made), aps(worse)
    assert all(after[name] <= before[name] + 1e-12 for name in before)
