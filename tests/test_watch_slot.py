"""The place for the newest frame, shared between processes."""

import multiprocessing
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import pytest

from maskwatch.watching.camera.slot import FrameSlot, remove_memory, slot_bytes
from watch_parts import frame_at, noise

Ends = tuple[FrameSlot, FrameSlot]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """The writing end and the reading end of one slot."""
    lock = multiprocessing.get_context("spawn").Lock()
    made = SharedMemory(create=True, size=slot_bytes(64, 48))
    writing, reading = FrameSlot(made, lock), FrameSlot(SharedMemory(made.name), lock)
    yield writing, reading
    reading.close()
    writing.close()
    remove_memory(made.name)


def test_a_frame_arrives_whole(ends: Ends) -> None:
    writing, reading = ends
    sent = frame_at(12.5, 3)
    writing.write(sent)
    got = reading.read(after=2)
    assert got is not None
    np.testing.assert_array_equal(got.pixels, sent.pixels)
    np.testing.assert_array_equal(got.thumbnail, sent.thumbnail)
    assert (got.fingerprint, got.sequence, got.captured_s) == (sent.fingerprint, 3, 12.5)


def test_the_newest_frame_wins_and_is_given_once(ends: Ends) -> None:
    writing, reading = ends
    assert reading.read(after=0) is None
    for sequence in range(1, 6):
        writing.write(frame_at(sequence, sequence))
    got = reading.read(after=0)
    assert got is not None
    assert got.sequence == 5
    assert reading.read(after=5) is None


def test_a_smaller_frame_fits_too(ends: Ends) -> None:
    writing, reading = ends
    writing.write(frame_at(1, 1))
    writing.write(frame_at(2, 2, noise(9, 32, 24)))
    got = reading.read(after=1)
    assert got is not None
    np.testing.assert_array_equal(got.pixels, noise(9, 32, 24))


def test_what_was_taken_is_not_overwritten_later(ends: Ends) -> None:
    writing, reading = ends
    writing.write(frame_at(1, 1, noise(1)))
    got = reading.read(after=0)
    writing.write(frame_at(2, 2, noise(2)))
    assert got is not None
    np.testing.assert_array_equal(got.pixels, noise(1))


def test_a_writer_stopped_in_the_middle_holds_up_nobody() -> None:
    lock = multiprocessing.get_context("spawn").Lock()
    made = SharedMemory(create=True, size=slot_bytes(64, 48))
    slot = FrameSlot(made, lock)
    slot.write(frame_at(1, 1))
    lock.acquire()  # as a process stopped while it writes would hold it, for ever
    assert slot.read(after=0) is None
    lock.release()
    assert slot.read(after=0) is not None
    slot.close()
    remove_memory(made.name)
    remove_memory(made.name)  # twice, or of a process that never made any, does no harm
