"""Whose account is whose at a provider of log-ins (OpenID Connect), and whose were removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns and the table; an account that is nobody's there is hashed as before."""
    op.add_column("accounts", sa.Column("identity", sa.String, nullable=False, server_default=""))
    op.add_column("accounts", sa.Column("role_there", sa.Boolean, nullable=False, server_default=sa.false()))
    some = sa.text("identity != ''")
    op.create_index(
        "ix_accounts_identity", "accounts", ["identity"], unique=True, sqlite_where=some, postgresql_where=some
    )
    op.create_table("removed_identities", sa.Column("identity", sa.String, primary_key=True))
