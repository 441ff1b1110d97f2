"""Zones, lines, schedules and the joining of tracks: one row a rule."""

import math
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskwatch.config import Line, Shift
from maskwatch.watching.geometry import Point, inside, meet, side_of
from maskwatch.watching.passages import GONE_AFTER_S, Place, joined, place_of
from maskwatch.watching.schedule import is_active
from maskwatch.watching.zones import LEFT_AFTER_S, Area, Footing, Presence, present, stay, step_over

SQUARE = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))
HOOK = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.6, 1.0), (0.6, 0.4), (0.0, 0.4))


@pytest.mark.parametrize(
    ("polygon", "point", "is_in"),
    [
        (SQUARE, (0.5, 0.5), True),
        (SQUARE, (0.1, 0.5), False),
        (SQUARE, (0.5, 0.9), False),
        (tuple(reversed(SQUARE)), (0.5, 0.5), True),  # whichever way round it was drawn
        (HOOK, (0.8, 0.9), True),
        (HOOK, (0.3, 0.7), False),  # in the notch
        (HOOK, (0.3, 0.2), True),
        (SQUARE, (0.5, 0.2), True),  # upper edge
        (SQUARE, (0.5, 0.8), False),  # lower edge
    ],
)
def test_a_point_is_inside_or_not(polygon: tuple[Point, ...], point: Point, is_in: bool) -> None:
    assert inside(polygon, point) is is_in


@settings(deadline=None)
@given(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True), st.floats(0.1, 0.9))
def test_of_two_zones_that_share_an_edge_every_point_is_in_just_one(x: float, y: float, edge: float) -> None:
    left = ((0.0, 0.0), (edge, 0.0), (edge, 1.0), (0.0, 1.0))
    right = ((edge, 0.0), (1.0, 0.0), (1.0, 1.0), (edge, 1.0))
    assert inside(left, (x, y)) != inside(right, (x, y))


def test_an_area_without_polygon_is_everywhere() -> None:
    assert Area(None).holds((0.99, 0.01))


class TestStaying:
    def test_begins_with_the_first_frame_inside_and_grows(self) -> None:
        presence = Presence()
        for now_s in (1.0, 1.5, 4.0):
            presence = stay(presence, True, now_s)
        assert presence.dwelt_s(4.0) == 3.0

    @pytest.mark.parametrize(("outside_s", "is_over"), [(LEFT_AFTER_S - 0.1, False), (LEFT_AFTER_S + 0.1, True)])
    def test_outlasts_a_tremble_over_the_edge(self, outside_s: float, is_over: bool) -> None:
        presence = stay(stay(Presence(), True, 0.0), False, outside_s)
        assert (presence.dwelt_s(outside_s) is None) is is_over
        again = stay(presence, True, outside_s + 0.1)
        assert again.entered_s == (outside_s + 0.1 if is_over else 0.0)

    @pytest.mark.parametrize(("now_s", "is_present"), [(1.9, False), (2.0, True)])
    def test_has_to_last_the_dwell_to_be_spoken_of(self, now_s: float, is_present: bool) -> None:
        area = Area("desk", SQUARE, minimum_dwell_s=2.0)
        assert present(stay(stay(Presence(), True, 0.0), True, now_s), area, now_s) is is_present

    def test_outside_is_not_present_even_without_a_dwell(self) -> None:
        assert not present(Presence(), Area("desk", SQUARE), 5.0)


UPWARD = Line(name="door", start=(0.5, 1.0), end=(0.5, 0.0))
SIZE = (640, 360)


def crossings(line: Line, path: list[Point], side_px: float = 30.0) -> list[bool]:
    """Which way each crossing on a path (pixels) went."""
    footing, found = Footing(), []
    for point in path:
        footing, inward = step_over(footing, line, SIZE, point, side_px)
        found += [] if inward is None else [inward]
    return found


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ([(200, 100), (300, 100), (400, 100)], [True]),  # from the line's left to its right
        ([(400, 100), (200, 100)], [False]),
        ([(200, 100), (400, 100), (200, 100)], [True, False]),
        ([(200, 100), (319, 100), (321, 100), (318, 100), (322, 100)], []),  # trembling on it
        ([(200, 100), (319, 100), (321, 100), (340, 100)], [True]),
        ([(200, 100), (325, 100), (200, 100)], []),  # thought better of it
        ([(321, 100), (400, 100)], []),  # appeared on it
        ([], []),
    ],
)
def test_who_crosses_a_line_is_counted_once_and_in_which_direction(path: list[Point], expected: list[bool]) -> None:
    assert crossings(UPWARD, path) == expected


def test_who_walks_round_the_end_of_a_line_has_not_crossed_it() -> None:
    short = Line(name="gate", start=(0.5, 0.5), end=(0.5, 0.0))
    assert crossings(short, [(200, 300), (400, 300)]) == []
    assert crossings(short, [(200, 300), (400, 300), (400, 60), (200, 60)]) == [False]


@settings(deadline=None)
@given(st.integers(2, 60), st.floats(20, 300), st.floats(340, 620))
def test_the_frame_rate_makes_no_difference_to_crossings(steps: int, from_x: float, to_x: float) -> None:
    path = [(from_x + (to_x - from_x) * index / steps, 100.0) for index in range(steps + 1)]
    assert crossings(UPWARD, path) == [True]


