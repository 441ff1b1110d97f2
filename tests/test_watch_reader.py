"""The watch's end of a decoding process, when that process dies."""

import os
import signal
import time
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Lock

import pytest

from maskwatch.watching.camera import reader as readers
from maskwatch.watching.camera.capture import Connection
from maskwatch.watching.camera.framing import Framing
from maskwatch.watching.camera.process import Order
from maskwatch.watching.camera.reader import ProcessReader


def crash_after_hanging_up(order: Order, pipe: Pipe, lock: Lock) -> None:
    """Dies as the kernel lets a process die: its pipe closes a moment before it can be reaped."""
    pipe.close()
    time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGSEGV)


def test_what_killed_a_decoder_is_told_even_if_its_pipe_closed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "read_camera", crash_after_hanging_up)
    nobody = Connection("rtsp://127.0.0.1/", 1, 1, None, None)
    reader = ProcessReader(Order(nobody, Framing(), f"maskwatch-test-{os.getpid()}"))
    reason = None
    while reason is None:
        reason = reader.death()
        reader.messages()
    reader.stop()
    assert reason == "the decoder was ended by SIGSEGV"
