"""Whether the clock on the site's wall says that a zone counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from maskwatch.config.shapes import DAYS, Shift


def is_active(schedule: Sequence[Shift], utc: datetime, zone: ZoneInfo) -> bool:
    """Whether a moment lies in any of the shifts; without shifts it always counts.

    The wall clock decides, so a night shift is an hour shorter or longer when the clocks change, as it is for the
    people in it; the hour that happens twice counts both times.

    Args:
        schedule: shifts; one that ends at or before its start belongs to the day it begins on.
        utc: an aware time.
        zone: the site's time zone.
    """
    wall = utc.astimezone(zone).replace(tzinfo=None)
    return not schedule or any(_covers(shift, wall) for shift in schedule)


def _covers(shift: Shift, wall: datetime) -> bool:
    for day in (wall.date(), wall.date() - timedelta(days=1)):
        start = datetime.combine(day, shift.start)
        end = datetime.combine(day, shift.end)
        end += timedelta(days=1) if shift.end <= shift.start else timedelta()
        if DAYS[day.weekday()] in shift.days and start <= wall < end:
            return True
    return False
