"""Passages counted."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskwatch.watching.nouns import Passage, State
from maskwatch.watching.summary import period_start, summarise, wilson

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def passage(
    state: str, minutes: float = 0.0, camera: str = "door", zone: str | None = None, seconds: float = 2.0
) -> Passage:
    began = NOON + timedelta(minutes=minutes)
    return Passage(camera, zone, 1, began, began + timedelta(seconds=seconds), seconds, State(state))


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # From Newcombe, "Two-sided confidence intervals for the single proportion" (1998), method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_the_interval_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    found = wilson(part, whole)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@settings(deadline=None)
@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_share_and_narrows_with_the_count(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    few, many = wilson(part, whole), wilson(10 * part, 10 * whole)
    assert few.low is not None
    assert few.high is not None
    assert many.low is not None
    assert many.high is not None
    assert 0 <= few.low <= part / whole <= few.high <= 1
    assert many.high - many.low < few.high - few.low


def test_of_nothing_there_is_no_share() -> None:
    assert wilson(0, 0).share is None


def test_counts_are_by_state_camera_zone_and_period() -> None:
    passages = [
        passage("mask"),
        passage("no_mask", 59.9, seconds=5.0),
        passage("unsure", 10),
        passage("mask", 60),
        passage("mask", 61, zone="desk"),
        passage("incorrect", 2, camera="hall"),
    ]
    lines = summarise(reversed(passages), "hour", ZoneInfo("UTC"))
    assert [(line.begins.hour, line.camera, line.zone) for line in lines] == [
        (12, "door", None),
        (12, "hall", None),
        (13, "door", None),
        (13, "door", "desk"),
    ]
    first = lines[0]
    assert {state: count for state, count in first.passages.items() if count} == {
        State.MASK: 1,
        State.NO_MASK: 1,
        State.UNSURE: 1,
    }
    assert first.seconds[State.NO_MASK] == 5.0
    assert first.wearing == wilson(1, 2)  # who could not be judged is left out
    assert lines[1].wearing == wilson(0, 1)  # worn wrongly is not worn


@pytest.mark.parametrize(
    ("utc", "by", "begins"),
    [
        ("2026-03-02T22:59:59", "minute", "2026-03-02T23:59:00+01:00"),
        ("2026-03-02T22:59:59", "hour", "2026-03-02T23:00:00+01:00"),
        ("2026-03-02T22:59:59", "day", "2026-03-02T00:00:00+01:00"),
        ("2026-03-02T23:00:00", "day", "2026-03-03T00:00:00+01:00"),  # the site's midnight
        ("2026-03-29T12:00:00", "day", "2026-03-29T00:00:00+01:00"),  # before the clocks went forward
        ("2026-10-25T00:30:00", "hour", "2026-10-25T02:00:00+02:00"),  # the hour that happens twice
        ("2026-10-25T01:30:00", "hour", "2026-10-25T02:00:00+01:00"),
        ("2026-10-25T12:00:00", "day", "2026-10-25T00:00:00+02:00"),
    ],
)
def test_periods_are_the_sites(utc: str, by: str, begins: str) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert period_start(moment, by, BERLIN).isoformat() == begins  # type: ignore[arg-type]


def test_the_hour_that_happens_twice_is_two_lines() -> None:
    began = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    passages = [Passage("door", None, 1, time, time, 1.0, State.MASK) for time in began]
    assert len(summarise(passages, "hour", BERLIN)) == 2
    assert len(summarise(passages, "day", BERLIN)) == 1


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(list(State)), st.integers(0, 5000))), st.sampled_from(["minute", "hour", "day"])
)
def test_nobody_is_lost_and_nobody_counted_twice(seen: list[tuple[State, int]], by: str) -> None:
    passages = [passage(state, minutes) for state, minutes in seen]
    lines = summarise(passages, by, BERLIN)  # type: ignore[arg-type]
    assert sum(sum(line.passages.values()) for line in lines) == len(seen)
    assert sum(sum(line.seconds.values()) for line in lines) == pytest.approx(2.0 * len(seen))
