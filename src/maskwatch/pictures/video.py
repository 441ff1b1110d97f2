"""Frames of a video file, a camera or a stream as RGB pictures."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from maskwatch.errors import UserError

VIDEO_SUFFIXES = frozenset(
    (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts")
    + (".wmv", ".flv", ".3gp", ".ogv", ".mjpeg")
)

# Editors leave a few frames' difference between what a whole file says and what it holds.
_WHOLE_ENOUGH = 0.9
_OPEN_AND_READ_TIMEOUT_S = (10.0, 10.0)


@dataclass(frozen=True)
class Frame:
    """One frame: (H, W, 3) uint8 RGB the right way up, its number from 0, and seconds since the first one."""

    pixels: NDArray[np.uint8]
    index: int
    time_s: float


def is_camera_number(source: str) -> bool:
    return source.isascii() and source.isdigit()


def is_stream_address(source: str) -> bool:
    return "://" in source


def without_password(source: str) -> str:
    """A stream address as it may be shown and stored: `rtsp://name:secret@host/1` loses `name:secret`."""
    if not is_stream_address(source):
        return source
    parts = urlsplit(source)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


class VideoReader:
    """Frames in order, from a file, a camera number or a stream address.

    Used as a context manager and iterated once. Damage in a file ends it with a `UserError` that names the
    frame; a live source just goes on with the next frame that is whole.

    Args:
        source: a path, a camera's number or a stream's address.
        wants: says of a frame's time, in seconds since the first one, whether the frame is given; the others
            are decoded, because later ones build on them, but never made into pixels. Without it all are given.

    Attributes:
        expected_frames: how many a file says it has; `None` where nobody knows.
    """

    def __init__(self, source: str, *, wants: Callable[[float], bool] | None = None) -> None:
        self._wants = wants
        self._name = without_password(source)
        self._live = is_camera_number(source) or is_stream_address(source)
        try:
            self._container = _open(source)
            if not self._container.streams.video:
                self._container.close()
                raise UserError(f"{self._name}: there is no video in it.")
        except (av.FFmpegError, OSError) as error:
            reason = failure_reason(error)
            raise UserError(f"{self._name}: cannot be opened as video ({reason}); {_advice(source)}") from error
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self.expected_frames = self._stream.frames or None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        index, end_s = 0, 0.0
        start_s: float | None = None
        for image in self._images():
            own_s = image.time if image.pts is not None else index / float(self._stream.average_rate or 25)
            start_s = own_s if start_s is None else start_s
            if self._wants is None or self._wants(own_s - start_s):
                yield Frame(upright(image), index, own_s - start_s)
            index += 1
            end_s = own_s - start_s + float((image.duration or 0) * (image.time_base or 0))
        self._check_whole(index, end_s)

    def _check_whole(self, frames: int, end_s: float) -> None:
        """A copy that broke off still plays, so what was read is held against what the file promised."""
        if not frames:
            raise UserError(f"{self._name}: there is not one whole frame in it.")
        promised_s = _promised_s(self._stream)
        short_of_frames = frames < _WHOLE_ENOUGH * (self.expected_frames or frames * 2)
        if promised_s and not self._live and short_of_frames and end_s < _WHOLE_ENOUGH * promised_s:
            raise UserError(f"{self._name}: cut short, {end_s:.1f} s of {promised_s:.1f} s are there.")

    def _images(self) -> Iterator[av.VideoFrame]:
        count = 0
        try:
            for packet in self._container.demux(self._stream):
                for image in self._decoded(packet):
                    if not image.is_corrupt:
                        count += 1
                        yield image
        except av.FFmpegError as error:
            raise UserError(f"{self._name}: damaged after {count} frames ({failure_reason(error)}).") from error

    def _decoded(self, packet: "av.Packet[VideoStream]") -> list[av.VideoFrame]:
        try:
            return packet.decode()
        except av.error.InvalidDataError:
            if self._live:
                return []
            raise


def _advice(source: str) -> str:
    if is_camera_number(source):
        return "is a camera plugged in, and used by no other program?"
    if is_stream_address(source):
        return "is the address right, and does a player show it?"
    return "does a player show it?"


def _open(source: str) -> InputContainer:
    if is_camera_number(source):
        address, driver = camera_device(int(source))
        return av.open(address, format=driver)
    if not is_stream_address(source):
        return av.open(source)
    options = {"rtsp_transport": "tcp"} if source.startswith("rtsp") else {}
    return av.open(source, options=options, timeout=_OPEN_AND_READ_TIMEOUT_S)


def camera_device(number: int) -> tuple[str, str]:
    """What FFmpeg calls a camera on this system, and through which driver."""
    if sys.platform == "darwin":
        return str(number), "avfoundation"
    if sys.platform == "win32":
        cameras = [each for each in av.enumerate_input_devices("dshow") if "video" in each.media_types]
        if number >= len(cameras):
            raise UserError(f"{number}: there is no such camera; {len(cameras)} found.")
        return f"video={cameras[number].name}", "dshow"
    return f"/dev/video{number}", "v4l2"


def upright(image: av.VideoFrame) -> NDArray[np.uint8]:
    """Pixels turned as the file's display matrix says, which phones use instead of turning the sensor."""
    pixels = image.to_ndarray(format="rgb24")
    return np.ascontiguousarray(np.rot90(pixels, k=round(image.rotation / 90)))


def _promised_s(stream: VideoStream) -> float | None:
    """How long the file says that its video is; Matroska says it in a tag, MPEG-TS and live sources nowhere."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    hours, _, rest = stream.metadata.get("DURATION", "").partition(":")
    minutes, _, seconds = rest.partition(":")
    try:
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return None


def failure_reason(error: Exception) -> str:
    """The cause alone: FFmpeg's full text repeats the address, with its password."""
    return getattr(error, "strerror", None) or type(error).__name__
