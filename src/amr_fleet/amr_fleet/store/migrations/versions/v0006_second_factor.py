"""The second step of a log-in: its secret at the account, the last code that was used, recovery codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the column and create the tables; an account without a secret is hashed as before."""
    op.add_column("accounts", sa.Column("totp", sa.String, nullable=False, server_default=""))
    op.create_table(
        "totp_steps",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("last", _NUMBER, nullable=False),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("hash", sa.String, primary_key=True),
    )
