"""The tables. Each change to them is also a step in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    false,
    text,
)

metadata = MetaData()
_Number = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts up by itself in SQLite


def _leaf() -> tuple[Column[int], Column[bytes]]:
    """Return the columns of a row that is a leaf of the tree: its place (from 0) and the hash of what it said."""
    return Column("leaf", _Number, nullable=True, index=True, unique=True), Column("digest", LargeBinary, nullable=True)


# One row: the Merkle tree over all leaves of this database, what it is called, and who may write (see `ledger`).
tree = Table(
    "tree",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("origin", String, nullable=False),
    Column("size", _Number, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("epoch", _Number, nullable=False),  # counts up with every fleet process that takes the journal over
)
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", _Number, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),  # Unix seconds
    Column("note", String, nullable=False),
)
journal = Table(
    "journal",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=True),
    Column("t", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("order_id", String, nullable=False, index=True),
    Column("robot", String, nullable=False),
    Column("payload", String, nullable=False),
    *_leaf(),
)
# What a robot's time went into, by robot: its page looks at weeks of that among millions of entries.
_OF_TIME = text("kind = 'robot_time'")
Index("ix_journal_robot_time", journal.c.robot, journal.c.t, sqlite_where=_OF_TIME, postgresql_where=_OF_TIME)
# marked.<writer> = 1: that writer once had a high-water mark, so one must be there.
meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", String, nullable=False))
accounts = Table(
    "accounts",
    metadata,
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("pin_hash", String, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("totp", String, nullable=False, server_default=""),  # secret of the second step (base32), "" = none
    Column("identity", String, nullable=False, server_default=""),  # whose at a provider of log-ins, "" = nobody's
    Column("role_there", Boolean, nullable=False, server_default=false()),  # its role is the provider's
)
Index(
    "ix_accounts_identity",
    accounts.c.identity,
    unique=True,
    sqlite_where=accounts.c.identity != "",
    postgresql_where=accounts.c.identity != "",
)
# Whose accounts were removed: nobody comes in again by the provider alone.
removed_identities = Table("removed_identities", metadata, Column("identity", String, primary_key=True))
# Log-outs of a provider that were used: hash of the token's name, and until when (Unix s) it would be believed again.
used_log_outs = Table(
    "used_log_outs",
    metadata,
    Column("token", String, primary_key=True),
    Column("until", Float, nullable=False),
)
# Second step of a log-in (see `second_steps`). last: the newest time step whose code was used.
totp_steps = Table(
    "totp_steps",
    metadata,
    Column("name", String, primary_key=True),
    Column("last", _Number, nullable=False),
)
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("name", String, primary_key=True),
    Column("hash", String, primary_key=True),
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
    Column("kind", String, nullable=False),  # password, pin, token, device, oidc
    Column("client", String, nullable=False),
    Column("created", Float, nullable=False),
    Column("seen", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Column("sid", String, nullable=False, server_default=""),  # of the session at the provider of log-ins
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
    *_leaf(),
)
# Each change to an account: the hash of what it was changed to; "" as name's newest content = removed.
account_leaves = Table(
    "account_leaves",
    metadata,
    Column("leaf", _Number, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False, index=True),
    Column("digest", LargeBinary, nullable=False),
)
# Answers to requests that came with an Idempotency-Key (see `answers`). status 0: not known yet; at: Unix seconds.
answers = Table(
    "answers",
    metadata,
    Column("id", String, primary_key=True),  # hash of who asked what with which key
    Column("body", String, nullable=False),  # keyed hash of what was asked
    Column("at", Float, nullable=False, index=True),
    Column("status", Integer, nullable=False),
    Column("media_type", String, nullable=False),
    Column("answer", LargeBinary, nullable=False),
)
# Events for webhooks (see `outgoing`). line: what is sent one after the other (an order, a robot); number: in its line,
# from 1; state: waiting, sent, dead; due: Unix seconds of the next try; reason: of the last refusal.
webhook_events = Table(
    "webhook_events",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("target", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("type", String, nullable=False),
    Column("line", String, nullable=False),
    Column("number", _Number, nullable=False),
    Column("body", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Float, nullable=False),
    Column("reason", String, nullable=False),
    Column("at", Float, nullable=False),
    Index("ix_webhook_events_line", "target", "line", "state"),
    Index("ix_webhook_events_state", "target", "state", "due"),
)
# How far in the journal a target has come; stopped: why nothing is sent to it any more, "" = it is.
webhook_targets = Table(
    "webhook_targets",
    metadata,
    Column("name", String, primary_key=True),
    Column("seq", _Number, nullable=False),
    Column("stopped", String, nullable=False),
)
# Browsers that show alarms (see `push_devices`). id: hash of the endpoint, which is secret, as auth is; session, until,
# stamp: the log-in it was switched on in, when that ends by itself, hash of the password then; vapid: the server's
# public key then, "" = before that was kept; times in Unix seconds.
push_devices = Table(
    "push_devices",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, index=True),
    Column("session", String, nullable=False),
    Column("until", Float, nullable=False),
    Column("stamp", String, nullable=False),
    Column("label", String, nullable=False),
    Column("endpoint", String, nullable=False),
    Column("p256dh", String, nullable=False),
    Column("auth", String, nullable=False),
    Column("since", Float, nullable=False),
    Column("renewed", Float, nullable=False),
    Column("sent", Float, nullable=False),
    Column("error", String, nullable=False),
    Column("vapid", String, nullable=False, server_default=""),
)
