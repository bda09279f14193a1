"""The journal: one append-only table. A step's entries are one transaction, before their effects."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import insert, select

from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.database import Database, failing
from amr_fleet.store.owner import Owner
from amr_fleet.store.schema import journal


class JournalStore:
    """Append and read journal entries. Every failure is AmrError("store.failed"). Safe to read from other threads."""

    def __init__(self, where: str) -> None:
        """Open or create the database; ":memory:" keeps the journal in memory."""
        self._where = where
        self._database = Database(where)
        self._owner: Owner | None = None

    def own(self, patience: float = 5.0) -> None:
        """Become the only fleet process on this journal until `close`, or raise store.in_use after patience s."""
        self._owner = Owner(self._database, self._where, patience)

    def append(self, entries: Sequence[JournalEntry]) -> None:
        """Write entries in one transaction."""
        if not entries:
            return
        rows = [
            {"t": e.t, "kind": e.kind, "order_id": e.order_id, "robot": e.robot, "payload": _dump(e)} for e in entries
        ]
        owned = self._owner.connection if self._owner is not None else None
        if owned is not None:
            with failing(), owned.begin():
                owned.execute(insert(journal), rows)
            return
        with self._database.begin() as connection:
            connection.execute(insert(journal), rows)

    def read(self, order_id: str | None = None) -> list[JournalEntry]:
        """Return all entries, or those of one order, oldest first."""
        query = select(journal).order_by(journal.c.seq)
        if order_id is not None:
            query = query.where(journal.c.order_id == order_id)
        with failing(), self._database.engine.connect() as connection:
            return [
                JournalEntry(t=t, kind=kind, order_id=order, robot=robot, facts=json.loads(payload))
                for _, t, kind, order, robot, payload in connection.execute(query)
            ]

    def close(self) -> None:
        """Close the database; another process may own it now."""
        if self._owner is not None:
            self._owner.release()
            self._owner = None
        self._database.close()


def _dump(entry: JournalEntry) -> str:
    return json.dumps(dict(entry.facts), ensure_ascii=False)
