"""Waking the loop from a thread or a signal handler."""

import multiprocessing
from multiprocessing.connection import Connection, wait

from maskwatch.watching.camera.reader import Waitable


class Waker:
    """A pipe to oneself; `wake` may be called from anywhere, as often as one likes, and never waits."""

    def __init__(self) -> None:
        self._reading: Connection
        self._writing: Connection
        self._reading, self._writing = multiprocessing.Pipe(duplex=False)
        self._rung = False

    def wake(self) -> None:
        if not self._rung:  # what is in the pipe already wakes; more of it would fill it up
            self._rung = True
            self._writing.send_bytes(b"!")

    def sleep(self, handles: list[Waitable], at_most_s: float) -> None:
        """Until something can be read, or somebody wakes, or the time is over."""
        wait([self._reading, *handles], max(0.0, at_most_s))
        self._rung = False
        while self._reading.poll():
            self._reading.recv_bytes()

    def close(self) -> None:
        self._reading.close()
        self._writing.close()
