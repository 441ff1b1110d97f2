"""The nouns of the watch: what a face did, what happened, what is told. Plain values; no clock, no thread."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How a mask is worn, as far as the evidence allows."""

    MASK = "mask"
    NO_MASK = "no_mask"
    INCORRECT = "incorrect"
    UNSURE = "unsure"


class EventKind(StrEnum):
    """What can happen."""

    NO_MASK = "no_mask"
    INCORRECT = "incorrect"
    SHARE_LOW = "share_low"
    COUNT_HIGH = "count_high"
    CAMERA = "camera"
    DISK_LOW = "disk_low"
    MODEL_SLOW = "model_slow"


class Doubt(StrEnum):
    """Why a state is `UNSURE`."""

    NEW = "new"
    SMALL = "small"
    BLURRED = "blurred"
    CUT = "cut"
    CONTRADICTORY = "contradictory"


@dataclass(frozen=True)
class Moment:
    """When a frame was taken: `utc` (aware, of the wall clock) and `clock_s` of a clock that never jumps.

    A file's clock is the time of its frames, so a recording gives the same moments whenever it is read.
    """

    utc: datetime
    clock_s: float

    def earlier(self, seconds: float) -> "Moment":
        """The moment so long before, by both clocks."""
        return Moment(self.utc - timedelta(seconds=seconds), self.clock_s - seconds)


@dataclass(frozen=True)
class Track:
    """A face that is followed, as it stands after a frame.

    Attributes:
        number: from 1, never used again within the camera's run.
        box: xyxy in pixels of the picture that was judged; the last one seen.
        state: what is declared.
        doubt: why nothing is, if `state` is `UNSURE`.
        score: the best class score, 0..1, in the frame it was last seen in.
        zones: names of the active zones it is in.
        seen: whether it was found in this very frame.
        observed_s: seconds in which it was seen so far.
    """

    number: int
    box: tuple[float, float, float, float]
    state: State
    doubt: Doubt | None
    score: float
    zones: tuple[str, ...]
    seen: bool
    observed_s: float


@dataclass(frozen=True)
class Crossing:
    """Somebody crossed a line: `inward` is from its left to its right, seen from its start to its end."""

    camera: str
    line: str
    track: int
    utc: datetime
    inward: bool
    state: State


@dataclass(frozen=True)
class Event:
    """Something that happened, as it is stored and announced.

    Attributes:
        id: a UUID in text, given once, the same in the store and in every announcement.
        kind: what happened.
        camera: its name in the settings.
        zone: the zone's name, or None where the event belongs to the camera or the machine.
        track: the track's number within the camera's run, or None.
        began, ended: UTC; `ended` is None while it lasts.
        duration_s: by the monotonic clock (or the file's own), which no clock change can bend.
        score: the best score of the evidence, 0..1, or None.
        frame_age_s: how old the deciding frame was when the decision fell.
        details: plain values that only this kind has.
    """

    id: str
    kind: EventKind
    camera: str
    zone: str | None
    track: int | None
    began: datetime
    ended: datetime | None = None
    duration_s: float | None = None
    score: float | None = None
    frame_age_s: float | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Passage:
    """A track that was judged: somebody passed. There is no identity, so nobody is counted as a person.

    Attributes:
        camera, zone: where; zone is None outside all zones.
        track: the track's number within the camera's run.
        began, ended: UTC of its first and last frame.
        observed_s: seconds in which it was seen.
        state: the last state declared, `UNSURE` if none was.
    """

    camera: str
    zone: str | None
    track: int
    began: datetime
    ended: datetime
    observed_s: float
    state: State
