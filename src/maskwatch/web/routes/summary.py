"""Counts: who wore a mask, by period, camera and zone."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import AwareDatetime

from maskwatch.watching.nouns import State
from maskwatch.web.context import Ctx
from maskwatch.web.models import Comparison, Summary
from maskwatch.web.problems import ProblemError
from maskwatch.web.routes.events import safe_cell
from maskwatch.web.summaries import Apart, By, Question, compare, summarise

router = APIRouter(tags=["summary"])

_LONGEST = timedelta(days=3660)

Start = Annotated[AwareDatetime | None, Query(description="From here on; without it, a day before the end.")]
End = Annotated[AwareDatetime | None, Query(description="Up to, and without this; without it, now.")]
Name = Annotated[str | None, Query()]
Told = Annotated[list[Apart], Query(description="What is told apart; without it, all cameras and zones together.")]


@router.get("/summary")
def summary(
    ctx: Ctx,
    by: Annotated[By, Query()] = "hour",
    start: Start = None,
    end: End = None,
    camera: Name = None,
    zone: Name = None,
    apart: Told = [],  # noqa: B006 - FastAPI copies it
) -> Summary:
    """Passages by hour, day or hour of the week, by the site's clock."""
    question = _question(start, end, camera, zone)
    return summarise(ctx.reading.engine, question, by, apart, ctx.site.zone_info)


@router.get("/summary.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def summary_csv(
    ctx: Ctx,
    by: Annotated[By, Query()] = "hour",
    start: Start = None,
    end: End = None,
    camera: Name = None,
    zone: Name = None,
    apart: Told = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """The same for a spreadsheet."""
    told = summarise(ctx.reading.engine, _question(start, end, camera, zone), by, apart, ctx.site.zone_info)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("begins", "weekday", "hour", "camera", "zone", *State, "share", "low", "high"))
    for line in told.lines:
        begins = line.begins.astimezone(ctx.site.zone_info).isoformat() if line.begins else ""
        where = (safe_cell(line.camera or ""), safe_cell(line.zone or ""))
        counts = [line.passages[state] for state in State]
        writer.writerow((begins, line.weekday, line.hour, *where, *counts, line.share, line.low, line.high))
    headers = {"Content-Disposition": 'attachment; filename="summary.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/summary/compare")
def comparison(
    ctx: Ctx,
    first_start: AwareDatetime,
    first_end: AwareDatetime,
    second_start: AwareDatetime,
    second_end: AwareDatetime,
    camera: Name = None,
    zone: Name = None,
) -> Comparison:
    """Two periods, and how the shares differ."""
    first = _question(first_start, first_end, camera, zone)
    second = _question(second_start, second_end, camera, zone)
    return compare(ctx.reading.engine, first, second)


def _question(start: datetime | None, end: datetime | None, camera: str | None, zone: str | None) -> Question:
    until = datetime.now(UTC) if end is None else end
    if not all(2 <= time.year <= 9998 for time in (start, until) if time):
        raise ProblemError(422, "A time lies between the years 2 and 9998.")
    since = until - timedelta(days=1) if start is None else start
    if since >= until:
        raise ProblemError(422, "The period ends before it begins.")
    if until - since > _LONGEST:
        raise ProblemError(422, "The period is longer than ten years.")
    return Question(since, until, camera, zone)
