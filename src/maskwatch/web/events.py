"""Events as the API tells them."""

from collections.abc import Mapping
from typing import Any

from maskwatch.watching.nouns import Event
from maskwatch.watching.sentences import sentence
from maskwatch.watching.storage.rows import event_of
from maskwatch.web.models import EventOut, Mark


def event_out(event: Event, number: int = 0, mark: Mark | None = None, *, has_picture: bool = False) -> EventOut:
    """An event as it is told; the number is 0 where it has just been committed and nobody has looked it up."""
    return EventOut(
        number=number,
        id=event.id,
        kind=event.kind,
        camera=event.camera,
        zone=event.zone,
        track=event.track,
        began=event.began,
        ended=event.ended,
        duration_s=event.duration_s,
        score=event.score,
        details=event.details,
        mark=mark,
        has_picture=has_picture,
        sentence=sentence(event),
    )


def event_of_row(row: Mapping[str, Any], *, has_picture: bool = False) -> EventOut:
    """The event of a row of the store."""
    return event_out(event_of(row), row["number"], row["mark"], has_picture=has_picture)
