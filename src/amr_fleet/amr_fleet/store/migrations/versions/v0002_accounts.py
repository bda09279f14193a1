"""Accounts, sessions, wrong tries and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def _time(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Float, nullable=False) for name in names]


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "accounts",
        sa.Column("name", sa.String, primary_key=True),
        *_text("role", "hash", "pin_hash"),
        sa.Column("must_change", sa.Boolean, nullable=False),
    )
    op.create_table(
        "tries",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("wrong", sa.Integer, nullable=False),
        *_time("last"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String, primary_key=True),
        *_text("name", "kind", "client"),
        *_time("created", "seen", "expires"),
    )
    op.create_index("ix_sessions_name", "sessions", ["name"])
    op.create_table(
        "audit",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        *_time("at"),
        *_text("name", "role", "client", "action", "what", "result"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_name", "audit", ["name"])
