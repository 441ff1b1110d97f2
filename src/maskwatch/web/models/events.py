"""Events, and what somebody made of them."""

from datetime import datetime
from typing import Any, Literal

from maskwatch.watching.nouns import EventKind
from maskwatch.web.models.base import Model

Mark = Literal["seen", "wrong"]


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
