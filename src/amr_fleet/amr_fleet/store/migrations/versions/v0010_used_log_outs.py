"""Which log-outs of a provider were used: each is good once, also over a restart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "used_log_outs",
        sa.Column("token", sa.String, primary_key=True),
        sa.Column("until", sa.Float, nullable=False),
    )
