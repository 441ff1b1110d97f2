"""The first store: runs, events, passages, crossings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("began", sa.DateTime, nullable=False),
        sa.Column("last_seen", sa.DateTime, nullable=False),
        sa.Column("ended", sa.DateTime),
    )
    _create_events()
    _create_passages()
    _create_crossings()


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("run", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("camera", sa.String, nullable=False),
        sa.Column("zone", sa.String),
        sa.Column("track", sa.Integer),
        sa.Column("began", sa.DateTime, nullable=False),
        sa.Column("ended", sa.DateTime),
        sa.Column("duration_s", sa.Float),
        sa.Column("score", sa.Float),
        sa.Column("frame_age_s", sa.Float),
        sa.Column("details", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("events_by_time", "events", ["began"])
    op.create_index("events_that_last", "events", ["ended", "run"])


def _create_passages() -> None:
    op.create_table(
        "passages",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("run", sa.String, nullable=False),
        sa.Column("camera", sa.String, nullable=False),
        sa.Column("zone", sa.String),
        sa.Column("track", sa.Integer, nullable=False),
        sa.Column("began", sa.DateTime, nullable=False),
        sa.Column("ended", sa.DateTime, nullable=False),
        sa.Column("observed_s", sa.Float, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("passages_by_time", "passages", ["began"])


def _create_crossings() -> None:
    op.create_table(
        "crossings",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("run", sa.String, nullable=False),
        sa.Column("camera", sa.String, nullable=False),
        sa.Column("line", sa.String, nullable=False),
        sa.Column("track", sa.Integer, nullable=False),
        sa.Column("utc", sa.DateTime, nullable=False),
        sa.Column("inward", sa.Boolean, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("crossings_by_time", "crossings", ["utc"])
