"""What the decoding process says to the one that watches; small enough for a pipe to take each whole or not at all."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Started:
    """The process is up and begins to connect: from here on, time is the camera's and not this machine's."""


@dataclass(frozen=True)
class Opened:
    """The connection stands and there is video in it; the remark, if any, is for the log."""

    remark: str = ""


@dataclass(frozen=True)
class NewMemory:
    """Frames lie from now on in the shared memory of this name."""

    name: str


@dataclass(frozen=True)
class FrameReady:
    """A frame was put in its place; `decoded` counts all pictures, also those above the frame-rate limit."""

    sequence: int
    decoded: int


@dataclass(frozen=True)
class Ended:
    """The connection ended or never came about; the reason names no address."""

    reason: str


Message = Started | Opened | NewMemory | FrameReady | Ended
