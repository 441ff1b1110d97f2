"""The tables of the store. What changes here needs a migration beside the last one."""

from datetime import UTC, datetime

from sqlalchemy import JSON, Boolean, Column, DateTime, Dialect, Float, Index, Integer, MetaData, String, Table, text
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC outside, naive inside, because SQLite knows no time zones; sorts as time does."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

# One run of the watch. `last_seen` is written every minute, so that a run which was killed has an end too.
runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("version", String, nullable=False),
    Column("began", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("ended", UtcDateTime),
)

# `number` grows with every event, so a reader can ask for what is new; `id` makes writing twice harmless. `mark` is
# what somebody made of the event, who reads it on the page; the watch never writes it.
events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("run", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("camera", String, nullable=False),
    Column("zone", String),
    Column("track", Integer),
    Column("began", UtcDateTime, nullable=False),
    Column("ended", UtcDateTime),
    Column("duration_s", Float),
    Column("score", Float),
    Column("frame_age_s", Float),
    Column("details", JSON, nullable=False),
    Column("mark", String),
    Index("events_by_time", "began"),
    Index("events_that_last", "ended", "run"),
    Index("events_by_camera", "camera", "kind", "began"),
    Index("events_by_camera_and_time", "camera", "began"),
    Index("events_by_camera_and_zone", "camera", "zone", "began"),
    Index("events_by_zone", "zone", "began"),
    Index("events_by_kind", "kind", "began"),
    Index("events_by_mark", "mark", "began", sqlite_where=text("mark IS NOT NULL")),
    sqlite_autoincrement=True,
)

passages = Table(
    "passages",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("run", String, nullable=False),
    Column("camera", String, nullable=False),
    Column("zone", String),
    Column("track", Integer, nullable=False),
    Column("began", UtcDateTime, nullable=False),
    Column("ended", UtcDateTime, nullable=False),
    Column("observed_s", Float, nullable=False),
    Column("state", String, nullable=False),
    Index("passages_by_time", "began"),
    sqlite_autoincrement=True,
)

crossings = Table(
    "crossings",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("run", String, nullable=False),
    Column("camera", String, nullable=False),
    Column("line", String, nullable=False),
    Column("track", Integer, nullable=False),
    Column("utc", UtcDateTime, nullable=False),
    Column("inward", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Index("crossings_by_time", "utc"),
    sqlite_autoincrement=True,
)
