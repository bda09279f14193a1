"""What a dossier needs of a database: every leaf of the tree in order, the signed checkpoints, the key that signs."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from amr_core.errors import AmrError
from amr_fleet.store.database import Database, failing
from amr_fleet.store.ledger import Ledger, folder_of, key_of
from amr_fleet.store.notes import PrivateKey
from amr_fleet.store.schema import account_leaves, audit, checkpoints, journal
from amr_fleet.store.verify import examine, marks_of, whole

Row = dict[str, int | float | str]


@dataclass(frozen=True)
class SignedRecords:
    """leaves: (place, hash, row of the journal or None) by place; notes: signed checkpoints by size, the last is now's.

    folder: where the key lies.
    """

    leaves: list[tuple[int, bytes, Row | None]]
    notes: list[tuple[int, str]]
    key: PrivateKey
    folder: Path


def records(where: str, evidence: Path | None = None) -> SignedRecords:
    """Read it all, signed as it is now; raise store.damaged when it is not whole, evidence.bad_key without a key."""
    with closing(Database(where)) as database:
        folder = evidence or folder_of(database)
        key = key_of(folder)
        if key is None or folder is None:
            raise AmrError("evidence.bad_key", reason="there is none beside the journal (--evidence names its folder)")
        whole(examine(database, key.public, marks=marks_of(database, folder)))
        Ledger(database, "", folder).checkpoint()
        with failing(), database.engine.connect() as connection:
            columns = (journal.c[n] for n in ("seq", "t", "kind", "order_id", "robot", "payload", "leaf", "digest"))
            rows: list[tuple[int, bytes, Row | None]] = []
            for *values, leaf, digest in connection.execute(select(*columns).where(journal.c.leaf.is_not(None))):
                names = ("seq", "t", "kind", "order_id", "robot", "payload")
                rows.append((leaf, digest, dict(zip(names, values, strict=True))))
            for table in (audit, account_leaves):
                others = connection.execute(select(table.c.leaf, table.c.digest).where(table.c.leaf.is_not(None)))
                rows += [(leaf, digest, None) for leaf, digest in others]
            query = select(checkpoints.c.size, checkpoints.c.note).order_by(checkpoints.c.size)
            notes = [(size, note) for size, note in connection.execute(query)]
    return SignedRecords(sorted(rows, key=lambda row: row[0]), notes, key, folder)
