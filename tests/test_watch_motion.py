"""Leaving the network alone while nothing moves."""

import numpy as np
import pytest
from numpy.typing import NDArray

from maskwatch.watching.camera.frame import thumbnail_of
from maskwatch.watching.motion import MotionGate
from watch_parts import noise

STEP_S = 0.2


def scene(seed: int, brightness: int = 128, face_at: int | None = None) -> NDArray[np.uint8]:
    """The thumbnail of a picture with noise, and a face as large as two of its cells."""
    picture = noise(seed, 192, 108, brightness)
    if face_at is not None:
        picture[60:64, face_at : face_at + 4] = 220
    return thumbnail_of(picture)


def wanted(gate: MotionGate, thumbnails: list[NDArray[np.uint8]], start_s: float = 0.0) -> list[bool]:
    return [gate.wants(thumbnail, start_s + STEP_S * index) for index, thumbnail in enumerate(thumbnails)]


def test_a_still_scene_is_left_alone_but_for_a_look_now_and_then() -> None:
    looks = wanted(MotionGate(), [scene(seed) for seed in range(150)])
    assert looks[0]
    assert sum(looks[20:]) <= 130 * STEP_S / 5 + 1
    assert any(looks[20:])


def test_the_first_frame_and_a_small_face_are_looked_at() -> None:
    gate = MotionGate()
    wanted(gate, [scene(seed) for seed in range(40)])
    assert not gate.wants(scene(50), 8.2)
    assert gate.wants(scene(51, face_at=100), 8.4)


def test_after_motion_several_frames_are_looked_at() -> None:
    gate = MotionGate()
    wanted(gate, [scene(seed) for seed in range(40)])
    looks = wanted(gate, [scene(100 + seed, face_at=100) for seed in range(40)], start_s=8.0)
    assert all(looks[:15])
    assert not any(looks[16:20])


def test_slow_motion_adds_up() -> None:
    gate = MotionGate()
    wanted(gate, [scene(seed, face_at=40) for seed in range(40)])
    creeping = [scene(100 + step, face_at=40 + step) for step in range(25)]
    assert any(wanted(gate, creeping, start_s=8.0)[:20])


def test_a_change_of_light_is_no_motion() -> None:
    gate = MotionGate()
    wanted(gate, [scene(seed) for seed in range(40)])
    assert not gate.wants(scene(50, brightness=150), 8.0)


@pytest.mark.parametrize("time_s", [0.0, 1e6])
def test_a_clock_that_jumps_never_leaves_the_scene_unseen(time_s: float) -> None:
    gate = MotionGate()
    wanted(gate, [scene(seed) for seed in range(40)], start_s=100.0)
    assert gate.wants(scene(50), time_s)
