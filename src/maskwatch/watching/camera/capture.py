"""One connection to a live camera: pictures as they come, each with the time it was taken. Runs in its own process."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import av
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.container import InputContainer
from av.video.stream import VideoStream

from maskwatch.errors import UserError
from maskwatch.pictures.video import camera_device, is_camera_number, upright
from maskwatch.watching.camera.frame import Pixels
from maskwatch.watching.camera.pace import ArrivalTimes, PlaybackTimes, RateLimit, StampedTimes, Times

_RTSP = ("rtsp", "rtsps")
_LONGEST_WAIT_S = 5.0
_DAMAGED_IN_A_ROW = 20
# FFmpeg looks at up to five seconds of video to guess its frame rate, which nobody here asks for.
_QUICK = {"fpsprobesize": "0", "analyzeduration": "1000000"}


@dataclass(frozen=True)
class Connection:
    """What is needed to open a camera.

    Attributes:
        address: a number or a stream's address, password and all.
        open_timeout_s, read_timeout_s: how long FFmpeg may take to open, and to give the next packet.
        hardware: FFmpeg's name of the hardware to decode with; where it cannot, the processor does.
        frames_per_s: as many are given, at most.
    """

    address: str
    open_timeout_s: float
    read_timeout_s: float
    hardware: str | None
    frames_per_s: float | None


@dataclass(frozen=True)
class Picture:
    """Pixels (H, W, 3) uint8 RGB, when they were taken (monotonic), how many pictures were decoded so far."""

    pixels: Pixels
    captured_s: float
    decoded: int


class LiveCapture:
    """An open camera; iterated once. Packets that cannot be decoded are passed over.

    Attributes:
        remark: what should be known of how it is read; "" for nothing.

    Raises:
        av.FFmpegError, OSError, UserError: when it cannot be opened, while it is iterated when it breaks.
    """

    def __init__(self, connection: Connection) -> None:
        self._container, self.remark = _open(connection)
        if not self._container.streams.video:
            self._container.close()
            raise UserError("there is no video in it")
        self._stream = self._container.streams.video[0]
        self._stream.codec_context.thread_count = 1  # threads by frame would hold back as many frames
        self._limit = RateLimit(connection.frames_per_s)
        self._times = times_of(connection.address)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    def __iter__(self) -> Iterator[Picture]:
        stamp_s = 0.0
        for decoded, image in enumerate(self._images(), start=1):
            stamp_s = image.time if image.pts is not None else stamp_s
            captured_s = self._times.captured_s(time.monotonic(), stamp_s)
            time.sleep(min(_LONGEST_WAIT_S, max(0.0, captured_s - time.monotonic())))
            if self._limit.wants(captured_s):
                yield Picture(upright(image), captured_s, decoded)

    def _images(self) -> Iterator[av.VideoFrame]:
        for packet in self._packets():
            for image in _decoded(packet):
                if not image.is_corrupt:
                    yield image

    def _packets(self) -> "Iterator[av.Packet[VideoStream]]":
        """All packets; damaged ones are passed over unless there is nothing else."""
        damaged = 0
        while True:
            try:
                for packet in self._container.demux(self._stream):
                    damaged = 0
                    yield packet
                return
            except av.error.InvalidDataError:
                damaged += 1
                if damaged > _DAMAGED_IN_A_ROW:
                    raise


def times_of(address: str) -> Times:
    """How the times of a source are to be read; what is none of RTSP and HLS stamps with made-up times or none."""
    parts = urlsplit(address)
    if parts.scheme.lower() in _RTSP:
        return StampedTimes()
    return PlaybackTimes() if parts.path.lower().endswith(".m3u8") else ArrivalTimes()


def _open(connection: Connection) -> tuple[InputContainer, str]:
    """The open camera, and what is to be said of the hardware that was asked for."""
    if connection.hardware is None:
        return _open_with(connection, None), ""
    if connection.hardware not in (known := hwdevices_available()):
        raise UserError(f"FFmpeg here knows no hardware {connection.hardware!r}; it knows {', '.join(known)}")
    try:
        return _open_with(connection, HWAccel(connection.hardware)), ""
    except av.FFmpegError:  # from the camera or from the hardware: FFmpeg gives both the same codes
        return _open_with(connection, None), f"{connection.hardware} cannot be used; the processor decodes"


def _open_with(connection: Connection, hardware: HWAccel | None) -> InputContainer:
    limits = (connection.open_timeout_s, connection.read_timeout_s)
    if is_camera_number(connection.address):
        device, driver = camera_device(int(connection.address))
        return av.open(device, format=driver, options=_QUICK, hwaccel=hardware, timeout=limits)
    tcp = {"rtsp_transport": "tcp"} if urlsplit(connection.address).scheme.lower() in _RTSP else {}
    return av.open(connection.address, options=_QUICK | tcp, hwaccel=hardware, timeout=limits)


def _decoded(packet: "av.Packet[VideoStream]") -> list[av.VideoFrame]:
    try:
        return packet.decode()
    except av.error.InvalidDataError:
        return []
