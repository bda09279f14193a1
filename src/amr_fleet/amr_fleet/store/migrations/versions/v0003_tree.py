"""The Merkle tree over journal, audit trail and accounts; what is there already becomes its first leaves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from amr_core.merkle import Frontier
from amr_fleet.store.leaves import account_leaf, audit_leaf, journal_leaf

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables and columns, then hash the rows that are there."""
    for table in ("journal", "audit"):
        op.add_column(table, sa.Column("leaf", _NUMBER, nullable=True))
        op.add_column(table, sa.Column("digest", sa.LargeBinary, nullable=True))
    op.create_table(
        "account_leaves",
        sa.Column("leaf", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_account_leaves_name", "account_leaves", ["name"])
    op.create_table(
        "checkpoints",
        sa.Column("size", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("note", sa.String, nullable=False),
    )
    op.create_table(
        "tree",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.Column("epoch", _NUMBER, nullable=False),
    )
    frontier = _hash_rows(op.get_bind())
    for table in ("journal", "audit"):
        op.create_index(f"ix_{table}_leaf", table, ["leaf"], unique=True)
    tree = sa.table("tree", *(sa.column(name) for name in ("id", "origin", "size", "frontier", "epoch")))
    row = {"id": 1, "origin": "amr", "size": frontier.size, "frontier": frontier.to_bytes(), "epoch": 0}
    op.bulk_insert(tree, [row])


def _hash_rows(connection: sa.Connection) -> Frontier:
    frontier = Frontier()
    for table, key, leaf in (("journal", "seq", journal_leaf), ("audit", "id", audit_leaf)):
        rows = connection.execute(sa.text(f"SELECT * FROM {table} ORDER BY {key}")).mappings().all()
        change = sa.text(f"UPDATE {table} SET leaf = :leaf, digest = :digest WHERE {key} = :key")
        changes = [{"key": row[key], **_grow(frontier, leaf(row))} for row in rows]
        if changes:
            connection.execute(change, changes)
    rows = connection.execute(sa.text("SELECT * FROM accounts ORDER BY name")).mappings().all()
    if rows:
        insert = sa.text("INSERT INTO account_leaves (leaf, name, digest) VALUES (:leaf, :name, :digest)")
        connection.execute(insert, [{"name": row["name"], **_grow(frontier, account_leaf(row))} for row in rows])
    return frontier


def _grow(frontier: Frontier, digest: bytes) -> dict[str, int | bytes]:
    place = frontier.size
    frontier.append(digest)
    return {"leaf": place, "digest": digest}
