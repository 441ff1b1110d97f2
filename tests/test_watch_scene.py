"""How the view of a camera is: clear, frozen, black, moved."""

import numpy as np
import pytest
from numpy.typing import NDArray

from maskwatch.watching.camera.frame import to_frame
from maskwatch.watching.camera.scene import View, ViewWatch
from watch_parts import noise

Picture = NDArray[np.uint8]


def see(watch: ViewWatch, picture: Picture, time_s: float) -> tuple[View, float]:
    frame = to_frame(picture, 1, time_s)
    return watch.see(frame.thumbnail, frame.fingerprint, time_s)


def views(watch: ViewWatch, pictures: list[Picture], start_s: float = 0.0, step_s: float = 0.2) -> list[View]:
    return [see(watch, picture, start_s + index * step_s)[0] for index, picture in enumerate(pictures)]


def other_view(seed: int) -> Picture:
    return np.ascontiguousarray(noise(seed)[::-1, ::-1])


def test_a_still_scene_with_noise_is_clear_for_hours() -> None:
    watch = ViewWatch()
    assert set(views(watch, [noise(seed) for seed in range(300)], step_s=30.0)) == {View.CLEAR}


def test_identical_pictures_are_frozen_after_a_while_since_the_first_of_them() -> None:
    watch = ViewWatch()
    views(watch, [noise(seed) for seed in range(10)])
    frozen = [see(watch, noise(99), 10 + index * 0.2) for index in range(60)]
    assert frozen[30] == (View.CLEAR, pytest.approx(16.0))
    assert frozen[-1] == (View.FROZEN, 10.0)
    assert see(watch, noise(100), 30)[0] is View.CLEAR


def test_black_is_told_from_frozen_and_dark_from_black() -> None:
    black = np.zeros((48, 64, 3), np.uint8)
    watch = ViewWatch()
    assert see(watch, black, 0)[0] is View.CLEAR
    assert see(watch, black, 2)[0] is View.CLEAR
    assert see(watch, black, 4) == (View.BLACK, 0)
    assert see(watch, black, 60) == (View.BLACK, 0)
    night = black.copy()
    night[10:14, 10:20] = 200  # a lamp
    assert see(watch, night, 61)[0] is View.CLEAR


def test_another_view_is_moved_once_it_is_steady_and_becomes_the_known_one() -> None:
    watch = ViewWatch()
    views(watch, [noise(seed) for seed in range(10)])
    moved = views(watch, [other_view(seed) for seed in range(50)], start_s=10)
    assert moved[:20] == [View.CLEAR] * 20
    assert moved[-1] is View.MOVED
    later = views(watch, [other_view(seed) for seed in range(70)], start_s=20, step_s=1.0)
    assert later[-1] is View.CLEAR


def test_a_view_that_comes_back_is_clear_at_once() -> None:
    watch = ViewWatch()
    views(watch, [noise(seed) for seed in range(10)])
    assert views(watch, [other_view(seed) for seed in range(50)], start_s=10)[-1] is View.MOVED
    assert see(watch, noise(3), 21)[0] is View.CLEAR


@pytest.mark.parametrize("change", ["light", "crowd", "passer-by"])
def test_what_is_no_other_view(change: str) -> None:
    watch = ViewWatch()
    views(watch, [noise(seed) for seed in range(10)])

    def changed(seed: int) -> Picture:
        picture = noise(seed, brightness=190 if change == "light" else 128)
        if change == "crowd":  # half the picture is full of people who move
            picture[:, 32:] = np.random.default_rng(seed).integers(0, 255, (48, 32, 1))
        if change == "passer-by":
            picture[10:48, 10:30] = 90
        return picture

    assert set(views(watch, [changed(seed) for seed in range(100)], start_s=10)) == {View.CLEAR}


def test_a_camera_turned_while_it_was_off_is_noticed_when_it_is_back() -> None:
    watch = ViewWatch()
    views(watch, [noise(seed) for seed in range(10)])
    watch.break_off()
    assert views(watch, [other_view(seed) for seed in range(50)], start_s=500)[-1] is View.MOVED


def test_the_time_between_two_connections_is_not_counted_as_frozen() -> None:
    watch = ViewWatch()
    see(watch, noise(1), 0)
    watch.break_off()
    assert see(watch, noise(1), 100)[0] is View.CLEAR
