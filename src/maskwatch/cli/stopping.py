"""Being stopped politely."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Inside, `kill` does what Ctrl-C does, so that temporary files are cleared away and a camera's video ends."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@dataclass
class Stop:
    """Whether somebody asked this process to stop."""

    asked: bool = False

    def check(self, *_: object) -> None:
        """Raise KeyboardInterrupt if so: at a place where nothing is half done."""
        if self.asked:
            raise KeyboardInterrupt


@contextmanager
def noting_a_stop() -> Iterator[Stop]:
    """Inside, Ctrl-C and `kill` are noted only, for whoever checks."""
    stop = Stop()

    def note(number: int, frame: object) -> None:
        stop.asked = True

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
