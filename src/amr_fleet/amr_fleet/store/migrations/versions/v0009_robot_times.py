"""An index of what each robot's time went into, for weeks of one robot's page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the index: one entry in some hundreds is in it."""
    of_time = sa.text("kind = 'robot_time'")
    op.create_index("ix_journal_robot_time", "journal", ["robot", "t"], sqlite_where=of_time, postgresql_where=of_time)
