"""Which session at a provider of log-ins a session here came of: the provider ends it by that name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column; sessions of before came of none that is known."""
    op.add_column("sessions", sa.Column("sid", sa.String, nullable=False, server_default=""))
