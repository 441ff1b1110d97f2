"""Precision, recall, F1 and the confusion matrix at one score; sizes of faces; false alarms."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation_parts import CLASSES, Row, detections, pictures, run_of, sample, square
from maskwatch.evaluation.false_alarms import false_alarms
from maskwatch.evaluation.matching import match
from maskwatch.evaluation.measure import judge
from maskwatch.evaluation.operating_point import Rates, rates
from maskwatch.evaluation.sizes import BUCKETS, by_size

A, B, C, D, NOWHERE = (square(100 * place, 0, 40) for place in range(5))


def test_found_false_and_missed_are_those_counted_by_hand() -> None:
    faces = sample([("mask", A), ("mask", B), ("no_mask", C), ("mask", D)], difficult=[3])
    rows: list[Row] = [
        ("mask", 0.9, A),  # found
        ("no_mask", 0.8, B),  # a face, but the wrong class
        ("mask", 0.7, NOWHERE),  # invented
        ("mask", 0.6, D),  # difficult: counts neither way
        ("no_mask", 0.4, C),  # under the score
    ]
    shown = judge(run_of((faces, rows), (sample(), [("mask", 0.5, A)])), score=0.5).shown
    assert shown.by_class == {"mask": Rates(1, 2, 1), "no_mask": Rates(0, 1, 1)}
    assert shown.faces == Rates(2, 2, 1)
    assert shown.confusion.tolist() == [
        [1, 1, 0],  # mask: said mask, said no_mask, missed
        [0, 0, 1],  # no_mask
        [2, 0, 0],  # nobody there
    ]
    assert shown.false_alarms_per_picture == pytest.approx(1.0)


def test_rates_are_the_usual_ones_and_none_where_nothing_is_divided() -> None:
    some = Rates(found=6, false=2, missed=4)
    assert (some.precision, some.recall, some.f1) == pytest.approx((0.75, 0.6, 2 * 0.75 * 0.6 / 1.35))
    assert (Rates(0, 0, 3).precision, Rates(0, 0, 3).recall, Rates(0, 0, 3).f1) == (None, 0.0, 0.0)
    assert (Rates(0, 2, 0).precision, Rates(0, 2, 0).recall) == (0.0, None)


def test_a_class_that_the_model_lacks_has_a_row_and_its_faces_can_be_found() -> None:
    run = run_of((sample([("mask", A), ("visor", B), ("visor", C)]), [("mask", 0.9, B)]))
    shown = judge(run, score=0.5).shown
    assert run.table.names == ("mask", "no_mask", "visor")
    assert shown.confusion.tolist() == [[0, 0, 0, 1], [0, 0, 0, 0], [1, 0, 0, 1], [0, 0, 0, 0]]
    assert shown.by_class == {"mask": Rates(0, 1, 1)}


@given(pictures(), st.sampled_from([0.05, 0.4, 0.5, 0.95]))
@settings(max_examples=60, deadline=None)
def test_rows_of_the_matrix_add_up_to_the_faces_and_columns_to_what_was_said(
    made: list[tuple[object, list[Row]]], score: float
) -> None:
    run = run_of(*made)  # type: ignore[arg-type]
    matrix = judge(run, score=score).shown.confusion
    labels = [label for judged in run.pictures for label in judged.sample.labels]
    said = [label for _, rows in made for label, confidence, _ in rows if np.float32(confidence) >= score]
    assert matrix[:-1].sum(axis=1).tolist() == [labels.count(name) for name in CLASSES]
    assert matrix[:, :-1].sum(axis=0).tolist() == [said.count(name) for name in CLASSES]


@given(pictures(), st.sampled_from([0.2, 0.5, 0.8]))
@settings(max_examples=60, deadline=None)
def test_a_threshold_on_the_matches_is_a_threshold_on_the_detections(
    made: list[tuple[object, list[Row]]], score: float
) -> None:
    above = [(each, [row for row in rows if row[1] >= score]) for each, rows in made]
    for by_class in (True, False):
        whole = match(run_of(*made), by_class=by_class)  # type: ignore[arg-type]
        cut = match(run_of(*above), by_class=by_class)  # type: ignore[arg-type]
        assert rates(whole, np.float32(score)) == rates(cut, 0.0)


def test_a_bucket_ignores_faces_and_stray_detections_of_other_sizes() -> None:
    tiny, small = square(0, 0, 10), square(100, 0, 20)
    far = 500
    rows: list[Row] = [
        ("mask", 0.95, square(far, far, 12)),  # invented, tiny: false for the tiny alone
        ("mask", 0.9, square(100, 0, 20)),
        ("mask", 0.8, square(0, 0, 10)),
    ]
    run = run_of((sample([("mask", tiny), ("mask", small)]), rows))
    figures = {each.size: (each.faces, each.ap) for each in by_size(match(run), run.table)}
    assert figures == {
        "< 16 px": (1, pytest.approx(0.5)),
        "16-32 px": (1, pytest.approx(1.0)),
        "32-96 px": (0, None),
        "> 96 px": (0, None),
    }


@pytest.mark.parametrize(("side", "size"), [(15.9, 0), (16, 1), (31.9, 1), (32, 2), (95.9, 2), (96, 3), (5000, 3)])
def test_every_side_is_in_one_bucket(side: float, size: int) -> None:
    assert [bucket.holds(np.array([side]))[0] for bucket in BUCKETS] == [place == size for place in range(4)]


def test_a_face_of_one_bucket_found_by_a_box_of_another_is_found() -> None:
    run = run_of((sample([("mask", square(0, 0, 15))]), [("mask", 0.9, square(0, 0, 17))]))
    assert [each.ap for each in by_size(match(run), run.table)] == [1.0, None, None, None]


def test_false_alarms_are_counted_from_the_score_on_and_the_worst_come_first() -> None:
    found = [
        detections([("mask", 0.9, A)]),
        detections(),
        detections([("mask", 0.6, A), ("mask", 0.5, B), ("mask", 0.4, C)]),
    ]
    alarms = false_alarms([Path("a.png"), Path("b.png"), Path("c.png")], found, 0.5)
    assert (alarms.pictures, alarms.alarms, alarms.per_picture) == (3, 3, 1.0)
    assert list(alarms.by_picture.items()) == [(Path("c.png"), 2), (Path("a.png"), 1)]
