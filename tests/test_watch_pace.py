"""Frame-rate limit, times of frames, pauses between attempts: numbers in, numbers out."""

import numpy as np
import pytest

from maskwatch.watching.camera.pace import ArrivalTimes, Pauses, PlaybackTimes, RateLimit, StampedTimes


def kept(times: list[float], frames_per_s: float | None) -> list[float]:
    limit = RateLimit(frames_per_s)
    return [time_s for time_s in times if limit.wants(time_s)]


@pytest.mark.parametrize(
    ("source", "limit", "expected"),
    [
        (30, 5, 5.0),  # a divisor
        (30, 10, 10.0),
        (12, 5, 5.0),  # none: some gaps of two frames, some of three
        (25, 10, 10.0),
        (5, 10, 5.0),  # slower than the limit: all
        (29.97, 5, 5.0),
    ],
)
def test_the_rate_is_the_limit_or_the_sources_own(source: float, limit: float, expected: float) -> None:
    times = [index / source for index in range(int(60 * source))]
    assert len(kept(times, limit)) == pytest.approx(60 * expected, abs=2)


def test_rounded_times_lose_no_frame() -> None:
    times = [round(index / 5, 2) + 0.001 * (-1) ** index for index in range(100)]
    assert kept(times, 5) == times


def test_no_limit_lets_all_through() -> None:
    assert kept([0.0, 0.0, 0.001, 5], None) == [0.0, 0.0, 0.001, 5]


def test_after_a_gap_there_is_no_burst() -> None:
    times = [0.0, *np.arange(100, 102, 1 / 30)]
    assert len(kept([float(t) for t in times], 5)) <= 12


def test_a_clock_that_goes_back_is_followed() -> None:
    assert kept([100.0, 0.0, 0.05, 0.2, 0.4], 5) == [100.0, 0.0, 0.2, 0.4]


def test_stamped_frames_that_were_held_back_are_old() -> None:
    times = StampedTimes()
    for index in range(50):
        assert times.captured_s(1000 + index / 5, index / 5) == pytest.approx(1000 + index / 5, abs=0.02)
    # Three seconds of nothing, then what was held back all at once.
    late = [times.captured_s(1013.0, stamp) for stamp in np.arange(10, 13, 0.2)]
    ages = [1013.0 - each for each in late]
    assert ages[0] == pytest.approx(3.0, abs=0.05)
    assert ages[-1] == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize("lost_s", [3.0, 9.0])
def test_a_cameras_clock_that_stood_still_for_a_while_does_not_make_its_frames_old_for_ever(lost_s: float) -> None:
    times = StampedTimes()
    for index in range(100):
        times.captured_s(1000 + index / 5, index / 5)
    ages = []
    for index in range(100, 300):
        arrival = 1000 + index / 5
        ages.append(arrival - times.captured_s(arrival, index / 5 - lost_s))
    assert ages[0] == pytest.approx(lost_s, abs=0.05)  # nobody can know yet that nothing was held back
    assert max(ages[105:]) < 0.05


def test_no_frame_is_younger_than_its_arrival_and_a_slow_clock_is_forgiven() -> None:
    times = StampedTimes()
    for index in range(5 * 3600 * 24):  # a day at 5 frames/s with a camera clock that loses 100 in a million
        arrival = index / 5
        captured = times.captured_s(arrival, arrival * (1 - 1e-4))
        assert arrival - 0.01 < captured <= arrival


def test_stamps_that_jump_start_anew() -> None:
    times = StampedTimes()
    times.captured_s(10.0, 5.0)
    assert times.captured_s(11.0, 90000.0) == 11.0
    assert times.captured_s(12.0, 90001.0) == pytest.approx(12.0, abs=0.01)


def test_without_stamps_what_arrives_is_new() -> None:
    assert ArrivalTimes().captured_s(12.5, 3.0) == 12.5


def test_a_playlist_is_shown_at_its_own_pace_however_it_arrives() -> None:
    times = PlaybackTimes()
    first = [times.captured_s(100.0 + 0.01 * index, index / 5) for index in range(20)]  # four seconds at once
    second = [times.captured_s(104.2 + 0.01 * index, 4 + index / 5) for index in range(20)]
    np.testing.assert_allclose(np.diff([*first, *second]), 0.2, atol=0.01)


def test_a_playlist_that_stalls_goes_on_from_now() -> None:
    times = PlaybackTimes()
    times.captured_s(100.0, 0.0)
    assert times.captured_s(110.0, 0.2) == 110.0
    assert times.captured_s(110.0, 0.4) == pytest.approx(110.2)


def test_pauses_double_up_to_the_cap_and_start_over() -> None:
    pauses = Pauses(first_s=1, longest_s=60, chance=lambda: 0.0)
    assert [pauses.next_s() for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    pauses.start_over()
    assert pauses.next_s() == 1


def test_pauses_differ_and_stay_in_their_spread_for_ever() -> None:
    pauses = Pauses(first_s=1, longest_s=60, spread=0.25)
    later = [pauses.next_s() for _ in range(100_000)][10:]
    assert 45 <= min(later) < 46
    assert 59 < max(later) <= 60
