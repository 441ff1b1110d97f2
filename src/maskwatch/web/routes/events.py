"""Events: found, taken away as a file, and marked."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import AwareDatetime

from maskwatch.watching.nouns import EventKind
from maskwatch.web import event_queries
from maskwatch.web.context import Context, Ctx
from maskwatch.web.event_queries import EventState, Wanted
from maskwatch.web.events import event_of_row
from maskwatch.web.guarding import Operator
from maskwatch.web.models import EventOut, EventPage, Limit, MarkIn, MarkOut
from maskwatch.web.problems import ProblemError

router = APIRouter(tags=["events"])

_COLUMNS = ("id", "kind", "camera", "zone", "track", "began", "ended", "duration_s", "score", "mark", "sentence")
# A cell that begins with one of these is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}, "description": "A line an event"}}


def _wanted(
    camera: Annotated[str | None, Query()] = None,
    zone: Annotated[str | None, Query()] = None,
    kind: Annotated[EventKind | None, Query()] = None,
    state: Annotated[EventState | None, Query()] = None,
    start: Annotated[AwareDatetime | None, Query(description="Began at or after this; with a time zone.")] = None,
    end: Annotated[AwareDatetime | None, Query(description="Began before this; with a time zone.")] = None,
) -> Wanted:
    return Wanted(camera, zone, kind, state, _in_calendar(start), _in_calendar(end))


Filters = Annotated[Wanted, Depends(_wanted)]


@router.get("/events")
def events(
    ctx: Ctx,
    wanted: Filters,
    after: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> EventPage:
    """Events, newest first."""
    rows, following = event_queries.page(ctx.reading.engine, wanted, after, limit)
    return EventPage(events=tuple(_told(ctx, row) for row in rows), next=following)


@router.get("/events.csv", response_class=StreamingResponse, responses=_CSV)
def events_csv(ctx: Ctx, wanted: Filters) -> StreamingResponse:
    """All events asked for, newest first, for a spreadsheet."""
    return _file(_csv(ctx, wanted), "text/csv; charset=utf-8", "events.csv")


@router.get("/events.json", response_class=StreamingResponse, responses={200: {"model": list[EventOut]}})
def events_json(ctx: Ctx, wanted: Filters) -> StreamingResponse:
    """All events asked for, newest first, as one JSON list."""
    return _file(_json(ctx, wanted), "application/json", "events.json")


@router.get("/events/{event_id}")
def event(event_id: str, ctx: Ctx) -> EventOut:
    """One event."""
    return _told(ctx, _row(ctx, event_id))


@router.get(
    "/events/{event_id}/picture",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}, "description": "The picture that was kept of the event"}},
)
def event_picture(event_id: str, ctx: Ctx) -> Response:
    """The picture of an event, where the site keeps any."""
    jpeg = ctx.keeping.snapshot(_row(ctx, event_id)["id"])
    if jpeg is None:
        raise ProblemError(404, "No picture of this event is kept.")
    return Response(jpeg, media_type="image/jpeg")


@router.put("/events/{event_id}/mark")
def mark(event_id: str, wanted: MarkIn, ctx: Ctx, holder: Operator) -> MarkOut:
    """Mark an event seen or wrong; one that was wrong is kept for retraining, where the site collects such cases."""
    row = _row(ctx, event_id)
    ctx.marking.mark(row["number"], wanted.mark)
    ctx.people.note(holder.name, f"marked an event {wanted.mark or 'not at all'}", row["id"])
    if wanted.mark != "wrong":
        return MarkOut(mark=wanted.mark, kept_for_training=False, why_not=None)
    why_not = ctx.keeping.keep_case(row["id"], ctx.site.training_pictures)
    return MarkOut(mark=wanted.mark, kept_for_training=why_not is None, why_not=why_not)


def _in_calendar(time: datetime | None) -> datetime | None:
    """Times that UTC can write down."""
    if time is not None and not 2 <= time.year <= 9998:
        raise ProblemError(422, "A time lies between the years 2 and 9998.")
    return time


def _row(ctx: Context, event_id: str) -> dict[str, Any]:
    row = event_queries.one(ctx.reading.engine, event_id)
    if row is None:
        raise ProblemError(404, "There is no such event.")
    return row


def _told(ctx: Context, row: dict[str, Any]) -> EventOut:
    return event_of_row(row, has_picture=ctx.keeping.has_snapshot(row["id"]))


def _file(lines: Iterator[str], kind: str, name: str) -> StreamingResponse:
    return StreamingResponse(lines, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _csv(ctx: Context, wanted: Wanted) -> Iterator[str]:
    yield _csv_line(_COLUMNS)
    for row in event_queries.every(ctx.reading.engine, wanted):
        told = event_of_row(row).model_dump(mode="json")
        yield _csv_line([safe_cell(told[name]) for name in _COLUMNS])


def _json(ctx: Context, wanted: Wanted) -> Iterator[str]:
    opening = "["
    for row in event_queries.every(ctx.reading.engine, wanted):
        yield f"{opening}\n{json.dumps(_told(ctx, row).model_dump(mode='json'), ensure_ascii=False)}"
        opening = ","
    yield "[]\n" if opening == "[" else "\n]\n"


def _csv_line(cells: Any) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def safe_cell(value: object) -> object:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
