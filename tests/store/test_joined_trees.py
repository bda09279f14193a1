"""Journal and accounts in two files: old accounts put back with their own mark are found out by the journal."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from typer.testing import CliRunner, Result

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_core.merkle import Frontier
from amr_fleet.api.users import UserStore
from amr_fleet.store import copies, joined
from amr_fleet.store.database import Database
from amr_fleet.store.joined import journal_beside, noted
from amr_fleet.store.leaves import journal_leaf
from amr_fleet.store.schema import journal, tree
from amr_fleet.store.verify import Findings
from tests.api.api_support import FAST, PASSWORD
from tests.store.joined_rig import ACCOUNTS, JOURNAL, State

SIGN = 901.0  # s: by then the keeper has looked
HOUR = 3601.0  # s: by then it has looked at every row


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


@pytest.mark.parametrize("edit", [
    "UPDATE accounts SET role = 'viewer' WHERE name = 'lan'",
    "UPDATE audit SET what = 'nothing' WHERE id = 1",
])  # fmt: skip
def test_a_fleet_that_works_finds_within_the_hour_what_was_changed_in_its_accounts(state: State, edit: str) -> None:
    """With SQLite it looked at its journal each hour and at its accounts at the next start only."""
    state.users.rows.add_audit([state.users.audit_row(name="sep", role="admin", client="c", action="a", what="{}",
                                                      result="ok")])  # fmt: skip
    state.keeper.tick(time.monotonic() + HOUR)
    assert state.blamed == []
    with closing(sqlite3.connect(state.folder / ACCOUNTS)) as connection:
        assert connection.execute(edit).rowcount == 1
        connection.commit()
    state.keeper.tick(time.monotonic() + 2 * HOUR)
    assert [error.code for error in state.blamed] == ["store.damaged"]


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


def test_a_start_that_was_refused_is_refused_again(state: State) -> None:
    """systemd starts it once more: what the journal knew must still stand there."""
    rolled_back(state)
    known = noted(state.folder / JOURNAL)
    state.add("mot", "hai", "ba", "tu")
    for _ in range(2):
        assert state.run() == ["store.damaged", "store.damaged"]  # at the start, and as it ends
    assert noted(state.folder / JOURNAL) == known


def test_accounts_of_another_tree_are_refused_at_each_start(state: State) -> None:
    state.end()
    known = noted(state.folder / JOURNAL)
    with closing(sqlite3.connect(state.folder / ACCOUNTS)) as accounts, accounts:
        accounts.execute("UPDATE tree SET origin = 'other'")
    for mark in state.folder.glob(f"{ACCOUNTS}*.mark"):
        mark.unlink()
    for _ in range(2):
        assert set(state.run()) == {"store.damaged"}
    assert noted(state.folder / JOURNAL) == known


def test_accounts_that_were_swapped_under_a_fleet_that_runs_are_told_then_and_at_each_start(state: State) -> None:
    kept = state.keep("old")
    state.users.remove("lan")
    state.keeper.tick(time.monotonic() + SIGN)
    known = noted(state.folder / JOURNAL)
    state.users.close()
    state.put_back(kept)
    state.add("mot", "hai", "ba", "tu")
    state.keeper.tick(time.monotonic() + 2 * SIGN)
    assert [error.code for error in state.blamed] == ["store.damaged"]
    state.end()
    for _ in range(2):
        assert state.run() == ["store.damaged", "store.damaged"]
    assert noted(state.folder / JOURNAL) == known


def test_accounts_that_are_deleted_under_a_fleet_that_runs_are_told(state: State) -> None:
    state.keeper.tick(time.monotonic() + SIGN)
    state.users.close()
    for file in state.folder.glob(f"{ACCOUNTS}*"):
        file.unlink()
    state.keeper.tick(time.monotonic() + 2 * SIGN)
    assert [error.code for error in state.blamed] == ["store.damaged"]
    assert "0 are there" in str(state.blamed[0])


def test_old_accounts_under_a_fleet_that_runs_are_told_at_the_next_signature(state: State) -> None:
    kept = state.keep("old")
    state.users.remove("lan")
    state.keeper.tick(time.monotonic() + SIGN)
    state.users.close()
    state.put_back(kept)
    state.keeper.tick(time.monotonic() + 2 * SIGN)
    assert [error.code for error in state.blamed] == ["store.damaged"]


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


def test_a_fleet_that_looks_in_the_moment_of_that_word_goes_on(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """The marks are read, then the file: what was accepted between the two has no mark yet, by what was read."""
    rolled_back(state)
    said: list[Path] = []
    moment = joined._moment

    @contextmanager
    def late(file: Path) -> Iterator[sqlite3.Connection]:
        if file.name == ACCOUNTS and not said:
            said.append(file)
            assert state.amr_journal("accept", "--by", "Minh", "--reason", "the disk died").exit_code == 0
        with moment(file) as connection:
            yield connection

    monkeypatch.setattr(joined, "_moment", late)
    state.keeper.tick(time.monotonic() + SIGN)
    assert said
    assert state.blamed == []


def test_a_kill_leaves_old_accounts_unknown_for_a_minute_at_most(state: State) -> None:
    kept = state.keep("old")
    state.users.remove("lan")
    state.keeper.tick(time.monotonic() + 61.0)
    state.users.close()
    state.put_back(kept)  # nothing was written at the end
    with pytest.raises(AmrError, match="are an older file"):
        state.start()


def test_what_was_accepted_stands_in_the_accounts(state: State) -> None:
    rolled_back(state)
    done = state.amr_journal("accept", "--by", "Minh", "--reason", "the disk died")
    assert "accepted with 1 faults, 1 entries lost" in done.output
    with closing(sqlite3.connect(state.folder / ACCOUNTS)) as accounts:
        ((payload,),) = accounts.execute("SELECT payload FROM journal WHERE kind = 'journal_accepted'")
    facts = json.loads(payload)
    assert facts["lost"] == 1
    assert "the accounts are an older file" in facts["faults"]


def restored(state: State, backup: Path) -> None:
    """Lose the accounts and take a backup of them, as an engineer does."""
    for file in state.folder.glob(f"{ACCOUNTS}*"):
        file.unlink()
    done = CliRunner().invoke(app, ["journal", "restore", str(backup), str(state.folder / ACCOUNTS), "--by", "Minh"])
    assert done.exit_code == 0, done.output


def test_one_backup_can_be_restored_again_and_again(state: State, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite3"
    copies.backup(str(state.folder / ACCOUNTS), backup)
    state.users.remove("lan")
    state.end()
    for _ in range(3):
        restored(state, backup)
        assert state.run() == []
        assert state.amr_journal("verify").exit_code == 0


def test_a_backup_of_before_an_accept_can_be_restored(state: State, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite3"
    copies.backup(str(state.folder / ACCOUNTS), backup)
    rolled_back(state)
    assert state.amr_journal("accept", "--by", "Minh", "--reason", "the disk died").exit_code == 0
    assert state.run() == []
    restored(state, backup)
    assert state.run() == []


def test_a_clock_that_was_set_back_keeps_nobody_from_a_backup(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = tmp_path / "backup.sqlite3"
    copies.backup(str(state.folder / ACCOUNTS), backup)
    state.end()
    for years in (0, 50, 10):
        now = time.time() - years * 366 * 86400.0
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda now=now: now)
            restored(state, backup)
        assert state.run() == [], years


def test_old_accounts_with_a_decision_of_then_are_refused(state: State) -> None:
    """What an engineer decided counts once: not again with the file of then."""
    rolled_back(state)
    assert state.amr_journal("accept", "--by", "Minh", "--reason", "the disk died").exit_code == 0
    kept = state.keep("accepted")
    assert state.run() == []
    state.add("mot", "hai")
    assert state.run() == []
    state.put_back(kept)
    assert state.run() == ["store.damaged", "store.damaged"]


def test_a_restored_backup_is_an_engineers_word_too(state: State, tmp_path: Path) -> None:
    copies.backup(str(state.folder / ACCOUNTS), tmp_path / "backup.sqlite3")
    state.users.remove("lan")
    state.end()
    for file in state.folder.glob(f"{ACCOUNTS}*"):
        file.unlink()
    copies.restore(tmp_path / "backup.sqlite3", str(state.folder / ACCOUNTS), "Minh")
    state.start()


def forge(state: State) -> None:
    """Write a decision into the accounts, and their tree over it, as who has no key can."""
    with closing(Database(state.folder / ACCOUNTS)) as database, database.begin() as connection:
        found = connection.execute(tree.select()).one()
        frontier = Frontier.from_bytes(found.size, found.frontier)
        payload = json.dumps({"at": time.time() + 1e6})
        row = {"seq": 1, "t": 0.0, "kind": "journal_accepted", "order_id": "", "robot": "", "payload": payload}
        digest = journal_leaf(row)
        connection.execute(insert(journal), {**row, "leaf": frontier.size, "digest": digest})
        frontier.append(digest)
        connection.execute(update(tree).values(size=frontier.size, frontier=frontier.to_bytes()))


def test_who_has_no_key_cannot_write_that_word(state: State) -> None:
    rolled_back(state)
    forge(state)
    with pytest.raises(AmrError, match="the first 3 entries of the accounts are not those"):
        state.start()


def test_nor_under_the_mark_of_a_later_tree(state: State) -> None:
    kept = rolled_back(state)
    assert state.amr_journal("accept", "--by", "Minh", "--reason", "the disk died").exit_code == 0
    assert state.run() == []
    later = state.folder / f"{ACCOUNTS}.journal.mark"
    assert later.exists()
    state.put_back(kept)  # its own mark is of then; that of the accept stays
    assert not (kept / later.name).exists()
    forge(state)
    assert state.run() == ["store.damaged", "store.damaged"]


def moved_key(state: State, folder: Path) -> None:
    folder.mkdir()
    shutil.move(state.folder / "evidence.key", folder)
    for mark in state.folder.glob("*.mark"):
        shutil.move(mark, folder)


def backed_up(state: State, out: Path) -> Result:
    assert state.amr_journal("backup", str(out)).exit_code == 0
    return CliRunner().invoke(app, ["journal", "verify", str(out)])


def test_a_backup_that_was_made_behind_an_accept_is_whole(state: State, tmp_path: Path) -> None:
    rolled_back(state)
    assert state.amr_journal("accept", "--by", "Minh", "--reason", "the disk died").exit_code == 0
    told = backed_up(state, tmp_path / "backup")
    assert (told.exit_code, "NOT WHOLE" in told.output) == (3, False), told.output
    assert "nor whether the journal knows that these accounts are an older file" in told.output
    assert state.run() == []
    assert backed_up(state, tmp_path / "later").exit_code == 3


def test_without_the_key_what_an_engineer_decided_is_no_fault(state: State, tmp_path: Path) -> None:
    rolled_back(state)
    assert state.amr_journal("accept", "--by", "Minh", "--reason", "the disk died").exit_code == 0
    moved_key(state, tmp_path / "elsewhere")
    told = state.amr_journal("verify")
    assert (told.exit_code, "NOT WHOLE" in told.output) == (3, False), told.output
    assert state.amr_journal("verify", "--evidence", str(tmp_path / "elsewhere")).exit_code == 0


def test_a_backup_during_which_the_keeper_notes_is_whole(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, whole = [], copies.backup

    def slow(where: str, out: Path, evidence: Path | None = None) -> Findings:
        found = whole(where, out, evidence)
        taken.append(Path(where).name)
        state.users.remove("lan") if len(taken) == 1 else None
        state.keeper.tick(time.monotonic() + len(taken) * SIGN)
        return found

    monkeypatch.setattr(copies, "backup", slow)
    told = backed_up(state, tmp_path / "backup")
    assert taken == [JOURNAL, ACCOUNTS], "so that no accounts have come less far than their journal knows"
    assert (told.exit_code, "NOT WHOLE" in told.output) == (3, False), told.output


def test_copies_that_were_made_in_the_other_order_are_whole(state: State, tmp_path: Path) -> None:
    out = tmp_path / "backup"
    out.mkdir()
    copies.backup(str(state.folder / ACCOUNTS), out / ACCOUNTS)
    state.users.remove("lan")
    state.keeper.tick(time.monotonic() + SIGN)
    copies.backup(str(state.folder / JOURNAL), out / JOURNAL)
    told = CliRunner().invoke(app, ["journal", "verify", str(out)])
    assert (told.exit_code, "NOT WHOLE" in told.output) == (3, False), told.output


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
