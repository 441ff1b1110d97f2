"""Everything the API gives and takes, as pydantic models: the contract."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from maskwatch.watching.camera.condition import CameraState
from maskwatch.watching.nouns import Doubt, EventKind, State
from maskwatch.web.access.scopes import Role, Scope

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


class Credentials(Model):
    """To sign in with."""

    name: Annotated[str, Field(max_length=64)]
    password: Annotated[SecretStr, Field(max_length=1000)]


class SessionOut(Model):
    """Who one is. Without a name, nobody: sign in. `local` is whoever sits at the machine while there are no users."""

    name: str | None = None
    role: Role | None = None
    scopes: tuple[Scope, ...] = ()
    csrf_token: str | None = None


class EventPage(Model):
    """Events, newest first. `next` is to be given as `after` for those that follow; None at the end."""

    events: tuple[EventOut, ...]
    next: str | None


class MarkIn(Model):
    """What somebody makes of an event; None takes a mark back."""

    mark: Mark | None


class MarkOut(Model):
    """The mark as it is now, and whether the case is kept for retraining; if not, `why_not` says so in a sentence."""

    mark: Mark | None
    kept_for_training: bool
    why_not: str | None


class Wearing(Model):
    """Passages by state, and the share with a mask worn rightly of those that could be judged (Wilson, 95 %)."""

    passages: dict[State, int]
    seconds: dict[State, float]
    share: float | None
    low: float | None
    high: float | None


class SummaryLine(Wearing):
    """One line; what is not told apart is None. `begins` is by the site's clock."""

    begins: datetime | None
    weekday: int | None
    hour: int | None
    camera: str | None
    zone: str | None


class Summary(Model):
    """Lines in order of time, camera and zone, and all of them together."""

    time_zone: str
    start: datetime
    end: datetime
    lines: tuple[SummaryLine, ...]
    total: Wearing


class Comparison(Model):
    """Two periods; `difference` is of the shares, second less first, with its 95 % interval (Newcombe 1998)."""

    first: Wearing
    second: Wearing
    difference: float | None
    low: float | None
    high: float | None


class DetectionOut(Model):
    """A face; the box is x1, y1, x2, y2 in pixels."""

    label: str
    score: float
    box: tuple[float, float, float, float]


class PictureDetections(Model):
    """What is in one picture; `error` says why it could not be looked at."""

    image: str
    width: int | None = None
    height: int | None = None
    detections: tuple[DetectionOut, ...] = ()
    error: str | None = None


class FrameDetections(Model):
    """What is in one frame of a clip."""

    time_s: float
    detections: tuple[DetectionOut, ...]


class ClipDetections(Model):
    """Frames of a clip; `cut_short` if the clip is longer than what is looked at."""

    width: int
    height: int
    frames: tuple[FrameDetections, ...]
    cut_short: bool


class SiteOut(Model):
    """The settings as the page edits them.

    Attributes:
        version: changes with the file; is sent along with changes, so that nobody undoes somebody else's.
        editable: whether the page may change them, and `why_not` in a sentence.
        settings: as in `site.toml`; addresses are cut down to scheme and host, `has_secret` tells which.
        fixed: settings that only the file changes.
    """

    version: str
    editable: bool
    why_not: str | None
    settings: dict[str, Any]
    fixed: dict[str, Any]


class SiteIn(Model):
    """Changed settings. A camera without an `address` keeps the one it has."""

    version: str
    settings: dict[str, Any]


class CameraShapesIn(Model):
    """Zones and lines of one camera, as in `site.toml`."""

    version: str
    zones: list[dict[str, Any]]
    lines: list[dict[str, Any]] = []


class Written(Model):
    """Settings are written; `waiting` names what takes effect at the next start."""

    version: str
    waiting: tuple[FieldFault, ...]


class CameraTestIn(Model):
    """An address to try. `camera` takes the one that is set for a camera, whose password nobody has to know."""

    address: SecretStr | None = None
    camera: str | None = None


class CameraTestOut(Model):
    """Whether a picture came, and how large it is; otherwise why not."""

    reached: bool
    width: int | None = None
    height: int | None = None
    reason: str | None = None


class HealthReport(Model):
    """Everything about the machine for the health page."""

    watch: WatchLive | None
    watch_silent_s: float | None
    viewers: int
    server_memory_mb: float | None
    store_bytes: int
    free_bytes: int
    store_trouble: str | None
    log: tuple[str, ...]


class AuditLine(Model):
    """Who did what."""

    number: int
    utc: datetime
    who: str
    action: str
    what: str


Limit = Annotated[int, Field(ge=1, le=500)]
