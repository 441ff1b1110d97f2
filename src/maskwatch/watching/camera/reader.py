"""The watch's end of a decoding process."""

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection as Pipe
from multiprocessing.shared_memory import SharedMemory
from typing import Protocol

from maskwatch.watching.camera.frame import CapturedFrame
from maskwatch.watching.camera.messages import Message, NewMemory
from maskwatch.watching.camera.process import Order, read_camera
from maskwatch.watching.camera.slot import FrameSlot, remove_memory

Waitable = Pipe | int

# Long enough for almost every process to be gone; one that the system holds on to is reaped at a later start.
_DEATH_S = 0.05


class Reader(Protocol):
    """One attempt to read a camera."""

    def handles(self) -> Iterable[Waitable]:
        """What becomes readable when there is something new."""

    def messages(self) -> list[Message]:
        """What was said since the last call; never waits."""

    def frame(self, after: int) -> CapturedFrame | None:
        """The newest frame, if its sequence is above `after`; never waits."""

    def death(self) -> str | None:
        """Why the process is no more; None while it lives."""

    def stop(self) -> None:
        """End it at once and give back what it held."""


Launch = Callable[[], Reader]


class ProcessReader:
    """A decoding process, started when this is made. See `Reader`."""

    def __init__(self, order: Order) -> None:
        context = multiprocessing.get_context("spawn")
        self._lock = context.Lock()
        self._pipe, theirs = context.Pipe(duplex=False)
        self._memory_name = order.memory_name
        self._memories = 0
        self._hung_up = False
        self._slot: FrameSlot | None = None
        self._process = context.Process(target=read_camera, args=(order, theirs, self._lock), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def handles(self) -> Iterable[Waitable]:
        return (self._pipe, self._process.sentinel)

    def messages(self) -> list[Message]:
        said: list[Message] = []
        try:
            while self._pipe.poll():
                said.append(self._pipe.recv())
        except (EOFError, OSError):
            self._hung_up = True
        for message in said:
            if isinstance(message, NewMemory):
                self._move_to(message.name)
        return said

    def frame(self, after: int) -> CapturedFrame | None:
        return self._slot.read(after) if self._slot else None

    def death(self) -> str | None:
        if self._hung_up:
            self._process.join(_DEATH_S)  # a process that dies hangs up first and can tell of what a moment later
        code = self._process.exitcode
        if code is None:
            return "the decoder hung up" if self._hung_up else None
        return _reason(code)

    def stop(self) -> None:
        self._process.kill()  # also ends one that is stopped or hangs in the system's name look-up
        self._process.join(_DEATH_S)
        self._pipe.close()
        self._leave_memory()
        # It may have been killed between making memory and saying so.
        for number in (self._memories - 1, self._memories):
            remove_memory(f"{self._memory_name}-{number}")
        if self._process.exitcode is not None:
            self._process.close()

    def _move_to(self, name: str) -> None:
        self._leave_memory()
        self._slot = FrameSlot(SharedMemory(name), self._lock)
        self._memories += 1

    def _leave_memory(self) -> None:
        if self._slot:
            self._slot.close()
            remove_memory(self._slot.name)
            self._slot = None


def _reason(exit_code: int) -> str:
    if exit_code >= 0:
        return f"the decoder ended with code {exit_code}"
    name = signal.Signals(-exit_code).name
    hint = "; is /dev/shm full?" if name == "SIGBUS" and sys.platform == "linux" else ""
    return f"the decoder was ended by {name}{hint}"
