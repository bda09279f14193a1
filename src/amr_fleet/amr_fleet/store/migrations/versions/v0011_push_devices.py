"""Browsers that show alarms as push messages: whose, at which address of their maker's service."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "push_devices",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False, index=True),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("until", sa.Float, nullable=False),
        sa.Column("stamp", sa.String, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("endpoint", sa.String, nullable=False),
        sa.Column("p256dh", sa.String, nullable=False),
        sa.Column("auth", sa.String, nullable=False),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("renewed", sa.Float, nullable=False),
        sa.Column("sent", sa.Float, nullable=False),
        sa.Column("error", sa.String, nullable=False),
    )
