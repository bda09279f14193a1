"""What alembic runs: the connection comes from `amr_fleet.store.database`."""

from __future__ import annotations

from alembic import context

from amr_fleet.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
