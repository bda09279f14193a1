"""The tables. Each change to them is also a step in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, MetaData, String, Table

metadata = MetaData()
_Number = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts up by itself in SQLite

journal = Table(
    "journal",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=True),
    Column("t", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("order_id", String, nullable=False, index=True),
    Column("robot", String, nullable=False),
    Column("payload", String, nullable=False),
)
meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", String, nullable=False))
accounts = Table(
    "accounts",
    metadata,
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("pin_hash", String, nullable=False),
    Column("must_change", Boolean, nullable=False),
)
# Wrong tries are kept for names that do not exist too; times are Unix seconds.
tries = Table(
    "tries",
    metadata,
    Column("name", String, primary_key=True),
    Column("wrong", Integer, nullable=False),
    Column("last", Float, nullable=False),
)
sessions = Table(
    "sessions",
    metadata,
    Column("id", String, primary_key=True),  # SHA-256 of the token
    Column("name", String, nullable=False, index=True),
    Column("kind", String, nullable=False),  # password, pin, token, device
    Column("client", String, nullable=False),
    Column("created", Float, nullable=False),
    Column("seen", Float, nullable=False),
    Column("expires", Float, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False, index=True),
    Column("name", String, nullable=False, index=True),
    Column("role", String, nullable=False),
    Column("client", String, nullable=False),
    Column("action", String, nullable=False),
    Column("what", String, nullable=False),
    Column("result", String, nullable=False),
)
