"""The journal: one append-only table. A step's entries are one transaction, before their effects."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, text

from amr_core.errors import AmrError
from amr_core.heap import millions_of_objects
from amr_core.json_texts import writable
from amr_core.vda5050 import Leader
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.database import Database, failing
from amr_fleet.store.keeper import Keeper
from amr_fleet.store.leaves import journal_leaf
from amr_fleet.store.ledger import Ledger, folder_of
from amr_fleet.store.owner import Owner
from amr_fleet.store.schema import journal
from amr_fleet.store.signed import (
    ENTRY,
    SignedTree,
    entries_below,
    entries_in,
    entry_of,
    first_signed,
    last_note,
    tree_now,
)
from amr_fleet.store.verify import check
from amr_fleet.store.where import is_postgresql

_ROWS = 2000  # that `stream` holds at a time
_JSON = json.JSONEncoder(ensure_ascii=False)  # one for all: `json.dumps` makes one for each entry
_LAST = select(func.coalesce(func.max(journal.c.seq), 0))
_INSERT = insert(journal)
_SIGNED_AT_ONCE: Final = frozenset({"trial_state"})
"""Kinds behind which a checkpoint is signed within a second: what an authority decided, or a permit that ended."""
_BUSY_S = 0.5  # for a lock that another process holds: the engine waits for it


class JournalStore:
    """Append and read journal entries. Every failure is AmrError("store.failed"). Safe to read from other threads."""

    def __init__(self, where: str, evidence: Path | None = None) -> None:
        """Open or create the database; ":memory:" keeps the journal in memory.

        evidence: folder of the key and the high-water mark; None = beside a file, nowhere for any other database.
        """
        self._where = where
        self._database = Database(where)
        self._owner: Owner | None = None
        self._keeper: Keeper | None = None
        self._next: int | None = None  # number of the next entry, as far as this process wrote them
        self._evidence = evidence
        self._folder = evidence if evidence is not None else folder_of(self._database)
        self.ledger = Ledger(self._database)
        self.leader = Leader()

    def own(self, patience: float = 5.0, *, site: str = "") -> None:
        """Become the only fleet process on this journal until `close`, once the journal was found whole.

        Raises store.in_use after patience s, store.damaged or store.gap when rows were changed or lost (an engineer
        decides: amr journal --help). site: names the log in its checkpoints, and the fleet (`leader`), the first time.
        """
        self._own(patience, site, None)

    def own_and_read(self, patience: float = 5.0, *, site: str = "") -> list[JournalEntry]:
        """Do as `own` and return all entries, oldest first: they are read, checked and hashed in one pass."""
        found: list[JournalEntry] = []
        self._own(patience, site, found)
        return found

    def _own(self, patience: float, site: str, into: list[JournalEntry] | None) -> None:
        owner = Owner(self._database, self._where, patience)
        ledger = Ledger(self._database, "journal", self._folder)
        try:
            if site:
                ledger.call(f"{site}/amr/journal")
            with millions_of_objects():  # not while a standby waits for the lock, for weeks maybe
                check(self._database, ledger, into)
            epoch = ledger.take_over(owner.connection)
            self.leader = Leader(ledger.identity(site), epoch)
            self._next = self.last_seq() + 1  # the answer to its first entries may be lost, too
        except BaseException:
            owner.release()
            raise
        self._owner, self.ledger = owner, ledger
        self._database.hurry(_BUSY_S)

    @property
    def local(self) -> bool:
        """Return whether the lock is this computer's own: nobody else can take over while the process lives."""
        return not is_postgresql(self._where)

    def recover(self) -> None:
        """After store.failed: take the lock again where it went with the database's session.

        Raises store.failed while nothing can be written, store.fenced when another fleet took over meanwhile.
        """
        if self._owner is not None and self._owner.connection is not None:
            self._owner.release()
            self._owner = None
        if self._owner is None and not self.local:
            self.ledger.confirm()
            try:
                self._owner = Owner(self._database, self._where, 0.0)
            except AmrError as error:
                if error.code != "store.in_use":
                    raise
                raise AmrError("store.failed", reason=error.sentence) from error
        self.alive()
        with self.ledger.growing(self._owner.connection if self._owner is not None else None):
            pass  # writes, and so proves that it can be

    def alive(self) -> None:
        """Raise store.failed or store.fenced when this process may no longer write."""
        owned = self._owner.connection if self._owner is not None else None
        self.ledger.confirm(owned)

    def keeper(self, blame: Callable[[AmrError], None], accounts: Path | None = None) -> Keeper:
        """Return what looks after the journal while it is owned. accounts: their file, where they have one."""
        self._keeper = Keeper(self._database, self.ledger, blame, accounts, self._evidence)
        return self._keeper

    def append(self, entries: Sequence[JournalEntry]) -> None:
        """Write entries in one transaction; raise store.fenced when another fleet took the journal over.

        After store.failed it is not known whether they are in it: calling once more with the same writes them once.
        Without entries it only makes sure that nobody took over: what a step releases to robots is no entry.
        """
        if not entries:
            if not self.local and self._owner is not None:
                self.alive()
            return
        self._append(entries)
        if self._keeper is not None and any(entry.kind in _SIGNED_AT_ONCE for entry in entries):
            self._keeper.sign_soon()

    def _append(self, entries: Sequence[JournalEntry]) -> None:
        owned = self._owner.connection if self._owner is not None else None
        with self.ledger.growing(owned) as (connection, growth):
            first = _next_seq(connection)
            if self._next is not None and first == self._next + len(entries):
                self._next = first  # the answer to the last try was lost, not the entries
                return
            if self._next is not None and first != self._next:
                raise AmrError("store.gap", lost=self._next - first, first=f"entry {first}")
            rows: list[dict[str, Any]] = []
            for seq, e in enumerate(entries, first):
                row = {"seq": seq, "t": e.t, "kind": e.kind, "order_id": _text(e.order_id), "robot": _text(e.robot)}
                row["payload"] = _dump(e)
                rows.append({**row, **growth.add(_leaf(row))})
            connection.execute(_INSERT, rows)
        self._next = first + len(rows)

    def read(self, order_id: str | None = None) -> list[JournalEntry]:
        """Return all entries, or those of one order, oldest first."""
        query = select(*ENTRY).order_by(journal.c.seq)
        if order_id is not None:
            query = query.where(journal.c.order_id == order_id)
        with failing(), self._database.engine.connect() as connection, millions_of_objects():
            return list(entries_in(connection, query))

    def robot_times(self, robot: str, since: float) -> list[JournalEntry]:
        """Return the `robot_time` entries of a robot from a fleet second on, oldest first, by their own index."""
        query = select(*ENTRY).where(text("kind = 'robot_time'"), journal.c.robot == robot, journal.c.t >= since)
        with failing(), self._database.engine.connect() as connection:
            return [entry_of(row) for row in connection.execute(query.order_by(journal.c.t))]

    def last_seq(self) -> int:
        """Return the number of the last entry, 0 = there is none."""
        with failing(), self._database.engine.connect() as connection:
            return _next_seq(connection) - 1

    def after(self, seq: int, kinds: Collection[str], limit: int) -> tuple[list[tuple[int, JournalEntry]], int]:
        """Return at most limit entries of some kinds behind entry seq, and the entry up to which that is all."""
        columns = (journal.c[name] for name in ("seq", "t", "kind", "order_id", "robot", "payload"))
        with failing(), self._database.engine.connect() as connection:
            last = _next_seq(connection) - 1
            query = select(*columns).where(journal.c.seq > seq, journal.c.seq <= last, journal.c.kind.in_(kinds))
            found = [
                (number, JournalEntry(t=t, kind=kind, order_id=order, robot=robot, facts=json.loads(payload)))
                for number, t, kind, order, robot, payload in connection.execute(
                    query.order_by(journal.c.seq).limit(limit)
                )
            ]
        return found, found[-1][0] if len(found) == limit else last

    def part(self, after: int, limit: int) -> list[tuple[int, JournalEntry]]:
        """Return at most limit entries behind entry `after`, with their numbers, oldest first."""
        query = select(journal.c.seq, *ENTRY).where(journal.c.seq > after).order_by(journal.c.seq).limit(limit)
        with failing(), self._database.engine.connect() as connection:
            return [(row[0], entry_of(row[1:])) for row in connection.execute(query)]

    def stream(self, kinds: Collection[str], until: float) -> Iterator[JournalEntry]:
        """Yield the entries of some kinds before fleet second `until`, oldest first, in bounded memory."""
        query = select(*ENTRY).where(journal.c.kind.in_(kinds), journal.c.t < until).order_by(journal.c.seq)
        with failing(), self._database.engine.connect() as connection:
            rows = connection.execution_options(stream_results=True, yield_per=_ROWS).execute(query)
            yield from map(entry_of, rows)

    def census(self) -> tuple[float, float, dict[str, int]]:
        """Return the fleet times of the first and the last entry and how many there are of each kind.

        An empty journal has (0.0, 0.0, {}).
        """
        with failing(), self._database.engine.connect() as connection:
            first, last = connection.execute(select(func.min(journal.c.t), func.max(journal.c.t))).one()
            rows = connection.execute(select(journal.c.kind, func.count()).group_by(journal.c.kind))
            return first or 0.0, last or 0.0, {kind: count for kind, count in rows}

    def tree(self) -> SignedTree:
        """Return the tree as it is, signed when there is a key."""
        return tree_now(self._database, self.ledger)

    def last_note(self, seconds: float) -> str:
        """Return the newest signed checkpoint if it is younger than seconds, else ""."""
        return last_note(self._database, seconds)

    def below(self, size: int) -> list[JournalEntry]:
        """Return the entries among the first `size` leaves of the tree, oldest first."""
        return entries_below(self._database, size)

    def first_signed(self) -> float | None:
        """Return when the first checkpoint was signed (Unix seconds), None before."""
        return first_signed(self._database)

    def close(self) -> None:
        """Close the database; another process may own it now."""
        if self._owner is not None:
            self._owner.release()
            self._owner = None
        self.ledger.close()
        self._database.close()


def read_entries(where: str) -> list[JournalEntry]:
    """Return all entries of a database: for processes that only read."""
    with closing(JournalStore(where)) as store:
        return store.read()


def read_entries_below(where: str, size: int) -> list[JournalEntry]:
    """Return the entries among the first `size` leaves of a database's tree: for processes that only read."""
    with closing(Database(where)) as database:
        return entries_below(database, size)


def _next_seq(connection: Connection) -> int:
    return int(connection.execute(_LAST).scalar_one()) + 1


def _dump(entry: JournalEntry) -> str:
    # What cannot be written would be tried again for ever, and with it all that comes behind it.
    return writable(_JSON.encode(dict(entry.facts)))


def _text(column: str) -> str:
    """Return an id as every database can hold it: PostgreSQL has no NUL in a text."""
    return writable(column.replace("\0", "?"))


def _leaf(row: Mapping[str, Any]) -> bytes:
    """Return the hash of a row. Raises internal: a value of ours that has no hash is no trouble of the database."""
    try:
        return journal_leaf(row)
    except ValueError as error:
        raise AmrError("internal", reason=str(error)[:200]) from error
