"""Journal and accounts in two files of SQLite are two trees: the journal's keeps how far the accounts' had come.

So an old file of accounts that is put back together with its own mark, whole in itself, is found out by the journal.
In PostgreSQL both are leaves of one tree, and nothing of this is needed.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, insert, select

from amr_core.errors import AmrError
from amr_core.merkle import Frontier
from amr_fleet.store.database import Database
from amr_fleet.store.leaves import audit_leaf
from amr_fleet.store.ledger import Ledger
from amr_fleet.store.mark import Mark
from amr_fleet.store.schema import audit, journal, tree
from amr_fleet.store.signed import root_at
from amr_fleet.store.where import file_of

ACTION: Final = "accounts_tree"
"""Of the rows of a journal's own audit trail that say how far the accounts had come."""
DECISIONS: Final = ("journal_accepted", "journal_restored")
"""Entries that an engineer's command leaves in what it went on with; each moves the signed mark over itself."""
_ACCOUNTS: Final = "the accounts"


@dataclass(frozen=True)
class AccountsTree:
    """The tree of the accounts as it was: name, leaves, root (base64), how often an engineer went on after a loss."""

    origin: str
    size: int
    root: str
    decided: int


def journal_beside(database: str, accounts: Path | str) -> Path | None:
    """Return the journal's file when journal and accounts are two files that are there, else None."""
    file = file_of(database)
    other = file_of(str(accounts))
    return file if file is not None and other is not None and file != other and file.is_file() else None


def note_accounts(database: Database, ledger: Ledger, accounts: Path) -> None:
    """Write how far the accounts have come into the journal's tree, if they have since it was last written.

    Raises store.gap when they have come less far than that: an older file lies there.
    """
    now, before = _tree_of(accounts), noted(Path(database.where))
    if now is None or now == before:
        return
    if before is not None and now.decided <= before.decided and now.size < before.size:
        raise AmrError("store.gap", lost=before.size - now.size, first=_shorter(before, now.size))
    with ledger.growing() as (connection, growth):
        number = int(connection.execute(select(func.coalesce(func.max(audit.c.id), 0))).scalar_one()) + 1
        row = {
            "id": number, "at": time.time(), "name": "", "role": "", "client": "", "action": ACTION,
            "what": json.dumps(asdict(now)), "result": "ok",
        }  # fmt: skip
        connection.execute(insert(audit), {**row, **growth.add(audit_leaf(row))})


def noted(file: Path) -> AccountsTree | None:
    """Return what a journal's file says of the accounts, None when it says nothing. Raises store.failed."""
    rows = _read(file, "SELECT what FROM audit WHERE action = ? ORDER BY id DESC LIMIT 1", ACTION)
    return AccountsTree(**json.loads(rows[0][0])) if rows else None


def wrong_with(accounts: Database, marks: Sequence[Mark], file: Path) -> str:
    """Return what is wrong with accounts by what the journal's file says of them, "" = nothing. Raises store.failed.

    marks: of the accounts. What an engineer decided since then counts when a mark is signed over it.
    """
    before = noted(file)
    if before is None:
        return ""
    with accounts.moment() as connection:
        origin, size = connection.execute(select(tree.c.origin, tree.c.size)).one()
        signed = max((found.size for mark in marks if (found := mark.read()) is not None), default=0)
        decided = select(func.count()).where(journal.c.kind.in_(DECISIONS), journal.c.leaf < signed)
        if connection.execute(decided).scalar_one() > before.decided:
            return ""
    if origin != before.origin:
        return f"{_ACCOUNTS} are {origin}, the journal knows {before.origin}"
    if size < before.size:
        return _shorter(before, size)
    if root_at(accounts, before.size) != before.root:
        return f"the first {before.size} entries of {_ACCOUNTS} are not those that the journal knows"
    return ""


def check_joined(accounts: Database, marks: Sequence[Mark], file: Path) -> None:
    """Raise store.damaged for accounts that are not those that the journal's file knows."""
    if wrong := wrong_with(accounts, marks, file):
        raise AmrError("store.damaged", count=1, first=wrong)


def _shorter(before: AccountsTree, size: int) -> str:
    return f"{_ACCOUNTS} are an older file: {before.size} entries were written, {size} are there"


def _tree_of(file: Path) -> AccountsTree | None:
    """Return the tree of a file of accounts, None while there is none."""
    if not file.is_file():
        return None
    marks = ", ".join("?" * len(DECISIONS))
    rows = _read(
        file, f"SELECT origin, size, frontier, (SELECT count(*) FROM journal WHERE kind IN ({marks})) FROM tree",
        *DECISIONS,
    )  # fmt: skip
    if not rows:
        return None
    origin, size, frontier, decided = rows[0]
    return AccountsTree(origin, size, base64.b64encode(Frontier.from_bytes(size, frontier).root()).decode(), decided)


def _read(file: Path, query: str, *values: str) -> list[Any]:
    """Ask a file without bringing it to the newest schema; one that has no tree yet has nothing to say."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()
    except sqlite3.Error as error:
        if "no such" in str(error):
            return []
        raise AmrError("store.failed", reason=f"{file}: {error}") from error
