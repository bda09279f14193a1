"""What waits to be sent to webhooks, and how far each of them has come in the journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "webhook_events",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("event_id", sa.String, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("line", sa.String, nullable=False),
        sa.Column("number", number, nullable=False),
        sa.Column("body", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due", sa.Float, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_index("ix_webhook_events_line", "webhook_events", ["target", "line", "state"])
    op.create_index("ix_webhook_events_state", "webhook_events", ["target", "state", "due"])
    op.create_table(
        "webhook_targets",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("seq", number, nullable=False),
        sa.Column("stopped", sa.String, nullable=False),
    )
