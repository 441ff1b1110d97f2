"""Faces followed from frame to frame."""

import sys
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest

from maskwatch.detections import Detections, make_detections
from maskwatch.errors import UserError
from maskwatch.watching.tracking import LOST_S, FaceTracker, least_score
from parts import require_part

CLASS_NAMES = ("mask", "no_mask", "incorrect")
DEFAULT_SCORE = 0.4


@pytest.fixture(autouse=True)
def opencv() -> None:
    require_part("libgl")


def faces(*rows: tuple[float, float, float, int, float]) -> Detections:
    """Faces given by middle x, y, side, class and score; the class scores tell which row is which."""
    boxes = [(x - side / 2.2, y - side / 1.8, x + side / 2.2, y + side / 1.8) for x, y, side, _, _ in rows]
    scores = np.array([score for *_, score in rows], np.float32)
    labels = np.array([label for *_, label, _ in rows], np.int64)
    class_scores = np.zeros((len(rows), 3), np.float32)
    class_scores[np.arange(len(rows)), labels] = scores
    return make_detections(np.array(boxes, np.float32).reshape(-1, 4), scores, labels, class_scores, CLASS_NAMES)


def numbers(tracker: FaceTracker, frames: Iterator[tuple[float, Detections]]) -> list[list[int]]:
    """The track numbers of each frame."""
    return [sorted(map(int, _ids(tracker.update(found, time_s)))) for time_s, found in frames]


def _ids(followed: Detections) -> list[int]:
    return [] if followed.tracker_id is None else list(followed.tracker_id)


@pytest.mark.parametrize("default_score", [0.3, 0.4, 0.5])
@pytest.mark.parametrize("side", [24, 60, 150])
@pytest.mark.parametrize("speed_px_per_s", [0, 40])
def test_a_face_at_45_at_5_frames_a_second_missed_for_2_seconds_is_one_track(
    speed_px_per_s: float, side: float, default_score: float
) -> None:
    chance = np.random.default_rng(0)
    tracker = FaceTracker(default_score, 5)

    def frames() -> Iterator[tuple[float, Detections]]:
        for index in range(60):
            time_s = index / 5
            x, y = 100 + speed_px_per_s * time_s + chance.normal(0, 0.02 * side), 100.0
            yield time_s, faces() if 20 <= index < 30 else faces((x, y, side, 1, 0.45))

    seen = numbers(tracker, frames())
    assert seen[0] == []  # at its first sight nobody knows whether it is a face
    assert seen[1:20] == [[0]] * 19
    assert seen[20:30] == [[]] * 10
    assert seen[30:] == [[0]] * 30


@pytest.mark.parametrize("frames_per_s", [2, 5, 15])
def test_a_face_unseen_for_longer_than_the_limit_is_another(frames_per_s: float) -> None:
    tracker = FaceTracker(DEFAULT_SCORE, frames_per_s)
    times = [index / frames_per_s for index in range(4)]
    again = [times[-1] + LOST_S + 0.3 + time for time in times]
    seen = numbers(tracker, ((time_s, faces((100, 100, 50, 0, 0.9))) for time_s in [*times, *again]))
    assert {number for frame in seen[:4] for number in frame} == {0}
    assert {number for frame in seen[4:] for number in frame} == {1}


def test_the_class_plays_no_part() -> None:
    tracker = FaceTracker(DEFAULT_SCORE, 5)
    labels = [0, 1, 0, 2, 2, 1]
    seen = numbers(tracker, ((index / 5, faces((100, 100, 50, label, 0.8))) for index, label in enumerate(labels)))
    assert seen == [[]] + [[0]] * 5


def test_one_false_box_is_never_a_track() -> None:
    tracker = FaceTracker(DEFAULT_SCORE, 5)
    frames = ((index / 5, faces((100, 100, 50, 0, 0.9)) if index == 3 else faces()) for index in range(10))
    assert numbers(tracker, frames) == [[]] * 10


def test_a_low_score_continues_a_track_but_never_begins_one() -> None:
    low = least_score(DEFAULT_SCORE) + 0.01
    began = FaceTracker(DEFAULT_SCORE, 5)
    scores = [0.8, 0.8, low, low, low]
    seen = numbers(began, ((index / 5, faces((100, 100, 50, 0, score))) for index, score in enumerate(scores)))
    assert seen == [[]] + [[0]] * 4
    never = FaceTracker(DEFAULT_SCORE, 5)
    assert numbers(never, ((index / 5, faces((100, 100, 50, 0, low))) for index in range(5))) == [[]] * 5


def test_scores_stay_with_their_face_whatever_the_order_of_rows() -> None:
    tracker = FaceTracker(DEFAULT_SCORE, 5)
    left, right = (100.0, 100.0, 50.0, 0, 0.45), (400.0, 100.0, 50.0, 1, 0.9)
    for index in range(12):
        found = tracker.update(faces(*((left, right) if index % 2 else (right, left))), index / 5)
        for box, scores in zip(found.xyxy, found.data["class_scores"], strict=True):
            assert int(scores.argmax()) == (0 if box[0] < 250 else 1)
    assert len(found) == 2


def test_two_people_who_pass_each_other_keep_their_numbers() -> None:
    tracker = FaceTracker(DEFAULT_SCORE, 10)
    where: dict[int, list[float]] = {}
    for index in range(60):
        first, second = 100 + 8 * index, 580 - 8 * index
        found = tracker.update(faces((first, 100, 50, 0, 0.9), (second, 165, 50, 1, 0.9)), index / 10)
        for box, number in zip(found.xyxy, _ids(found), strict=True):
            where.setdefault(int(number), []).append(float(box[1]))
    assert len(where) == 2
    assert all(max(heights) - min(heights) < 1 for heights in where.values())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ImportError("libGL.so.1: cannot open shared object file"), "apt-get install libgl1 libglib2.0-0"),
        (ModuleNotFoundError("No module named 'trackers'", name="trackers"), r"pip install 'maskwatch\[watch\]'"),
    ],
)
def test_what_is_missing_is_named_with_how_to_get_it(
    error: ImportError, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise error

    monkeypatch.setitem(sys.modules, "trackers", Broken("trackers"))
    with pytest.raises(UserError, match=said) as caught:
        FaceTracker(DEFAULT_SCORE, 5)
    assert "\n" not in str(caught.value)
