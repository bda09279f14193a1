"""`amr journal` as an engineer calls it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from amr_bringup.cli import app
from amr_bringup.run import _check_records
from amr_core.errors import AmrError, Fact
from amr_fleet.api.users import UserStore
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.database import Database
from amr_fleet.store.journal import JournalStore


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a --state folder with three entries and one account."""
    folder = tmp_path / "state"
    store = JournalStore(str(folder / "journal.sqlite3"))
    store.own(site="lab")
    store.append([JournalEntry(t=float(i), kind="alarm_note", facts={"n": i}) for i in range(3)])
    store.close()
    users = UserStore(folder / "users.sqlite3")
    users.add("lan", "correct-horse-battery", "operator")
    users.close()
    return folder


def amr(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["journal", *map(str, arguments)])


def harm(state: Path, name: str = "journal.sqlite3", statement: str = "UPDATE journal SET t = 9 WHERE seq = 2") -> None:
    database = Database(str(state / name))
    with database.begin() as connection:
        connection.execute(text(statement))
    database.close()


def test_verify_says_whole_or_names_the_row(state: Path) -> None:
    done = amr("verify", state)
    assert done.exit_code == 0, done.output
    assert done.output.count(": whole") == 2
    harm(state)
    harm(state, "users.sqlite3", "UPDATE accounts SET role = 'admin'")
    done = amr("verify", state)
    assert done.exit_code == 1
    assert "journal 2: was changed after it was written" in done.output
    assert "account lan: was changed" in done.output
    assert "amr journal accept" in done.output
    with pytest.raises(AmrError, match=r"store\.damaged.*journal 2"):
        _check_records(state)


def test_a_state_whose_key_was_taken_away_is_no_success(state: Path, tmp_path: Path) -> None:
    """Who wrote the records anew and took key and marks away had "whole", and the nightly script was content."""
    (tmp_path / "kept").mkdir()
    shutil.copyfile(state / "evidence.key", tmp_path / "kept" / "evidence.key")
    (state / "evidence.key").unlink()
    for mark in state.glob("*.mark"):
        mark.unlink()
    for name in ("journal.sqlite3", "users.sqlite3"):
        harm(state, name, "DELETE FROM meta WHERE key LIKE 'marked.%'")
    done = amr("verify", state)
    assert done.exit_code == 3, done.output
    assert "--evidence FOLDER" in done.output
    assert amr("verify", state, "--evidence", tmp_path / "nowhere").exit_code == 3
    assert amr("verify", state / "journal.sqlite3").exit_code == 0, "as a backup: one file, its key elsewhere"
    assert amr("verify", state, "--nonsense").exit_code == 2, "a wrong option is not that"


def test_backup_and_restore_a_whole_state(state: Path, tmp_path: Path) -> None:
    done = amr("backup", state, tmp_path / "backup")
    assert done.exit_code == 0, done.output
    new = tmp_path / "new"
    for name in ("journal.sqlite3", "users.sqlite3"):
        done = amr("restore", tmp_path / "backup" / name, new / name, "--by", "minh")
        assert done.exit_code == 0, done.output
    assert amr("verify", new).exit_code == 0
    users = UserStore(new / "users.sqlite3")
    assert users.check("lan", "correct-horse-battery") == "operator"
    users.close()
    done = amr("backup", state / "journal.sqlite3", tmp_path / "backup" / "journal.sqlite3")
    assert isinstance(done.exception, AmrError)
    assert done.exception.code == "store.not_empty"


def test_accept_asks_who_and_why_and_touches_only_what_is_damaged(state: Path) -> None:
    harm(state)
    assert isinstance(amr("accept", state, "--by", " ", "--reason", "x").exception, AmrError)
    done = amr("accept", state, "--by", "minh", "--reason", "edited by hand")
    assert done.exit_code == 0, done.output
    assert "users.sqlite3: whole, nothing to accept" in done.output
    assert amr("verify", state).exit_code == 0
    _check_records(state)


def test_checkpoint_prints_what_can_be_written_down_elsewhere(state: Path) -> None:
    done = amr("checkpoint", state / "journal.sqlite3")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("lab/amr/journal\n3\n")
    assert "public key: amr-fleet+" in done.output
    (state / "evidence.key").write_text("rubbish")
    error = amr("checkpoint", state / "journal.sqlite3").exception
    assert isinstance(error, AmrError)
    assert error.code == "evidence.bad_key"


@pytest.mark.parametrize("where", ["none.sqlite3", "postgresql://nobody@/none?host=/nonexistent", "empty"])
def test_what_is_not_there_is_said(tmp_path: Path, where: str) -> None:
    (tmp_path / "empty").mkdir()
    for command in ("verify", "checkpoint"):
        error = amr(command, where if "://" in where else tmp_path / where).exception
        assert isinstance(error, AmrError)
        assert error.code == "store.failed"


def test_a_copy_without_its_key_is_checked_as_far_as_it_can_be(state: Path, tmp_path: Path) -> None:
    shutil.copyfile(state / "journal.sqlite3", tmp_path / "copy.sqlite3")
    done = amr("verify", tmp_path / "copy.sqlite3")
    assert done.exit_code == 0, done.output
    assert "no key beside it" in done.output


def test_verify_says_that_the_clock_was_set_back_between_checkpoints(state: Path) -> None:
    """Nothing is damaged by that, but the times of these records are no proof of when."""
    now = 1_800_000_000.0
    users = UserStore(state / "users.sqlite3", clock=lambda: now)
    acted = {"name": "lan", "role": "operator", "client": "c", "action": "a", "what": "w", "result": "ok"}
    for at in (now, now + 30.0, now - 3600.0, now - 3590.0, now + 60.0):
        now = at
        users.rows.add_audit([users.audit_row(**acted)])
    users.close()
    store = JournalStore(str(state / "journal.sqlite3"))
    store.own(site="lab")
    alarm: dict[str, Fact] = {"alarm": "A1", "code": "alarm.clock", "computer": "server", "seconds": -3600}
    other = alarm | {"computer": "amr_01"}
    store.append([JournalEntry(t=9.0 + i, kind="alarm_raised", facts=facts) for i, facts in enumerate((alarm, other))])
    store.close()
    said = amr("verify", state)
    assert said.exit_code == 0
    lines = [line.strip() for line in said.stdout.splitlines() if "clock was" in line]
    assert lines == [
        "the server's clock was off by -3600 s, as the alarm in journal 4 says",
        "the server's clock was set back by 3630 s before audit 3, to 2027-01-15 07:00:00Z",
    ]


def test_verify_sees_a_clock_that_was_set_back_when_only_checkpoints_tell(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = JournalStore(str(state / "journal.sqlite3"))
    store.own(site="lab")
    for n, at in enumerate((1_800_000_000.0, 1_800_000_900.0, 1_799_913_600.0)):
        store.append([JournalEntry(t=20.0 + n, kind="alarm_note", facts={})])
        monkeypatch.setattr("amr_fleet.store.ledger.time.time", lambda at=at: at)
        store.ledger.checkpoint()
    store.close()
    monkeypatch.undo()
    said = amr("verify", state)
    assert said.exit_code == 0
    assert "the server's clock was set back by 87300 s before checkpoint 6" in said.stdout
