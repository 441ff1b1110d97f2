"""Everything the API gives and takes, as pydantic models: the contract."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from maskwatch.watching.camera.condition import CameraState
from maskwatch.watching.nouns import Doubt, EventKind, State

Mark = Literal["seen", "wrong"]


class Model(BaseModel):
    """What all of them share."""

    model_config = ConfigDict(frozen=True)


class FieldFault(Model):
    """One thing wrong with what was sent: where, `zones.0.polygon` say, and what."""

    field: str
    message: str


class Problem(Model):
    """An error, as RFC 9457 has it (`application/problem+json`)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: tuple[FieldFault, ...] = ()


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


class EventOut(Model):
    """An event. `number` grows in the order in which events were stored; `mark` is what somebody made of it."""

    number: int
    id: str
    kind: EventKind
    camera: str
    zone: str | None
    track: int | None
    began: datetime
    ended: datetime | None
    duration_s: float | None
    score: float | None
    details: dict[str, Any]
    mark: Mark | None = None
    has_picture: bool = False
    sentence: str


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
    """A camera of the site; `live` is None until the watch has been heard."""

    name: str
    zones: tuple[ZoneShape, ...]
    lines: tuple[LineShape, ...]
    today: SharesToday
    live: CameraLive | None


class Health(Model):
    """Whether the server answers; for `/readyz`, whether it has heard the watch and can read the store."""

    healthy: bool
    watch_silent_s: float | None = None
    store: str | None = None


Limit = Annotated[int, Field(ge=1, le=500)]
