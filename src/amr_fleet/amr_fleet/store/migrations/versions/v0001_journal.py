"""The journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "journal",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("t", sa.Float, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("order_id", sa.String, nullable=False),
        sa.Column("robot", sa.String, nullable=False),
        sa.Column("payload", sa.String, nullable=False),
    )
    op.create_index("ix_journal_order_id", "journal", ["order_id"])
    op.create_table(
        "meta", sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False)
    )
