"""Journal and accounts in two files: old accounts put back with their own mark are found out by the journal."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from typer.testing import CliRunner, Result

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_core.merkle import Frontier
from amr_fleet.api.users import UserStore
from amr_fleet.store import copies
from amr_fleet.store.database import Database
from amr_fleet.store.joined import journal_beside, noted
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.leaves import journal_leaf
from amr_fleet.store.schema import journal, tree
from tests.api.api_support import FAST, PASSWORD
from tests.store.ledger_rig import entries

ACCOUNTS, JOURNAL = "users.sqlite3", "journal.sqlite3"
SIGN = 901.0  # s: the keeper signs every 15 min


class State:
    """A --state folder whose fleet runs until `end`, and whose accounts were once copied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blamed: list[AmrError] = []
        self.store = JournalStore(str(folder / JOURNAL))
        self.store.own(site="lab")
        self.store.append(entries(5))
        self.users = UserStore(folder / ACCOUNTS, hasher=FAST)
        self.users.add("sep", PASSWORD, "admin")
        self.users.add("lan", PASSWORD, "admin")
        self.keeper = self.store.keeper(self.blamed.append, folder / ACCOUNTS)

    def keep(self, name: str) -> Path:
        """Copy the accounts with their mark, as whoever reaches the disk can."""
        kept = self.folder / name
        kept.mkdir()
        with closing(sqlite3.connect(self.folder / ACCOUNTS)) as now, closing(sqlite3.connect(kept / ACCOUNTS)) as then:
            now.backup(then)
        for mark in self.folder.glob(f"{ACCOUNTS}*.mark"):
            shutil.copy(mark, kept / mark.name)
        return kept

    def put_back(self, kept: Path) -> None:
        for end in ("-wal", "-shm"):
            (self.folder / f"{ACCOUNTS}{end}").unlink(missing_ok=True)
        for file in kept.iterdir():
            shutil.copy(file, self.folder / file.name)

    def end(self) -> None:
        self.users.close()
        self.keeper.close()
        self.store.close()

    def start(self) -> None:
        """Check as a start of the API does; raises what it is refused with."""
        with closing(UserStore(self.folder / ACCOUNTS, hasher=FAST)) as users:
            users.rows.check(journal_beside(str(self.folder / JOURNAL), self.folder / ACCOUNTS))

    def amr_journal(self, command: str, *more: str) -> Result:
        return CliRunner().invoke(app, ["journal", command, str(self.folder), *more])


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    one = State(tmp_path)
    yield one
    one.end()


def rolled_back(state: State) -> Path:
    """Take an administrator away, end the fleet, and put the accounts back as they were before; return those."""
    kept = state.keep("old")
    state.users.remove("lan")
    state.end()
    state.put_back(kept)
    return kept


def test_old_accounts_with_their_own_mark_are_refused_and_told(state: State) -> None:
    rolled_back(state)
    with closing(UserStore(state.folder / ACCOUNTS, hasher=FAST)) as users:
        users.rows.check()  # whole in itself: by its own tree and mark nobody can know
        assert users.names() == ["lan", "sep"]
    with pytest.raises(AmrError, match="are an older file: 3 entries were written, 2 are there") as refused:
        state.start()
    assert refused.value.code == "store.damaged"
    told = state.amr_journal("verify")
    assert (told.exit_code, "accounts: the accounts are an older file" in told.output) == (1, True), told.output


def test_accounts_that_nobody_put_back_are_whole_and_the_journal_too(state: State) -> None:
    state.users.remove("lan")
    state.keeper.tick(time.monotonic() + SIGN)
    state.users.add("minh", PASSWORD, "viewer")  # further than what the journal knows
    state.start()
    state.end()
    state.start()
    assert state.blamed == []
    assert state.amr_journal("verify").exit_code == 0
    known = noted(state.folder / JOURNAL)
    assert known is not None
    assert (known.size, known.decided) == (4, 0)


