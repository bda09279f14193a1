"""Is a database still what was written? Hashes every leaf anew and compares tree, signed checkpoints and mark."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Table, select, type_coerce
from sqlalchemy.types import NullType

from amr_core.errors import AmrError
from amr_core.merkle import EMPTY_ROOT, Frontier, leaf_hash
from amr_fleet.domain.events import JournalEntry, read_entry
from amr_fleet.store.clock_marks import ClockMarks
from amr_fleet.store.database import Database, judging
from amr_fleet.store.leaves import (
    AUDIT,
    JOURNAL,
    account_leaf,
    audit_content,
    journal_content,
    removed_account_leaf,
)
from amr_fleet.store.ledger import WRITERS, Ledger, key_of
from amr_fleet.store.mark import Mark
from amr_fleet.store.notes import Checkpoint, PublicKey
from amr_fleet.store.schema import account_leaves, accounts, audit, checkpoints, journal, meta, tree
from amr_fleet.store.signed import facts_in

MOST_FAULTS = 50
_BATCH = 2000
_Roots = dict[int, list[tuple[str, bytes]]]  # by size: the roots that were signed, each with who says so
# Place, table, row, its stored hash (anything, where somebody meddled with it), hash of what it says.
_Leaf = tuple[int, str, int | str, Any, bytes | None]


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was written. where: journal 17, audit 3, account lan, tree, mark, checkpoint 900."""

    where: str
    what: str

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.where}: {self.what}"


