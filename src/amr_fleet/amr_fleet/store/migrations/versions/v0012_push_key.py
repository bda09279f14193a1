"""With which key of ours a browser was switched on: with another one its service takes nothing of us."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column; of browsers of before, "", it is taken to be the one that is used now."""
    op.add_column("push_devices", sa.Column("vapid", sa.String, nullable=False, server_default=""))