def test_nothing_is_written_when_accounts_did_not_change(state: State) -> None:
    before = copies.look(str(state.folder / JOURNAL)).size
    for round_ in range(1, 4):
        state.keeper.tick(time.monotonic() + round_ * SIGN)
    assert copies.look(str(state.folder / JOURNAL)).size == before + 1


def test_accounts_that_went_on_from_an_old_file_are_refused(state: State) -> None:
    rolled_back(state)
    with closing(UserStore(state.folder / ACCOUNTS, hasher=FAST)) as users:
        for name in ("mot", "hai", "ba"):
            users.add(name, PASSWORD, "viewer")
    with pytest.raises(AmrError, match="the first 3 entries of the accounts are not those"):
        state.start()


def test_old_accounts_under_a_fleet_that_runs_are_told_at_the_next_signature(state: State) -> None:
    kept = state.keep("old")
    state.users.remove("lan")
    state.keeper.tick(time.monotonic() + SIGN)
    state.users.close()
    state.put_back(kept)
    state.keeper.tick(time.monotonic() + 2 * SIGN)
    assert [error.code for error in state.blamed] == ["store.gap"]


def test_an_engineer_goes_on_with_old_accounts_by_a_word_of_his(state: State) -> None:
    kept = rolled_back(state)
    done = state.amr_journal("accept", "--by", "Minh", "--reason", "the disk died")
    assert done.exit_code == 0, done.output
    assert "whole, nothing to accept" in done.output.splitlines()[0], "the journal lost nothing"
    assert "accepted with 1 faults" in done.output
    state.start()
    assert state.amr_journal("verify").exit_code == 0
    state.keeper.tick(time.monotonic() + SIGN)  # the next signature knows the new tree
    state.put_back(kept)
    with pytest.raises(AmrError, match="the accounts are amr, the journal knows amr#2"):
        state.start()


def test_a_restored_backup_is_an_engineers_word_too(state: State, tmp_path: Path) -> None:
    copies.backup(str(state.folder / ACCOUNTS), tmp_path / "backup.sqlite3")
    state.users.remove("lan")
    state.end()
    for file in state.folder.glob(f"{ACCOUNTS}*"):
        file.unlink()
    copies.restore(tmp_path / "backup.sqlite3", str(state.folder / ACCOUNTS), "Minh")
    state.start()


def test_who_has_no_key_cannot_write_that_word(state: State) -> None:
    rolled_back(state)
    with closing(Database(state.folder / ACCOUNTS)) as database, database.begin() as connection:
        found = connection.execute(tree.select()).one()
        frontier = Frontier.from_bytes(found.size, found.frontier)
        row = {"seq": 1, "t": 0.0, "kind": "journal_accepted", "order_id": "", "robot": "", "payload": "{}"}
        digest = journal_leaf(row)
        connection.execute(insert(journal), {**row, "leaf": frontier.size, "digest": digest})
        frontier.append(digest)
        connection.execute(update(tree).values(size=frontier.size, frontier=frontier.to_bytes()))
    with pytest.raises(AmrError, match="the first 3 entries of the accounts are not those"):
        state.start()


def test_accounts_that_were_deleted_are_no_first_start(state: State) -> None:
    """The next start would make a new administrator, whose password lies in a file."""
    state.end()
    for file in state.folder.glob(f"{ACCOUNTS}*"):
        file.unlink()
    with pytest.raises(AmrError, match="2 entries were written, 0 are there"):
        state.start()


def test_in_one_database_and_in_memory_there_is_nothing_to_join(tmp_path: Path) -> None:
    file = tmp_path / "one.sqlite3"
    file.touch()
    assert journal_beside("postgresql://x@y/z", "postgresql://x@y/z") is None
    assert journal_beside(":memory:", file) is None
    assert journal_beside(str(file), file) is None
    assert journal_beside(str(tmp_path / "none.sqlite3"), file) is None
