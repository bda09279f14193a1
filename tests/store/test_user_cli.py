"""`amr user`: the way back in that the engineer guide tells whose last administrator cannot log in."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from typer.testing import CliRunner, Result

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_fleet.api.users import UserStore
from amr_fleet.store import copies
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.where import is_postgresql
from tests.api.api_support import FAST, PASSWORD

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "engineer-guide.md"


def amr(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["user", *arguments])


def refusal(done: Result) -> str:
    """Return the code that the command ends with."""
    assert isinstance(done.exception, AmrError), done.output
    return done.exception.code


def users_of(where: str) -> str | Path:
    return where if is_postgresql(where) else Path(where).with_name("users.sqlite3")


@pytest.fixture
def locked(where: str, tmp_path: Path) -> str:
    """Return a database whose only administrator has lost phone and recovery codes; the fleet has ended."""
    store = JournalStore(where, tmp_path)
    store.own(site="lab")
    users = UserStore(users_of(where), evidence=tmp_path, hasher=FAST, clock=lambda: 1_800_000_000.0)
    users.add("sep", PASSWORD, "admin")
    begun = users.second.begin("sep")
    totp = TOTP(base64.b32decode(begun.secret), 6, SHA1(), 30)
    users.turn_on_second("sep", totp.generate(1_800_000_000).decode())
    users.open_session("sep", "password", "")
    users.close()
    store.close()
    return where


def told(command: str, where: str) -> list[str]:
    """Return the words of a command of the guide, with what stands for something else put in."""
    found = re.search(rf"`amr user ({command} [^`]+)`", GUIDE.read_text(encoding="utf-8"))
    assert found is not None, f"the guide does not tell {command}"
    said = {"STATE": where if is_postgresql(where) else str(Path(where).parent), "NAME": "sep", "YOU": "minh"}
    return [said.get(word, word) for word in found[1].split()]


def test_the_steps_of_the_guide_let_the_last_administrator_in(locked: str, tmp_path: Path) -> None:
    done = amr(*told("second-factor-off", locked), "--evidence", str(tmp_path))
    assert done.exit_code == 0, done.output
    users = UserStore(users_of(locked), evidence=tmp_path)
    assert users.log_in("sep", PASSWORD, "", "").role == "admin"
    assert users.sessions() == []
    (row,) = users.rows.read_audit()
    assert (row.name, row.client, row.action, row.what) == ("minh", "console", "reset_second_factor", '{"name": "sep"}')
    users.close()
    done = amr(*told("new-password", locked), "--evidence", str(tmp_path))
    assert done.exit_code == 0, done.output
    users = UserStore(users_of(locked), evidence=tmp_path)
    assert users.log_in("sep", done.output.split()[-1], "", "").must_change
    users.rows.check()
    users.close()
    assert copies.look(locked, tmp_path).faults == []


def test_a_fleet_that_runs_keeps_its_accounts(locked: str, tmp_path: Path) -> None:
    store = JournalStore(locked, tmp_path)
    store.own(site="lab")
    done = amr("second-factor-off", str(users_of(locked)), "sep", "--by", "minh", "--evidence", str(tmp_path))
    assert refusal(done) == "store.in_use"
    store.close()


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    assert refusal(amr("second-factor-off", str(tmp_path), "sep", "--by", "minh")) == "store.failed"
    assert list(tmp_path.iterdir()) == []
    users = UserStore(tmp_path / "users.sqlite3", hasher=FAST)
    users.add("sep", PASSWORD, "admin")
    users.close()
    assert refusal(amr("second-factor-off", str(tmp_path), "sep", "--by", " ")) == "run.bad_option"
    assert refusal(amr("second-factor-off", str(tmp_path), "nobody", "--by", "minh")) == "user.not_found"
    assert refusal(amr("second-factor-off", str(tmp_path), "sep", "--by", "minh")) == "auth.code_off"
    users = UserStore(tmp_path / "users.sqlite3")
    assert users.rows.read_audit() == [], "what was refused has not been done"
    users.close()