@dataclass
class Findings:
    """What was found. size: leaves; root: of the tree over what is there; checkpoints: signed ones that hold.

    judged: there was a key, so that signatures and marks could be looked at. clock: what the server's clock did.
    """

    origin: str = ""
    size: int = 0
    root: bytes = EMPTY_ROOT
    checkpoints: int = 0
    marked: int = 0
    faults: list[Fault] = field(default_factory=list)
    lost: int = 0
    judged: bool = False
    clock: ClockMarks = field(default_factory=ClockMarks)

    def blame(self, where: str, what: str) -> None:
        """Keep a fault; of many the first ones."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(where, what))


def check(database: Database, ledger: Ledger, into: list[JournalEntry] | None = None) -> Findings:
    """Raise store.gap when the end was lost, store.damaged when anything else is not as it was written.

    into: takes the journal's entries, oldest first, as they go by.
    """
    marks = [] if ledger.mark is None else [ledger.mark]
    found = examine(database, ledger.key.public if ledger.key is not None else None, marks=marks, into=into)
    if found.faults and found.lost:
        raise AmrError("store.gap", lost=found.lost, first=str(found.faults[0]))
    return whole(found)


def whole(found: Findings) -> Findings:
    """Raise store.damaged for records that are not what was written; else return what was found."""
    if found.faults:
        raise AmrError("store.damaged", count=len(found.faults), first=str(found.faults[0]))
    return found


def marks_of(database: Database, folder: Path | None) -> list[Mark]:
    """Return the marks that a database may have in a folder; none without a key there."""
    ledgers = [Ledger(database, writer, folder) for writer in WRITERS] if key_of(folder) is not None else []
    return [ledger.mark for ledger in ledgers if ledger.mark is not None]


def examine(
    database: Database, key: PublicKey | None, *, marks: Sequence[Mark] = (), into: list[JournalEntry] | None = None
) -> Findings:
    """Look at all as it is at one moment; never raises but store.failed. Without a key signatures are not judged.

    into: takes the journal's entries, oldest first, but for those that were changed. A fleet may write meanwhile.
    """
    found = Findings(judged=key is not None)
    try:
        with judging():
            _examine(database, key, marks, into, found)
    except AmrError as error:
        if error.code != "store.damaged":
            raise
        found.blame(*str(error.facts["first"]).split(": ", 1))
    return found


def _examine(
    database: Database, key: PublicKey | None, marks: Sequence[Mark], into: list[JournalEntry] | None, found: Findings
) -> None:
    told = [(mark, *_mark_read(mark)) for mark in marks]  # before that moment: they may say no more than is there then
    with database.moment() as connection:
        row = connection.execute(select(tree)).mappings().one_or_none()
        if row is None:
            found.blame("tree", "its row is gone")
            return
        found.origin = row["origin"]
        expected = _marked(connection, told, found)
        for size, roots in _signed(connection, key, found).items():
            expected.setdefault(size, []).extend(roots)
        for size, at in connection.execute(select(checkpoints.c.size, checkpoints.c.at).order_by(checkpoints.c.size)):
            found.clock.at("checkpoint", size, at)
        frontier = _grown(_leaves(connection, into, found.clock), found, expected)
        _check_accounts(connection, found)
        if frontier is not None:
            _end(found, frontier, row, expected)


def _grown(leaves: Iterable[_Leaf], found: Findings, expected: _Roots) -> Frontier | None:
    """Return the tree over all leaves, each and what was signed compared; None behind a hole: no place holds there."""
    frontier, run = Frontier(), []
    for size, (place, table, name, stored, said) in enumerate(leaves):
        if place != size:
            _report_hole(found, size, place, f"{table} {name}")
            return None
        if said is not None and (said != stored or not said):  # b"": it says nothing that was ever written
            found.blame(f"{table} {name}", "was changed after it was written")
        run.append(stored if type(stored) is bytes else b"")
        if size + 1 in expected or len(run) == _BATCH:
            frontier.extend(run)
            run = []
            _compare(found, frontier, expected)
    frontier.extend(run)
    return frontier


def _report_hole(found: Findings, size: int, place: int, where: str) -> None:
    if place < size:
        found.blame(where, "stands twice in the tree")
    else:
        found.blame("tree", f"{place - size} entries before {where} are gone")


def _end(found: Findings, frontier: Frontier, row: Mapping[Any, Any], expected: Mapping[int, Any]) -> None:
    """Compare the tree over what is there with what the database says of it and with what was signed."""
    found.size, found.root = frontier.size, frontier.root()
    if not found.faults and (row["size"], row["frontier"]) != (frontier.size, frontier.to_bytes()):
        found.blame("tree", f"the database says {row['size']} entries, {frontier.size} are there")
    furthest = max(expected, default=0)
    if furthest > frontier.size:
        found.lost = furthest - frontier.size
        found.blame(
            "tree", f"{found.lost} entries at the end are lost: {furthest} were written, {frontier.size} are there"
        )


def _compare(found: Findings, frontier: Frontier, expected: _Roots) -> None:
    for name, root in expected.get(frontier.size, ()):
        if root != frontier.root():
            found.blame(name, "the entries before it are not those that were signed")
        elif name != "mark":
            found.checkpoints += 1


def _mark_read(mark: Mark) -> tuple[Checkpoint | None, str]:
    """Return what a mark says, or what is wrong with it."""
    try:
        return mark.read(), ""
    except AmrError as error:
        return None, error.sentence


def _marked(connection: Connection, told: Iterable[tuple[Mark, Checkpoint | None, str]], found: Findings) -> _Roots:
    roots: _Roots = {}
    once = {name.removeprefix("marked.") for (name,) in connection.execute(select(meta.c.key))}
    for mark, signed, wrong in told:
        if wrong:
            found.blame("mark", wrong)
        elif signed is None:
            if mark.writer in once:
                found.blame("mark", f"{mark.path.name} was written once and is gone")
        elif signed.origin != found.origin:
            found.blame("mark", f"it is of another log: {signed.origin}")
        elif signed.size:
            found.marked = max(found.marked, signed.size)
            roots.setdefault(signed.size, []).append(("mark", signed.root))
    return roots


def _signed(connection: Connection, key: PublicKey | None, found: Findings) -> _Roots:
    roots: _Roots = {}
    if key is None:
        return roots
    for size, note in connection.execute(select(checkpoints.c.size, checkpoints.c.note).order_by(checkpoints.c.size)):
        try:
            signed = key.open(note)
        except AmrError as error:
            found.blame(f"checkpoint {size}", error.sentence)
            continue
        if (signed.size, signed.origin) != (size, found.origin):
            found.blame(f"checkpoint {size}", "it was signed for something else")
        elif size:
            roots.setdefault(size, []).append((f"checkpoint {size}", signed.root))
    return roots


def _leaves(connection: Connection, into: list[JournalEntry] | None, clock: ClockMarks) -> Iterator[_Leaf]:
    """Yield the leaves of all tables, by place; put those of the journal that say what they did into a list, too."""

    def entries() -> Iterator[_Leaf]:
        columns = [journal.c[name] for name in JOURNAL]
        for place, stored, seq, t, kind, order, robot, payload in _stream(connection, journal, columns):
            try:
                now = leaf_hash(journal_content(seq, t, kind, order, robot, payload))
                clock.entry(seq, kind, payload)
                if into is not None and now == stored:
                    into.append(read_entry(t, kind, order, robot, facts_in(payload)))
            except (ValueError, TypeError):
                now = b""  # not even of the right type any more; or its hash fits, but no entry was ever written so
            yield place, "journal", seq, stored, now

    def actions() -> Iterator[_Leaf]:
        for place, stored, *said in _stream(connection, audit, [audit.c[name] for name in AUDIT]):
            clock.at("audit", said[0], said[1])
            yield place, "audit", said[0], stored, _said(audit_content, *said)

    def changes() -> Iterator[_Leaf]:
        for place, stored, name in _stream(connection, account_leaves, [account_leaves.c.name]):
            yield place, "account", name, stored, None

    yield from heapq.merge(entries(), actions(), changes(), key=itemgetter(0))


def _stream(connection: Connection, table: Table, columns: Sequence[Column[Any]]) -> Iterator[Sequence[Any]]:
    digest = type_coerce(table.c.digest, NullType())  # as the driver gives it: bytes, or what somebody put there
    query = select(table.c.leaf, digest, *columns).where(table.c.leaf.is_not(None)).order_by(table.c.leaf)
    for batch in connection.execution_options(yield_per=_BATCH).execute(query).partitions():
        yield from batch


def _said(content: Callable[..., bytes], *columns: Any) -> bytes:
    try:
        return leaf_hash(content(*columns))
    except (ValueError, TypeError):
        return b""  # not even of the right type any more


def _check_accounts(connection: Connection, found: Findings) -> None:
    """Compare each account with the last change of it that was written down."""
    last: dict[str, bytes] = {}
    for row in connection.execute(select(account_leaves).order_by(account_leaves.c.leaf)).mappings():
        last[row["name"]] = row["digest"]
    there = {row["name"]: row for row in connection.execute(select(accounts)).mappings()}
    for name in sorted(there.keys() | last.keys()):
        now = account_leaf(there[name]) if name in there else removed_account_leaf(name)
        if now != last.get(name):
            found.blame(f"account {name}", "was changed, added or removed by other means than this program")
    _check_unhashed(connection, found, (journal, audit))


def _check_unhashed(connection: Connection, found: Findings, tables: Sequence[Table]) -> None:
    for table in tables:
        key = next(iter(table.primary_key.columns))
        for (number,) in connection.execute(select(key).where(table.c.leaf.is_(None)).limit(MOST_FAULTS)):
            found.blame(f"{table.name} {number}", "was added by other means than this program")
