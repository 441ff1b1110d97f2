"""Files as cameras: in their own time, never dropped from, paced or fast."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from maskwatch.errors import UserError
from maskwatch.pictures.video_writing import writing_video
from maskwatch.watching.camera.condition import CameraState
from maskwatch.watching.camera.file import FileCamera
from maskwatch.watching.camera.frame import CapturedFrame
from maskwatch.watching.camera.framing import Framing
from maskwatch.watching.camera.recording import recorded_frames, video_file
from watch_parts import FakeClock, frame_at, noise

FRAMES = [frame_at(index / 5, index + 1) for index in range(30)]


def next_of(camera: FileCamera, within_s: float = 5.0) -> CapturedFrame | None:
    """The next frame as soon as the reading thread has it; None at the end."""
    until = time.monotonic() + within_s
    while time.monotonic() < until and not camera.ended:
        camera.poll()
        frame, _ = camera.take()
        if frame is not None:
            return frame
        time.sleep(0.001)
    return None


def test_fast_gives_every_frame_in_order_without_waiting() -> None:
    camera = FileCamera("clip", iter(FRAMES), FakeClock(), fast=True)
    taken = [next_of(camera) for _ in FRAMES]
    assert taken == FRAMES
    assert next_of(camera) is None
    assert camera.condition.state is CameraState.ENDED


def test_at_its_own_pace_each_frame_waits_for_its_time_and_none_is_dropped() -> None:
    clock = FakeClock()
    camera = FileCamera("clip", iter(FRAMES), clock)
    assert next_of(camera) is FRAMES[0]
    assert next_of(camera, within_s=0.2) is None
    assert camera.due_s() == pytest.approx(clock.now_s + 0.2)
    clock.now_s += 60  # whoever looks at the frames was away for a minute
    assert [next_of(camera) for _ in FRAMES[1:]] == FRAMES[1:]
    assert camera.stats.dropped == 0


def test_moments_are_the_files_own_and_a_recording_does_not_get_old() -> None:
    clock = FakeClock()
    camera = FileCamera("clip", iter(FRAMES), clock)
    first = next_of(camera)
    assert first is not None
    began = camera.moment_of(first)
    clock.now_s += 100
    later = next_of(camera)
    assert later is not None
    assert camera.moment_of(later).clock_s == pytest.approx(0.2)
    assert (camera.moment_of(later).utc - began.utc).total_seconds() == pytest.approx(0.2)
    assert camera.age_s(later) == 0


def test_a_file_that_breaks_off_is_lost_with_the_reason() -> None:
    def broken() -> Iterator[CapturedFrame]:
        yield FRAMES[0]
        raise UserError("clip.mp4: cut short")

    camera = FileCamera("clip", broken(), FakeClock(), fast=True)
    assert next_of(camera) is FRAMES[0]
    assert next_of(camera) is None
    assert (camera.condition.state, camera.condition.reason) == (CameraState.LOST, "clip.mp4: cut short")
    assert camera.ended


def test_stopping_in_the_middle_ends_the_reading() -> None:
    camera = FileCamera("clip", (frame_at(n, n) for n in range(1, 10**9)), FakeClock(), fast=True)
    assert next_of(camera)
    began = time.monotonic()
    camera.stop()
    assert time.monotonic() - began < 1


def test_a_file_is_read_at_the_frame_rate_limit_and_framed(tmp_path: Path) -> None:
    with writing_video(tmp_path / "clip.webm") as writer:
        for index in range(40):
            writer.write(noise(index), index / 20)
    frames = list(recorded_frames(video_file(tmp_path / "clip.webm"), Framing(rotate=90), 5))
    np.testing.assert_allclose([frame.captured_s for frame in frames], np.arange(10) / 5, atol=0.06)
    assert {frame.size for frame in frames} == {(48, 64)}
    assert [frame.sequence for frame in frames] == list(range(1, 11))
