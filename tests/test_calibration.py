"""Scores that mean something: how far they are from it, the lines that mend them, the default score."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation_parts import CLASSES, Row, pictures, run_of, sample, square
from maskwatch.detections import Detections, make_detections
from maskwatch.errors import UserError
from maskwatch.evaluation.calibration import calibration_error, calibration_figures, equal_count_bins
from maskwatch.evaluation.calibration_fit import Lines, calibrated, evidence, fit, logits
from maskwatch.evaluation.collecting import Run, collect
from maskwatch.evaluation.matching import match
from maskwatch.evaluation.measure import judge
from maskwatch.evaluation.threshold import STEP, score_for_false_alarms

A, B, C, D, NOWHERE = (square(100 * place, 0, 40) for place in range(5))
NAMES = ("mask", "no_mask", "incorrect")


def sigmoid(z: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-z)))


def run_of_scores(scale: float, shift: float, count: int = 4000, seed: int = 0) -> Run:
    """Detections whose true probability is sigmoid(scale * logit + shift) of the score they say; two classes.

    One detection a picture, on a face or beside it.
    """
    random = np.random.default_rng(seed)
    z = random.uniform(-4, 4, count)
    right = random.random(count) < sigmoid(scale * z + shift)
    labels = random.integers(0, 2, count)
    found: list[Detections] = []
    samples = []
    for k in range(count):
        scores = np.full((1, 3), 1e-4, np.float32)
        scores[0, labels[k]] = sigmoid(z[k])
        box = np.array([A if right[k] else NOWHERE], np.float32)
        found.append(make_detections(box, scores.max(axis=1), scores.argmax(axis=1), scores, NAMES))
        samples.append(sample([(NAMES[labels[k]], A)], name=f"{k}.png"))
    return collect(samples, found, NAMES)


def test_the_error_is_the_mean_distance_of_bins_counted_by_hand() -> None:
    scores = np.array([0.1, 0.2, 0.8, 0.9, 0.9], np.float32)
    right = np.array([False, True, True, True, False])
    bins = equal_count_bins(scores, right, count=2)
    assert [each.detections for each in bins] == [3, 2]
    assert [each.score for each in bins] == pytest.approx([1.1 / 3, 0.9])
    assert [each.right for each in bins] == pytest.approx([2 / 3, 0.5])
    assert calibration_error(bins) == pytest.approx(0.6 * (0.9 / 3) + 0.4 * 0.4, abs=1e-6)


@given(st.lists(st.tuples(st.floats(0.0625, 1, width=32), st.booleans()), max_size=80), st.integers(1, 20))
def test_bins_share_the_detections_out_evenly_in_order_of_score(made: list[tuple[float, bool]], count: int) -> None:
    scores = np.array([score for score, _ in made], np.float32)
    right = np.array([hit for _, hit in made], bool)
    bins = equal_count_bins(scores, right, count)
    sizes = [each.detections for each in bins]
    assert sum(sizes) == len(made)
    assert len(sizes) == min(count, len(made))
    assert not sizes or max(sizes) - min(sizes) <= 1
    assert sum(each.right * each.detections for each in bins) == pytest.approx(right.sum())
    assert all(a.score <= b.score + 1e-6 for a, b in zip(bins, bins[1:], strict=False))
    backwards = equal_count_bins(scores[::-1], right[::-1], count)
    assert [(each.detections, each.right) for each in backwards] == [(each.detections, each.right) for each in bins]


def test_only_detections_that_count_and_score_enough_are_looked_at() -> None:
    faces = sample([("mask", A), ("no_mask", B), ("mask", C)], difficult=[2])
    rows: list[Row] = [
        ("mask", 0.9, A),
        ("mask", 0.6, B),  # a face, but the wrong class: not right
        ("mask", 0.5, C),  # difficult
        ("mask", 0.04, D),  # under .05
    ]
    run = run_of((faces, rows))
    figures = calibration_figures(match(run), run.table)
    assert figures.detections == 2
    assert [(each.score, each.right) for each in figures.bins] == [(pytest.approx(0.6), 0), (pytest.approx(0.9), 1)]
    assert figures.error == pytest.approx((0.6 + 0.1) / 2)
    assert figures.error_by_class == {"mask": pytest.approx(0.35)}


def test_nothing_found_has_no_error_and_can_be_written_down() -> None:
    measured = judge(run_of((sample([("mask", A)]), [])), score=0.5)
    assert measured.calibration.error is None
    assert measured.calibration.bins == ()


@pytest.mark.parametrize(("scale", "shift"), [(3.0, 0.4), (0.5, -1.0), (1.0, 0.0)])
def test_the_lines_that_made_the_detections_are_found_again(scale: float, shift: float) -> None:
    run = run_of_scores(scale, shift)
    lines = fit(run)
    assert lines.shared == ("incorrect",)
    assert lines.scales == pytest.approx([scale] * 3, rel=0.15)
    assert lines.shifts == pytest.approx([shift] * 3, abs=0.2)
    before, after = (judge(each, score=0.5).calibration.error for each in (run, calibrated(run, lines)))
    assert after is not None
    assert before is not None
    assert after < 0.03
    assert scale == 1.0 or after < before / 2


def test_a_class_with_faces_enough_has_a_line_of_its_own() -> None:
    sure, unsure = run_of_scores(1.0, 2.0, 1500), run_of_scores(1.0, -2.0, 1500, seed=1)
    of_mask = tuple(judged for judged in sure.pictures if judged.sample.labels == ("mask",))
    of_no_mask = tuple(judged for judged in unsure.pictures if judged.sample.labels == ("no_mask",))
    lines = fit(replace(sure, pictures=of_mask + of_no_mask))
    assert lines.shifts[0] > 1
    assert lines.shifts[1] < -1
    assert lines.shifts[1] < lines.shifts[2] < lines.shifts[0]  # the third has no face: the line of both together


def test_detections_without_a_mistake_have_a_line_too() -> None:
    faces = [sample([("mask", A), ("no_mask", B)], name=f"{k}.png") for k in range(30)]
    run = run_of(*[(each, [("mask", 0.6, A), ("no_mask", 0.7, B)]) for each in faces])
    lines = fit(run)
    assert all(np.isfinite((*lines.scales, *lines.shifts)))
    assert lines.apply(np.array([[0.6, 0.01]]))[0, 0] > 0.9


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("mask", 0.9, A)], "of no class are 20 faces found in the 3 pictures"),
        ([], "too few to calibrate on"),
    ],
)
def test_too_few_faces_are_refused(rows: list[Row], message: str) -> None:
    with pytest.raises(UserError, match=message):
        fit(run_of(*[(sample([("mask", A)], name=f"{k}.png"), rows) for k in range(3)]))


def test_scores_that_fall_with_being_right_are_refused() -> None:
    wrong_is_surer: list[list[Row]] = [[("mask", 0.9, NOWHERE)], [("mask", 0.2, A)]] * 30
    with pytest.raises(UserError, match="do not rise with being right"):
        fit(run_of(*[(sample([("mask", A)], name=f"{k}.png"), rows) for k, rows in enumerate(wrong_is_surer)]))


def test_detections_without_class_scores_are_refused() -> None:
    one = make_detections(np.array([A], np.float32), np.array([0.9]), np.array([0]), np.zeros((1, 0)), CLASSES)
    with pytest.raises(UserError, match="no scores of every class"):
        fit(collect([sample([("mask", A)])], [one], CLASSES))


@given(pictures())
@settings(max_examples=40, deadline=None)
def test_every_detection_that_counts_is_evidence_once(made: list[tuple[object, list[Row]]]) -> None:
    run = run_of(*made)  # type: ignore[arg-type]
    scores, right = evidence(run)
    matches = match(run, by_class=False)
    assert len(scores) == len(right) == len(matches.rows)
    assert np.array_equal(scores.max(axis=1), matches.scores)
    assert right.sum() == (matches.faces >= 0).sum()


@given(st.lists(st.floats(1e-6, 1 - 1e-6), min_size=2, max_size=30), st.floats(0.1, 5), st.floats(-3, 3))
def test_within_a_class_calibration_changes_no_order(scores: list[float], scale: float, shift: float) -> None:
    lines = Lines((scale, 1.0), (shift, 0.0))
    column = np.sort(np.array(scores, np.float32))
    after = lines.apply(np.stack([column, np.full_like(column, 0.5)], axis=1))
    assert (np.diff(after[:, 0]) >= 0).all()
    assert after[:, 1] == pytest.approx(0.5)
    assert after.dtype == np.float32


def test_the_class_is_chosen_after_calibration() -> None:
    run = run_of((sample([("mask", A)]), [("mask", 0.6, A)]))
    found = replace(run.pictures[0].found, class_scores=np.array([[0.6, 0.5]], np.float32))
    run = replace(run, pictures=(replace(run.pictures[0], found=found),))
    after = calibrated(run, Lines((1.0, 1.0), (0.0, 2.0))).pictures[0].found
    assert after.classes.tolist() == [1]
    assert after.scores[0] == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-6)


def test_a_picture_without_detections_stays_so() -> None:
    run = run_of((sample([("mask", A)]), []))
    after = calibrated(run, Lines((2.0, 2.0), (0.0, 0.0)))
    assert len(after.pictures[0].found.scores) == 0


def test_scores_of_nought_and_one_have_finite_logits() -> None:
    assert np.isfinite(logits(np.array([0.0, 1.0, 0.5], np.float32))).all()


@given(
    st.lists(st.floats(0.0625, 1, width=32), max_size=60),
    st.integers(1, 40),
    st.sampled_from([0.0, 0.01, 0.05, 0.1, 0.5, 1.0]),
)
def test_the_default_score_keeps_the_rate_and_is_the_lowest_that_does(
    invented: list[float], count: int, rate: float
) -> None:
    scores = np.array(invented, np.float32)
    chosen = score_for_false_alarms(scores, count, rate)
    # A detection of score 1 cannot be kept out.
    assert (scores >= chosen).sum() <= rate * count + 1e-6 or chosen == 1.0
    assert chosen == 0.05 or (scores >= chosen - STEP - 1e-6).sum() > rate * count
    assert chosen / STEP == pytest.approx(round(chosen / STEP))


def test_a_score_that_is_a_multiple_in_single_precision_is_kept_out() -> None:
    assert score_for_false_alarms(np.array([0.52], np.float32), 1, 0.0) == 0.525


def test_figures_are_plain_values() -> None:
    from maskwatch.evaluation.record import measurement_record

    measured = judge(run_of((sample([("mask", A)]), [("mask", 0.9, A)])), score=0.5)
    record = json.loads(json.dumps(measurement_record(measured)["calibration"]))
    assert record["error"] == pytest.approx(0.1)
    assert record["bins"] == [{"detections": 1, "score": pytest.approx(0.9), "right": 1.0}]
