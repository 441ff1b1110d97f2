"""What `make watch-check` counts: a perfect detector scores full marks, and every kind of fault costs its own."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from maskwatch.detections import make_detections
from maskwatch.watching.nouns import State
from parts import require_part

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
import watch_clips
from watch_tally import Box, Face, Inspection, Shot, Tally, judge, owner_of, site_of

NAMES = ("mask", "no_mask", "incorrect")
SIZE = (640, 360)
MASK, BARE = State.MASK, State.NO_MASK

Found = list[tuple[Box, State, float]]


@pytest.fixture(autouse=True)
def opencv() -> None:
    require_part("libgl")


def people(time_s: float, first: State, second: State) -> tuple[Face, ...]:
    """Two who walk beside each other; the first changes after four seconds."""
    x = 60 + 30 * time_s
    own = first if time_s < 4 else second
    return (Face(1, (x, 80, x + 50, 140), own), Face(2, (x, 220, x + 50, 280), MASK))


def perfect(time_s: float, truth: tuple[Face, ...]) -> Found:
    return [(face.box, face.state, 0.95) for face in truth]


def blind(time_s: float, truth: tuple[Face, ...]) -> Found:
    return []


def contrary(time_s: float, truth: tuple[Face, ...]) -> Found:
    return [(face.box, BARE if face.state is MASK else MASK, 0.95) for face in truth]


def haunted(time_s: float, truth: tuple[Face, ...]) -> Found:
    return [*perfect(time_s, truth), ((500, 20, 550, 80), BARE, 0.95)]


def blinking(time_s: float, truth: tuple[Face, ...]) -> Found:
    return [] if 2 <= time_s < 6 else perfect(time_s, truth)


def counted(see: Callable[[float, tuple[Face, ...]], Found], first: State = BARE, second: State = BARE) -> Tally:
    def shots() -> Iterator[Shot]:
        for index in range(80):
            truth = people(index / 10, first, second)
            found = see(index / 10, truth)
            scores = np.array([[score if name == state else 0.0 for name in NAMES] for _, state, score in found])
            boxes = np.array([box for box, _, _ in found], np.float32).reshape(-1, 4)
            best = scores.max(axis=1) if found else np.zeros(0)
            labels = scores.argmax(axis=1) if found else np.zeros(0, int)
            yield Shot(index / 10, make_detections(boxes, best, labels, scores, NAMES), truth, SIZE)

    tally = Tally()
    judge(shots(), [(1, Inspection(site_of(20, 10), NAMES, 0.5))], [tally])
    return tally


def test_a_perfect_detector_gets_full_marks_and_its_times_are_the_judgements_own() -> None:
    figures = counted(perfect).figures()
    assert (figures["episodes"], figures["events"]) == (1, 1)
    assert (figures["precision"], figures["recall"], figures["recall_of_clear_ones"]) == (1, 1, 1)
    assert (figures["people"], figures["joined"], figures["split"], figures["switched"]) == (2, 0, 0, 0)
    assert 0.3 <= (figures["p95_s"] or 0) <= 0.6
    assert figures["quiet_hours"] == 0


@pytest.mark.parametrize(("first", "second"), [(MASK, BARE), (BARE, MASK)])
def test_a_change_of_state_is_told_of_from_where_it_was(first: State, second: State) -> None:
    figures = counted(perfect, first, second).figures()
    assert (figures["episodes"], figures["precision"], figures["recall"]) == (1, 1, 1)


def test_who_is_not_found_is_missed() -> None:
    figures = counted(blind).figures()
    assert (figures["recall"], figures["precision"], figures["recall_of_clear_ones"]) == (0, None, None)


def test_whoever_is_told_of_wrongly_costs_precision_and_recall() -> None:
    figures = counted(contrary).figures()
    assert (figures["precision"], figures["recall"], figures["events_of_nobody"]) == (0, 0, 0)


def test_what_is_no_face_is_nobody() -> None:
    figures = counted(haunted).figures()
    assert (figures["precision"], figures["recall"], figures["events_of_nobody"]) == (0.5, 1, 1)
    assert figures["passages_of_nobody"] == 1


def test_wrong_events_are_counted_by_the_hour_where_nobody_does_wrong() -> None:
    assert counted(perfect, MASK, MASK).figures()["wrong_events_an_hour"] == 0
    figures = counted(haunted, MASK, MASK).figures()
    assert figures["quiet_hours"] == pytest.approx(8 / 3600)
    assert figures["wrong_events_an_hour"] == pytest.approx(3600 / 8)


def test_somebody_in_two_tracks_is_split() -> None:
    assert counted(blinking).figures()["split"] == 2


def test_a_point_belongs_to_the_nearest_face_or_to_nobody() -> None:
    truth = (Face(1, (0, 0, 40, 40), MASK), Face(2, (45, 0, 85, 40), MASK))
    assert [owner_of((x, 20), truth) for x in (20, 42, 44, 60, 94, 96)] == [1, 1, 2, 2, 2, 0]


def test_what_was_written_down_about_the_clips_is_whole() -> None:
    notes = watch_clips.read_notes()
    assert sorted(notes) == ["creestl_office_2.mp4", "creestl_park_1.mp4"]
    for person in (each for those in notes.values() for each in those):
        times = [point[0] for point in person.path]
        assert times == sorted(times)
        assert all(times[0] <= a < b <= times[-1] for a, b in person.hidden)
        half_way = person.face((times[0] + times[1]) / 2)
        assert half_way is not None
        middle = (half_way.box[0] + half_way.box[2]) / 2
        assert middle == pytest.approx((person.path[0][1] + person.path[1][1]) / 2)
        assert person.face(times[-1] + 1) is None
        assert all(person.face((a + b) / 2) is None for a, b in person.hidden)
