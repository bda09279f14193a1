"""The journal as it was when a checkpoint of its tree was taken: what a report or a dossier is made from."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, select

from amr_core.errors import AmrError
from amr_core.merkle import Frontier
from amr_fleet.domain.events import JournalEntry, read_entry
from amr_fleet.store.database import Database, failing
from amr_fleet.store.ledger import Ledger, folder_of, key_of
from amr_fleet.store.schema import account_leaves, audit, checkpoints, journal, tree
from amr_fleet.store.where import is_postgresql

ENTRY = tuple(journal.c[name] for name in ("t", "kind", "order_id", "robot", "payload"))
"""The columns that `entry_of` makes an entry from."""
_BATCH = 5000
_DECODE = json.JSONDecoder().raw_decode  # `json.loads` looks for space around each text, too


def entry_of(row: Sequence[Any]) -> JournalEntry:
    """Return the entry in a row of ENTRY."""
    t, kind, order, robot, payload = row
    return read_entry(t, kind, order, robot, facts_in(payload))


def facts_in(payload: str) -> Any:
    """Return the facts in the payload of an entry; raise ValueError for what is no object."""
    facts, end = _DECODE(payload)
    if end != len(payload):
        facts = json.loads(payload)  # which says what is behind it
    if type(facts) is not dict:
        raise ValueError("the facts of an entry are no object")
    return facts


@dataclass(frozen=True)
class SignedTree:
    """A tree of records: its name, leaves and root (base64).

    note: signed checkpoint, key: the public key's line; both "" without a key.
    """

    origin: str
    size: int
    root: str
    note: str = ""
    key: str = ""


def tree_now(database: Database, ledger: Ledger) -> SignedTree:
    """Return the tree as it is, signed when the ledger has a key."""
    if ledger.key is not None:
        note = ledger.checkpoint()
        found = ledger.key.public.open(note)
        root = base64.b64encode(found.root).decode()
        return SignedTree(found.origin, found.size, root, note, ledger.key.public.line())
    with failing(), database.engine.connect() as connection:
        row = connection.execute(select(tree.c.origin, tree.c.size, tree.c.frontier)).one()
    root = base64.b64encode(Frontier.from_bytes(row.size, row.frontier).root()).decode()
    return SignedTree(row.origin, row.size, root)


def entries_below(database: Database, size: int) -> list[JournalEntry]:
    """Return the journal's entries among the first `size` leaves of the tree, oldest first."""
    query = select(*ENTRY).where(journal.c.leaf < size).order_by(journal.c.seq)
    with failing(), database.engine.connect() as connection:
        return list(entries_in(connection, query))


def entries_in(connection: Connection, query: Select[Any]) -> Iterator[JournalEntry]:
    """Yield what a query for ENTRY finds; in larger pieces than SQLAlchemy takes them by itself."""
    for batch in connection.execution_options(yield_per=_BATCH).execute(query).partitions():
        yield from map(entry_of, batch)


def root_at(database: Database, size: int) -> str:
    """Return the root (base64) over the first `size` stored leaves; "" when there are fewer."""
    frontier = Frontier()
    with failing(), database.engine.connect() as connection:
        frontier.extend(_digests(connection, size))
    return base64.b64encode(frontier.root()).decode() if frontier.size == size else ""


def _digests(connection: Connection, size: int) -> list[bytes]:
    found: list[tuple[int, bytes]] = []
    for table in (journal, audit, account_leaves):
        query = select(table.c.leaf, table.c.digest).where(table.c.leaf < size)
        found += [(leaf, digest) for leaf, digest in connection.execute(query)]
    return [digest for _, digest in sorted(found)]


def first_signed(database: Database) -> float | None:
    """Return when the first checkpoint of the tree was signed (Unix seconds), None before."""
    with failing(), database.engine.connect() as connection:
        row = connection.execute(select(checkpoints.c.at).order_by(checkpoints.c.size)).first()
    return None if row is None else float(row[0])


def last_note(database: Database, seconds: float) -> str:
    """Return the newest signed checkpoint of the tree if it is younger than seconds, else ""."""
    query = select(checkpoints.c.at, checkpoints.c.note).order_by(checkpoints.c.size.desc()).limit(1)
    with failing(), database.engine.connect() as connection:
        row = connection.execute(query).first()
    return row.note if row is not None and 0.0 <= time.time() - row.at < seconds else ""


@contextmanager
def opened(where: str, evidence: Path | None = None) -> Iterator[tuple[Database, Ledger]]:
    """Open records that are there, for reading; raise store.failed when they are not. No key is made."""
    if not is_postgresql(where) and not Path(where).is_file():
        raise AmrError("store.failed", reason=f"there is no file {where}")
    with closing(Database(where)) as database:
        folder = evidence or folder_of(database)
        with closing(Ledger(database, "", folder if key_of(folder) is not None else None)) as ledger:
            yield database, ledger
