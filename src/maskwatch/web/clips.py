"""A clip that somebody sent: looked at a few times a second, in memory, and forgotten."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

import av
from av.container import InputContainer
from numpy import uint8
from numpy.typing import NDArray

from maskwatch.errors import UserError
from maskwatch.pictures.video import failure_reason, upright

FRAMES_PER_S = 5.0
MOST_FRAMES = 300
_MOST_PIXELS = 3840 * 2160
_LONGEST_S = 90.0


@dataclass(frozen=True)
class ClipFrame:
    """(H, W, 3) uint8 RGB, and seconds since the first frame."""

    pixels: NDArray[uint8]
    time_s: float


def container_format(head: bytes) -> str | None:
    """FFmpeg's name of a container that holds its pictures itself; None for any other.

    What FFmpeg would guess is not asked: a play list that calls itself a clip names files of this machine.
    """
    if head[4:8] == b"ftyp":
        return "mov"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    return "avi" if head[:4] == b"RIFF" and head[8:12] == b"AVI " else None


class Clip:
    """An open clip; iterated once.

    Attributes:
        cut_short: whether it goes on after the last frame that was given.

    Raises:
        UserError: for what is no clip, or larger than 4K.
    """

    def __init__(self, name: str, file: IO[bytes], now: Callable[[], float] = time.monotonic) -> None:
        self._name, self._now, self.cut_short = name, now, False
        kind = container_format(file.read(12))
        file.seek(0)
        if kind is None:
            raise UserError(f"{name}: not a clip in MP4, MOV, WebM, Matroska or AVI.")
        try:
            self._container: InputContainer = av.open(file, "r", format=kind)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise UserError(f"{name}: cannot be read as video ({failure_reason(error)}).") from error
        if not self._container.streams.video:
            raise UserError(f"{name}: there is no video in it.")
        self._stream = self._container.streams.video[0]
        self.size = (self._stream.width, self._stream.height)
        if not 0 < self.size[0] * self.size[1] <= _MOST_PIXELS:
            raise UserError(f"{name}: {self.size[0]}x{self.size[1]} pixels; at most 3840x2160 are looked at.")

    def close(self) -> None:
        self._container.close()

    def __iter__(self) -> Iterator[ClipFrame]:
        start_s: float | None = None
        next_s, given, began_s = 0.0, 0, self._now()
        for image in self._images():
            own_s = image.time or 0.0
            start_s = own_s if start_s is None else start_s
            if own_s - start_s < next_s - 1e-6:
                continue
            if given == MOST_FRAMES or self._now() - began_s > _LONGEST_S:
                self.cut_short = True
                return
            if image.width * image.height > _MOST_PIXELS:
                raise UserError(f"{self._name}: a frame is larger than 3840x2160 pixels.")
            given, next_s = given + 1, next_s + 1 / FRAMES_PER_S
            yield ClipFrame(upright(image), own_s - start_s)

    def _images(self) -> Iterator[av.VideoFrame]:
        try:
            yield from self._container.decode(self._stream)
        except av.FFmpegError as error:
            raise UserError(f"{self._name}: damaged ({failure_reason(error)}).") from error
