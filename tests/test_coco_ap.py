"""COCO's AP, equal to pycocotools on sets made at random."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from evaluation_parts import CLASSES, Row, run_of, sample, square
from maskwatch.evaluation.coco_ap import CocoFigures, coco_figures, detection_record, truth_record
from maskwatch.evaluation.collecting import Run
from maskwatch.evaluation.measure import judge


def random_run(seed: int, *, distinct_scores: bool = False, difficult: float = 0.2) -> Run:
    """Thirty pictures of up to 30 faces, detected with errors; with a seed that is a multiple of 5, badly."""
    random = np.random.default_rng(seed)
    sizes = np.exp(random.uniform(np.log(8), np.log(200), 2000))
    made = []
    for _ in range(30):
        corners = random.uniform(0, 800, (random.integers(0, 30), 2))
        faces = [(str(random.choice(CLASSES)), square(x, y, random.choice(sizes))) for x, y in corners]
        rows: list[Row] = []
        for label, box in faces:
            for _ in range(random.integers(0, 3)):
                moved = np.array(box) + random.normal(0, 0.08 * (box[2] - box[0]), 4)
                said = label if random.random() < 0.8 else str(random.choice(CLASSES))
                score = random.uniform(0.02, 1)
                rows.append(
                    (
                        said,
                        score if distinct_scores else round(score, 1) + 0.02,
                        tuple(np.sort(moved.reshape(2, 2), axis=0).ravel()),
                    )
                )
        hard = np.flatnonzero(random.random(len(faces)) < difficult)
        made.append((sample(faces, difficult=hard.tolist()), rows if seed % 5 else rows[:3]))
    return run_of(*made)


def judged_by_pycocotools(run: Run, *, recalls: int | None = None) -> np.ndarray:
    """Precision (IoUs, recalls, K, 4, limits); `recalls` asks for IoU .5, that many recalls and 300 detections."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth, found = COCO(), COCO()
        truth.dataset, found.dataset = truth_record(run), detection_record(run)
        truth.createIndex()
        found.createIndex()
        judge = COCOeval(truth, found, "bbox")
        if recalls:
            judge.params.iouThrs = np.array([0.5])
            judge.params.recThrs = np.linspace(0, 1, recalls)
            judge.params.maxDets = [1, 10, 300]
        judge.evaluate()
        judge.accumulate()
    return np.asarray(judge.eval["precision"])


def mean(precision: np.ndarray) -> float | None:
    return float(precision[precision > -1].mean()) if (precision > -1).any() else None


@pytest.mark.parametrize("seed", range(10))
def test_every_figure_equals_pycocotools(seed: int) -> None:
    run = random_run(seed)
    theirs = judged_by_pycocotools(run)[..., -1]
    ours = coco_figures(run)
    expected = CocoFigures(
        mean(theirs[..., 0]),
        mean(theirs[0, ..., 0]),
        mean(theirs[5, ..., 0]),
        *[mean(theirs[..., area]) for area in (1, 2, 3)],
        {name: mean(theirs[:, :, number, 0]) or 0.0 for number, name in enumerate(CLASSES)},
    )
    for name in ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ap_by_class"):
        assert getattr(ours, name) == pytest.approx(getattr(expected, name), abs=1e-6), name


def test_nothing_found_gives_zero_where_there_is_truth_and_none_where_there_is_not() -> None:
    figures = coco_figures(run_of((sample([("mask", square(0, 0, 50))]), [])))
    assert figures == CocoFigures(0.0, 0.0, 0.0, None, 0.0, None, {"mask": 0.0})


def test_a_difficult_face_is_neither_asked_for_nor_held_against_anybody() -> None:
    easy, hard = square(0, 0, 50), square(200, 0, 50)
    faces = sample([("mask", easy), ("mask", hard)], difficult=[1])
    found: list[Row] = [("mask", 0.9, hard), ("mask", 0.8, easy)]
    assert coco_figures(run_of((faces, found))).ap == pytest.approx(1)
    assert coco_figures(run_of((faces, found[1:]))).ap == pytest.approx(1)


def test_perfect_detections_give_one() -> None:
    figures = coco_figures(run_of((sample([("mask", square(0, 0, 50))]), [("mask", 0.9, square(0, 0, 50))])))
    assert figures.ap == pytest.approx(1)
    assert figures.ap_by_class == {"mask": pytest.approx(1)}


@pytest.mark.parametrize("seed", range(3))
def test_the_house_ap_is_what_pycocotools_gives_at_one_iou_and_ten_thousand_recalls(seed: int) -> None:
    run = random_run(seed, distinct_scores=True, difficult=0)
    theirs = judged_by_pycocotools(run, recalls=10_001)[0, :, :, 0, -1].mean(axis=0)
    ours = judge(run, score=0.5).ap_by_class
    assert [ours[name] for name in CLASSES] == pytest.approx(theirs.tolist(), abs=3e-4)
