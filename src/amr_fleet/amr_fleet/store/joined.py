"""Journal and accounts in two files of SQLite are two trees: the journal's keeps how far the accounts' had come.

So an old file of accounts that is put back together with its own mark, whole in itself, is found out by the journal.
In PostgreSQL both are leaves of one tree, and nothing of this is needed.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, insert, select

from amr_core.errors import AmrError
from amr_core.merkle import Frontier
from amr_fleet.store.database import Database
from amr_fleet.store.leaves import audit_leaf
from amr_fleet.store.ledger import WRITERS, Ledger, key_of, mark_in
from amr_fleet.store.mark import Mark
from amr_fleet.store.notes import Checkpoint
from amr_fleet.store.schema import audit
from amr_fleet.store.where import file_of

ACTION: Final = "accounts_tree"
"""Of the rows of a journal's own audit trail that say how far the accounts had come."""
DECISIONS: Final = ("journal_accepted", "journal_restored")
"""Entries that an engineer's command leaves in what it went on with; each moves the signed mark over itself."""
_ACCOUNTS: Final = "the accounts"
_LEAVES: Final = " UNION ALL ".join(
    f"SELECT leaf, digest FROM {table} WHERE leaf IS NOT NULL" for table in ("journal", "audit", "account_leaves")
)
_ACCEPTED_S: Final = 1.0
"""In which a command that goes on after a loss has signed its entry: between the two the accounts look swapped."""
_TICK_S: Final = 0.001
"""By which a decision is later than the one before, where the clock was set back meanwhile."""


@dataclass(frozen=True)
class AccountsTree:
    """The tree of the accounts as it was: name, leaves, root (base64).

    decided: `decision` (s) of the newest decision of an engineer in it to go on after a loss, 0 = there is none.
    """

    origin: str
    size: int
    root: str
    decided: float = 0.0


@dataclass(frozen=True)
class AccountsFault:
    """Accounts are not those that the journal knows. lost: entries at the end that are not there."""

    what: str
    lost: int = 0


def journal_beside(database: str, accounts: Path | str) -> Path | None:
    """Return the journal's file when journal and accounts are two files that are there, else None."""
    file = file_of(database)
    other = file_of(str(accounts))
    return file if file is not None and other is not None and file != other and file.is_file() else None


def note_accounts(database: Database, ledger: Ledger, accounts: Path, folder: Path | None) -> None:
    """Write how far the accounts have come into the journal's tree, if they have since it was last written.

    folder: of their key and marks, None = theirs. Raises store.damaged, and writes nothing, when they are not those
    that were there then: what was written last stays, so that every later start finds them out, too.
    """
    before = noted(Path(database.where))
    now, wrong = _compared(accounts, _marks(accounts, folder or accounts.parent), before)
    if wrong is not None:
        time.sleep(_ACCEPTED_S)
        now, wrong = _compared(accounts, _marks(accounts, folder or accounts.parent), before)
    _refuse(wrong)
    if now is None or now == before:
        return
    with ledger.growing() as (connection, growth):
        number = int(connection.execute(select(func.coalesce(func.max(audit.c.id), 0))).scalar_one()) + 1
        row = {
            "id": number, "at": time.time(), "name": "", "role": "", "client": "", "action": ACTION,
            "what": json.dumps(asdict(now)), "result": "ok",
        }  # fmt: skip
        connection.execute(insert(audit), {**row, **growth.add(audit_leaf(row))})


def noted(file: Path) -> AccountsTree | None:
    """Return what a journal's file says of the accounts, None when it says nothing. Raises store.failed."""
    with _moment(file) as connection:
        query = "SELECT what FROM audit WHERE action = ? ORDER BY id DESC LIMIT 1"
        row = next(_rows(connection, query, ACTION), None)
    return AccountsTree(**json.loads(row[0])) if row is not None else None


def wrong_with(accounts: Path, folder: Path | None, journal: Path) -> AccountsFault | None:
    """Return what is wrong with accounts by what the journal's file says of them. Raises store.failed.

    What an engineer decided since then counts when a mark is signed over it. folder: of key and marks; without a key
    there each decision counts, and whether the accounts are an older file is not judged.
    """
    before = noted(journal)
    if before is None:
        return None
    return _compared(accounts, None if key_of(folder) is None else _marks(accounts, folder), before)[1]


def check_joined(accounts: Path, folder: Path | None, journal: Path) -> None:
    """Raise store.damaged for accounts that are not those that the journal's file knows."""
    _refuse(wrong_with(accounts, folder, journal))


