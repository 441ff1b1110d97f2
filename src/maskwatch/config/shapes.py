"""Shapes on the picture and moments of the day, as a settings file writes them."""

import math
from datetime import time
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Point = tuple[Share, Share]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LEAST_AREA = 1e-4


class Settings(BaseModel):
    """What all tables of the file share: fixed once read, and no setting is unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _is_area(points: tuple[Point, ...]) -> tuple[Point, ...]:
    if len(points) < 3:
        raise ValueError(f"a polygon has three corners or more, this one has {len(points)}")
    closed = [*points, points[0]]
    if abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(closed))) / 2 < _LEAST_AREA:
        raise ValueError("the corners of this polygon enclose (almost) nothing")
    return points


# Corners x, y as shares 0..1 of width and height of the turned and cropped picture.
Polygon = Annotated[tuple[Point, ...], AfterValidator(_is_area)]


def _as_time(value: Any) -> Any:
    """`"7:30"`, which people write, beside TOML's own `07:30:00`."""
    if not isinstance(value, str):
        return value
    hour, colon, minute = value.partition(":")
    if not (colon and hour.isdigit() and len(minute) == 2 and minute.isdigit()):
        raise ValueError('a time is written as "07:30"')
    if (hour, minute) == ("24", "00"):
        return time(0, 0)
    if int(hour) > 23 or int(minute) > 59:
        raise ValueError("there is no such time of day")
    return time(int(hour), int(minute))


TimeOfDay = Annotated[time, BeforeValidator(_as_time)]


def _as_day(value: Any) -> Any:
    if not isinstance(value, str) or value.lower()[:3] not in DAYS:
        raise ValueError(f"a day is one of {', '.join(DAYS)}")
    return value.lower()[:3]


class Shift(Settings):
    """Hours of some days, by the site's clock. One that ends at or before its start runs into the next day."""

    days: tuple[Annotated[str, BeforeValidator(_as_day)], ...] = DAYS
    start: TimeOfDay = time(0, 0)
    end: TimeOfDay = time(0, 0)


class Line(Settings):
    """A line to be crossed: whoever walks from its left to its right, seen from start to end, goes in."""

    name: Annotated[str, Field(min_length=1)]
    start: Point
    end: Point

    @model_validator(mode="after")
    def _has_length(self) -> "Line":
        if math.dist(self.start, self.end) < 0.01:
            raise ValueError("start and end of a line are two places")
        return self


class Crop(Settings):
    """The part of the turned picture that is looked at, as shares of its width and height."""

    left: Share = 0.0
    top: Share = 0.0
    right: Share = 1.0
    bottom: Share = 1.0

    @model_validator(mode="after")
    def _has_area(self) -> "Crop":
        if self.right - self.left < 0.05 or self.bottom - self.top < 0.05:
            raise ValueError("right lies right of left, bottom below top, by a twentieth of the picture at least")
        return self
