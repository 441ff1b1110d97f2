"""Video written as VP9, whose encoder and players come without a licence fee."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream
from numpy.typing import NDArray

from maskwatch.errors import UserError
from maskwatch.files import replacing

WRITABLE_SUFFIXES = (".webm", ".mp4")

_MILLISECOND = Fraction(1, 1000)
_BT709 = 1
_STUDIO_RANGE = 1
# libvpx's advice for encoding while somebody waits; 34 is visually clean for boxes drawn on a scene.
_VP9_FAST = {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "crf": "34", "b": "0"}


class VideoWriter:
    """Takes frames in order; all get the size of the first one. Made by `writing_video`."""

    def __init__(self, container: OutputContainer) -> None:
        self._container = container
        self._stream: VideoStream | None = None
        self._last_ms = -1

    def write(self, pixels: NDArray[np.uint8], time_s: float) -> None:
        """Append a frame, (H, W, 3) uint8 RGB, shown at `time_s` and 1 ms after the last one at the least."""
        stream = self._stream = self._stream or self._new_stream(*pixels.shape[:2])
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24").reformat(
            width=stream.width, height=stream.height, format="yuv420p", dst_colorspace=Colorspace.ITU709
        )
        self._last_ms = max(self._last_ms + 1, round(time_s * 1000))
        frame.pts, frame.time_base = self._last_ms, _MILLISECOND
        self._container.mux(stream.encode(frame))

    def finish(self) -> None:
        if self._stream:
            self._container.mux(self._stream.encode(None))

    def _new_stream(self, height: int, width: int) -> VideoStream:
        stream = self._container.add_stream("libvpx-vp9", rate=30, options=_VP9_FAST)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.time_base = _MILLISECOND
        context.colorspace, context.color_range = _BT709, _STUDIO_RANGE
        return stream


@contextmanager
def writing_video(path: Path) -> Iterator[VideoWriter]:
    """Write `path`, VP9 in WebM or MP4; nothing is at `path` until the whole video is."""
    if path.suffix.lower() not in WRITABLE_SUFFIXES:
        raise UserError(f"{path}: video is written as {' or '.join(WRITABLE_SUFFIXES)}.")
    with replacing(path) as temporary, av.open(str(temporary), "w") as container:
        writer = VideoWriter(container)
        yield writer
        writer.finish()