def next_decision(accounts: Path, journal: Path | None) -> float:
    """Return the time (Unix seconds) of a decision that is made now: later than all that are known, whatever the clock.

    journal: the file of the journal that knows of the accounts, None = there is none, or these are no accounts.
    """
    before = noted(journal) if journal is not None else None
    with _moment(accounts) as connection:
        known = [at for _, at in _decisions(connection)]
    return max(time.time(), *(at + _TICK_S for at in known), before.decided + _TICK_S if before is not None else 0.0)


def _refuse(wrong: AccountsFault | None) -> None:
    if wrong is not None:
        raise AmrError("store.damaged", count=1, first=wrong.what)


def _compared(
    file: Path, marks: Sequence[Mark] | None, before: AccountsTree | None
) -> tuple[AccountsTree | None, AccountsFault | None]:
    """Return the tree of a file of accounts, None while there is none, and what is wrong with it by what was noted.

    marks: of the file, None = there is no key.
    """
    told = None if marks is None else [found for mark in marks if (found := mark.read()) is not None]
    known = before.decided if before is not None else 0.0
    if not file.is_file():  # the marks first: they may say no more than is there when it is read
        return None, None if before is None else _shorter(before, 0)
    with _moment(file) as connection:
        row = next(_rows(connection, "SELECT origin, size, frontier FROM tree"), None)
        if row is None:
            return None, None if before is None else _shorter(before, 0)
        decisions = list(_decisions(connection))
        newer = [(leaf, at) for leaf, at in decisions if at > known]
        origin, size, frontier = row
        now = AccountsTree(origin, size, _text(Frontier.from_bytes(size, frontier).root()), known)
        if not newer and now == before:
            return now, None
        digests = [digest for _, digest in sorted(_rows(connection, _LEAVES), key=lambda leaf: leaf[0])]
    signed = size if told is None or not newer else _signed(told, origin, digests)
    if decided := max((at for leaf, at in newer if leaf < signed), default=0.0):
        return replace(now, decided=decided), None
    if before is None:
        return now, None
    if told is None and (size < before.size or known > max((at for _, at in decisions), default=0.0)):
        return now, None  # an older file, as one of two that were copied one after the other may be
    if origin != before.origin:
        return now, AccountsFault(f"{_ACCOUNTS} are {origin}, the journal knows {before.origin}")
    if size < before.size:
        return now, _shorter(before, size)
    if _root(digests, before.size) != before.root:
        return now, AccountsFault(
            f"the first {before.size} entries of {_ACCOUNTS} are not those that the journal knows"
        )
    return now, None


def _shorter(before: AccountsTree, size: int) -> AccountsFault:
    what = f"{_ACCOUNTS} are an older file: {before.size} entries were written, {size} are there"
    return AccountsFault(what, before.size - size)


def _marks(file: Path, folder: Path | None) -> list[Mark]:
    key = key_of(folder)
    return [] if key is None or folder is None else [Mark(mark_in(folder, str(file), w), key, w) for w in WRITERS]


def _signed(told: Sequence[Checkpoint], origin: str, digests: Sequence[bytes]) -> int:
    """Return how many leaves are under a mark that is of this tree."""
    mine = (mark.size for mark in told if (mark.origin, _root(digests, mark.size)) == (origin, _text(mark.root)))
    return max(mine, default=0)


def _decisions(connection: sqlite3.Connection) -> Iterator[tuple[int, float]]:
    """Yield leaf and time (s) of each decision to go on after a loss."""
    marks = ", ".join("?" * len(DECISIONS))
    query = f"SELECT leaf, payload FROM journal WHERE leaf IS NOT NULL AND kind IN ({marks})"
    for leaf, payload in _rows(connection, query, *DECISIONS):
        try:
            facts = json.loads(payload)
            yield leaf, float(facts.get("decision", facts["at"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            continue  # nothing that a command of ours wrote


def _root(digests: Sequence[bytes], size: int) -> str:
    """Return the root (base64) over the first leaves, "" when there are fewer."""
    frontier = Frontier()
    frontier.extend([digest if type(digest) is bytes else b"" for digest in digests[:size]])
    return _text(frontier.root()) if frontier.size == size else ""


def _text(root: bytes) -> str:
    return base64.b64encode(root).decode()


@contextmanager
def _moment(file: Path) -> Iterator[sqlite3.Connection]:
    """Read a file as it is at one moment, without bringing it to the newest schema. Raises store.failed."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("BEGIN")
            yield connection
    except sqlite3.Error as error:
        raise AmrError("store.failed", reason=f"{file}: {error}") from error


def _rows(connection: sqlite3.Connection, query: str, *values: str) -> Iterator[Any]:
    """Yield what a query finds; a file that has no tree yet has nothing to say."""
    try:
        yield from connection.execute(query, values)
    except sqlite3.OperationalError as error:
        if "no such" not in str(error):
            raise
