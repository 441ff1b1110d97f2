"""What people make of events, and indices for every way in which they are looked for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("mark", sa.String))
    op.create_index("events_by_camera", "events", ["camera", "kind", "began"])
    op.create_index("events_by_camera_and_time", "events", ["camera", "began"])
    op.create_index("events_by_camera_and_zone", "events", ["camera", "zone", "began"])
    op.create_index("events_by_zone", "events", ["zone", "began"])
    op.create_index("events_by_kind", "events", ["kind", "began"])
    op.create_index("events_by_mark", "events", ["mark", "began"], sqlite_where=sa.text("mark IS NOT NULL"))