@pytest.mark.parametrize(
    ("start", "end", "point", "sign"),
    [
        ((0, 1), (0, 0), (1, 0.5), 1),  # upward: right is right
        ((0, 0), (0, 1), (1, 0.5), -1),
        ((0, 0), (1, 0), (0.5, 1), 1),  # to the right: below is right
    ],
)
def test_right_of_a_line_is_as_somebody_on_it_sees_it(start: Point, end: Point, point: Point, sign: int) -> None:
    assert math.copysign(1, side_of(start, end, point)) == sign


def test_stretches_that_do_not_reach_each_other_do_not_meet() -> None:
    assert meet(((0, 0), (2, 2)), ((0, 2), (2, 0)))
    assert not meet(((0, 0), (0.4, 0.4)), ((0, 2), (2, 0)))
    assert not meet(((1, 1), (1, 1)), ((0, 2), (2, 0)))


BERLIN = ZoneInfo("Europe/Berlin")
EARLY = Shift(days=("mon", "tue"), start=time(6), end=time(14))
NIGHT = Shift(days=("sat",), start=time(22), end=time(6))
WHOLE = Shift(days=("sun",))


@pytest.mark.parametrize(
    ("shifts", "wall", "active"),
    [
        ((), "2026-03-04T03:00", True),  # no schedule is always
        ((EARLY,), "2026-03-02T06:00", True),  # Monday, the first minute
        ((EARLY,), "2026-03-02T05:59", False),
        ((EARLY,), "2026-03-02T13:59", True),
        ((EARLY,), "2026-03-02T14:00", False),
        ((EARLY,), "2026-03-04T10:00", False),  # Wednesday
        ((NIGHT,), "2026-03-07T23:00", True),  # Saturday night
        ((NIGHT,), "2026-03-08T05:59", True),  # is Sunday morning
        ((NIGHT,), "2026-03-08T06:00", False),
        ((NIGHT,), "2026-03-08T22:30", False),  # Sunday night is not Saturday's
        ((WHOLE,), "2026-03-08T00:00", True),
        ((WHOLE,), "2026-03-08T23:59", True),
        ((WHOLE,), "2026-03-09T00:00", False),
        ((EARLY, WHOLE), "2026-03-08T12:00", True),  # any of them
        # The clocks go forward on 29 March 2026 at 2:00 and back on 25 October at 3:00.
        ((Shift(days=("sun",), start=time(1), end=time(4)),), "2026-03-29T03:30", True),
        ((Shift(days=("sun",), start=time(2), end=time(3)),), "2026-10-25T02:30", True),
    ],
)
def test_shifts_are_by_the_clock_on_the_wall(shifts: tuple[Shift, ...], wall: str, active: bool) -> None:
    utc = datetime.fromisoformat(wall).replace(tzinfo=BERLIN).astimezone(UTC)
    assert is_active(shifts, utc, BERLIN) is active


def test_a_night_shift_is_an_hour_shorter_or_longer_when_the_clocks_change() -> None:
    def hours(day: datetime) -> float:
        minutes = [day.astimezone(UTC) + timedelta(minutes=minute) for minute in range(24 * 60)]
        return sum(is_active((NIGHT,), minute, BERLIN) for minute in minutes) / 60

    assert hours(datetime(2026, 3, 21, 12, tzinfo=BERLIN)) == 8
    assert hours(datetime(2026, 3, 28, 12, tzinfo=BERLIN)) == 7
    assert hours(datetime(2026, 10, 24, 12, tzinfo=BERLIN)) == 9


@pytest.mark.parametrize(
    ("now", "number"),
    [
        (Place(100, 100, 40, 11.0), 1),  # the same place, a second later
        (Place(130, 100, 40, 11.0), 1),  # a step on
        (Place(260, 100, 40, 11.0), None),  # too far
        (Place(205, 100, 40, 12.9), 1),  # farther, but more time
        (Place(100, 100, 40, 10 + GONE_AFTER_S + 0.1), None),  # too late
        (Place(100, 100, 70, 11.0), None),  # much larger
        (Place(100, 100, 22, 11.0), None),  # much smaller
    ],
)
def test_a_track_goes_on_with_who_was_lost_near_by(now: Place, number: int | None) -> None:
    assert joined({1: Place(100, 100, 40, 10.0)}, [now]) == [number]


def test_the_nearest_pairs_are_joined_first_and_nobody_twice() -> None:
    lost = {1: Place(100, 100, 40, 10.0), 2: Place(130, 100, 40, 10.0)}
    found = [Place(128, 100, 40, 10.5), Place(112, 100, 40, 10.5), Place(105, 100, 40, 10.5)]
    assert joined(lost, found) == [2, None, 1]
    assert joined({}, found) == [None] * 3
    assert joined(lost, []) == []


def test_the_place_of_a_box_is_its_middle_and_the_root_of_its_area() -> None:
    assert place_of(np.array([10, 20, 50, 120], np.float32), 3.0) == Place(30, 70, pytest.approx(4000**0.5), 3.0)
