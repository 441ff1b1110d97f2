"""Cameras and the watch as they are right now."""

from datetime import datetime

from maskwatch.watching.camera.condition import CameraState
from maskwatch.watching.nouns import Doubt, State
from maskwatch.web.models.base import Model


class Box(Model):
    """Somebody in the picture; edges in shares 0..1 of its width and height."""

    track: int
    left: float
    top: float
    right: float
    bottom: float
    state: State
    doubt: Doubt | None
    score: float
    zones: tuple[str, ...]
    seen: bool


class CameraLive(Model):
    """How a camera is right now.

    `frame_age_s` and `frames_per_s` are of frames judged; `in_view` counts faces by state in the last one.
    """

    name: str
    state: CameraState
    reason: str
    frame_age_s: float | None
    frames_per_s: float
    in_view: dict[State, int]
    width: int | None
    height: int | None
    dropped: int


class WatchLive(Model):
    """How the watch is right now.

    Attributes:
        look_s: seconds the network took for the last frame.
        store_waiting: records not committed yet; `store_trouble` says why, if it is more than a moment.
        memory_mb: resident memory of the watch's own process, where the system tells it.
    """

    utc: datetime
    version: str
    began: datetime
    model: str
    looks: int
    look_s: float
    store_waiting: int
    store_lost: int
    store_trouble: str | None
    memory_mb: float | None
    cameras: tuple[CameraLive, ...]


class Picture(Model):
    """A judged picture: who is in it and, for whoever watches pictures, the JPEG in base64.

    `sequence` grows with every picture of a camera; `age_s` is how old the frame was when it was sent.
    """

    camera: str
    sequence: int
    utc: datetime
    age_s: float
    width: int
    height: int
    boxes: tuple[Box, ...]
    jpeg: str | None = None


class SharesToday(Model):
    """Passages since midnight, by the site's clock; the share is of those that could be judged, with 95 % interval."""

    passages: dict[State, int]
    share: float | None
    low: float | None
    high: float | None


class ZoneShape(Model):
    """A zone's name and corners, in shares of the picture."""

    name: str
    polygon: tuple[tuple[float, float], ...]
    mask_required: bool


class LineShape(Model):
    """A line's name and ends, in shares of the picture."""

    name: str
    start: tuple[float, float]
    end: tuple[float, float]


class CameraOut(Model):
    """A camera of the site; `live` is None until the watch has been heard.

    `collects_for_training`: whether clear pictures of its events are kept until somebody says which were wrong.
    """

    name: str
    zones: tuple[ZoneShape, ...]
    lines: tuple[LineShape, ...]
    collects_for_training: bool
    today: SharesToday
    live: CameraLive | None
