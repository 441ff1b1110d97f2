"""The one place for a live camera's newest frame: memory shared by the process that decodes and the one that looks.

The decoding process may be stopped or killed at any moment, also while it writes. So the reader never waits for
the lock, and lock and memory are new for each connection.
"""

import struct
from contextlib import suppress
from multiprocessing.shared_memory import SharedMemory
from multiprocessing.synchronize import Lock

import numpy as np
from numpy.typing import NDArray

from maskwatch.watching.camera.frame import THUMBNAIL_HEIGHT, THUMBNAIL_WIDTH, CapturedFrame

# Sequence, time captured, fingerprint, height, width.
_HEADER = struct.Struct("<QdIII4x")
_THUMBNAIL_BYTES = THUMBNAIL_HEIGHT * THUMBNAIL_WIDTH
_PIXELS_AT = _HEADER.size + _THUMBNAIL_BYTES


def slot_bytes(width: int, height: int) -> int:
    """Memory that a frame of this size needs."""
    return _PIXELS_AT + width * height * 3


class FrameSlot:
    """A frame's place in a piece of shared memory; `lock` is held for as long as it takes to copy one frame."""

    def __init__(self, memory: SharedMemory, lock: Lock) -> None:
        self._memory = memory
        self._lock = lock

    @property
    def name(self) -> str:
        return self._memory.name

    def write(self, frame: CapturedFrame) -> None:
        """Put the frame in place of the last one."""
        width, height = frame.size
        with self._lock:
            header = (frame.sequence, frame.captured_s, frame.fingerprint, height, width)
            _HEADER.pack_into(self._buffer, 0, *header)
            self._bytes(_HEADER.size, _THUMBNAIL_BYTES)[:] = frame.thumbnail.reshape(-1)
            self._bytes(_PIXELS_AT, frame.pixels.size)[:] = frame.pixels.reshape(-1)

    def read(self, after: int) -> CapturedFrame | None:
        """A copy of the frame if its sequence is above `after`; None too while it is being written."""
        if not self._lock.acquire(block=False):
            return None
        try:
            sequence, captured_s, fingerprint, height, width = _HEADER.unpack_from(self._buffer)
            if sequence <= after:
                return None
            thumbnail = self._bytes(_HEADER.size, _THUMBNAIL_BYTES).copy().reshape(THUMBNAIL_HEIGHT, THUMBNAIL_WIDTH)
            pixels = self._bytes(_PIXELS_AT, height * width * 3).copy().reshape(height, width, 3)
        finally:
            self._lock.release()
        return CapturedFrame(pixels, thumbnail, fingerprint, sequence, captured_s)

    def close(self) -> None:
        self._memory.close()

    @property
    def _buffer(self) -> memoryview:
        buffer = self._memory.buf
        if buffer is None:
            raise ValueError("the slot is closed")
        return buffer

    def _bytes(self, start: int, size: int) -> NDArray[np.uint8]:
        return np.frombuffer(self._buffer, np.uint8, size, start)


def remove_memory(name: str) -> None:
    """Give a piece of memory back, if there is one of that name; its maker may have been killed."""
    with suppress(FileNotFoundError):
        memory = SharedMemory(name)
        memory.close()
        memory.unlink()
