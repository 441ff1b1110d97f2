"""Judged frames on their way to whoever looks: one place a camera, the newest wins."""

import io
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwatch.pictures.pixelate import pixelate
from maskwatch.watching.camera.frame import CapturedFrame
from maskwatch.watching.clock import Clock, moment_at
from maskwatch.watching.nouns import Track
from maskwatch.watching.station import Station
from maskwatch.web.messages import Message
from maskwatch.web.models import Picture
from maskwatch.web.watchside.snapshot import box_of

Faces = Literal["pixelated", "clear", "none"]

# What a page shows; larger pictures only cost everybody time.
_LONGEST_SIDE_PX = 960
_JPEG_QUALITY = 75
# Of each camera, at most.
_APART_S = 0.15


@dataclass(frozen=True)
class Shot:
    """A judged frame; `faces` (N, 4) are all boxes that must not be shown clearly where faces are pixelated."""

    camera: str
    sequence: int
    frame: CapturedFrame
    frame_s: float
    tracks: tuple[Track, ...]
    faces: NDArray[np.float32]


@dataclass
class Shots:
    """Filled by the loop, which only moves references; emptied by the thread that sends."""

    looked_at: Collection[str] = ()
    _newest: dict[str, Shot] = field(default_factory=dict, init=False)
    _last_s: dict[str, float] = field(default_factory=dict, init=False)
    _sequence: int = field(default=0, init=False)

    def put(self, station: Station, now_s: float) -> bool:
        """Note the frame a station has just judged, if somebody looks and none was noted a moment ago."""
        name, frame = station.feed.name, station.frame
        if frame is None or name not in self.looked_at or now_s - self._last_s.get(name, 0.0) < _APART_S:
            return False
        self._last_s[name] = now_s
        self._sequence = max(self._sequence + 1, time.time_ns() // 1_000_000)  # grows over restarts too
        faces = np.concatenate([station.faces.xyxy.reshape(-1, 4), _boxes(station.result.tracks)])
        tracks = station.result.tracks
        self._newest[name] = Shot(name, self._sequence, frame, station.frame_s, tracks, faces.astype(np.float32))
        return True

    def take(self) -> list[Shot]:
        """The newest of each camera, none twice."""
        return [self._newest.pop(name) for name in list(self._newest)]


def picture_message(shot: Shot, faces: Faces, clock: Clock) -> Message:
    """The picture as it is sent: encoded once, however many look."""
    now_s = clock.monotonic()
    picture = Picture(
        camera=shot.camera,
        sequence=shot.sequence,
        utc=moment_at(clock, shot.frame_s).utc,
        age_s=round(now_s - shot.frame_s, 3),
        width=shot.frame.size[0],
        height=shot.frame.size[1],
        boxes=tuple(box_of(track, shot.frame) for track in shot.tracks),
    )
    head = picture.model_dump_json().encode()
    if faces == "none":
        return Message("picture", head)
    pixels = pixelate(shot.frame.pixels, shot.faces) if faces == "pixelated" else shot.frame.pixels
    return Message("picture", head, encode_jpeg(pixels))


def encode_jpeg(pixels: NDArray[np.uint8], longest_side_px: int = _LONGEST_SIDE_PX) -> bytes:
    """(H, W, 3) uint8 RGB to a JPEG that is no larger than a page needs."""
    image = Image.fromarray(pixels)
    image.thumbnail((longest_side_px, longest_side_px), Image.Resampling.BILINEAR, reducing_gap=2.0)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_JPEG_QUALITY)
    return file.getvalue()


def _boxes(tracks: tuple[Track, ...]) -> NDArray[np.float32]:
    return np.array([track.box for track in tracks], np.float32).reshape(-1, 4)
