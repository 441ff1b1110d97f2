"""Frames of a file or film on its own clock: the same ones, whether it is played at its pace or as fast as it goes."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from maskwatch.pictures.video import Frame, VideoReader
from maskwatch.watching.camera.frame import CapturedFrame, to_frame
from maskwatch.watching.camera.framing import Framing
from maskwatch.watching.camera.pace import RateLimit

# Given what wants a frame of a time, the frames that are wanted.
Film = Callable[[Callable[[float], bool]], Iterable[Frame]]


def video_file(path: Path) -> Film:
    """A video file as a film; raises `UserError` when it is iterated and cannot be read."""

    def frames(wants: Callable[[float], bool]) -> Iterator[Frame]:
        with VideoReader(str(path), wants=wants) as reader:
            yield from reader

    return frames


def recorded_frames(film: Film, framing: Framing, frames_per_s: float | None) -> Iterator[CapturedFrame]:
    """Every wanted frame in order, framed; `captured_s` is the file's own time from 0."""
    wanted = film(RateLimit(frames_per_s).wants)
    for sequence, frame in enumerate(wanted, start=1):
        yield to_frame(framing.apply(frame.pixels), sequence, frame.time_s)
