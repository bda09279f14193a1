"""From release 0.1.0 to the present code and back: journal, accounts and key stay; docs/transfer.md says how."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import release_state
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_bringup.run import _check_records
from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.api.users import UserStore
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.orders import FleetState
from amr_fleet.report.fold import make_report, whole
from amr_fleet.store import copies
from amr_fleet.store.database import _MIGRATIONS, Database, newest_schema
from amr_fleet.store.journal import JournalStore, read_entries
from amr_fleet.store.push_devices import PushDevices

STATE = Path(__file__).parents[1] / "data" / "state_0_1_0.zip"
PASSWORDS = {"lan": ("correct-horse-battery", "operator"), "minh": ("staple-river-crane", "admin")}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a --state folder as release 0.1.0 left it: two orders done, two under way, two accounts, a backup."""
    folder = tmp_path / "state"
    with zipfile.ZipFile(STATE) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def seen(state: Path) -> dict[str, Any]:
    """Return what 0.1.0 itself said was in it."""
    found: dict[str, Any] = json.loads((state / "seen.json").read_text(encoding="utf-8"))
    return found


def revision(file: Path) -> str:
    """Return the schema's step without opening the file as the fleet does, which would migrate it."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_an_upgrade_keeps_journal_tree_and_key(state: Path, seen: dict[str, Any]) -> None:
    before = revision(state / "journal.sqlite3")
    _check_records(state)
    entries = read_entries(str(state / "journal.sqlite3"))
    assert revision(state / "journal.sqlite3") != before, "there was something to migrate"
    assert len(entries) == seen["journal.sqlite3"]["entries"]
    for name in ("journal.sqlite3", "users.sqlite3"):
        found = copies.look(str(state / name))
        assert (found.faults, found.judged) == ([], True), "signatures of 0.1.0 hold under its key"
        assert found.root.hex() == seen[name]["root"], name
    assert {i: o.state for i, o in FleetState.fold(entries).orders.items()} == seen["orders"]


def test_after_an_upgrade_the_site_goes_on(state: Path, seen: dict[str, Any]) -> None:
    store = JournalStore(str(state / "journal.sqlite3"))
    store.own(site="lab")
    store.append([JournalEntry(t=5000.0, kind="note_added", facts={"text": "Sau khi nâng cấp", "user": "lan"})])
    store.close()
    found = copies.look(str(state / "journal.sqlite3"))
    assert not found.faults
    assert found.size > seen["journal.sqlite3"]["entries"]


def test_a_browser_that_was_switched_on_before_its_key_was_kept_counts_as_of_the_key_of_now(tmp_path: Path) -> None:
    """Else each site's push messages would end with the update, although its key is the same."""
    file = tmp_path / "escalation.sqlite3"
    engine = create_engine(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
        connection.execute(
            text(
                "INSERT INTO push_devices VALUES ('d', 'lan', 's', 9.0, 'st', 'Chrome, Android', 'https://push.example/x',"
                " 'p', 'a', 1.0, 2.0, 3.0, '')"
            )
        )
    engine.dispose()
    devices = PushDevices(str(file))
    found = devices.of("lan")
    devices.close()
    assert revision(file) == newest_schema()
    assert [(one.id, one.since, one.error, one.vapid, one.of_key("the key of now")) for one in found] == [
        ("d", 1.0, "", "", True)
    ]


def test_people_log_in_as_before(state: Path, seen: dict[str, Any]) -> None:
    users = UserStore(state / "users.sqlite3")
    try:
        assert users.names() == seen["names"]
        for name, (password, role) in PASSWORDS.items():
            assert users.check(name, password) == role
        assert users.check_pin("lan", "704518").role == "operator"
        with pytest.raises(AmrError):
            users.check("minh", "wrong-password-here")
    finally:
        users.close()


def test_a_changed_row_of_the_old_release_is_still_found_after_the_upgrade(state: Path) -> None:
    database = Database(str(state / "journal.sqlite3"))
    with database.begin() as connection:
        connection.execute(text("UPDATE journal SET t = t + 1 WHERE seq = 7"))
    database.close()
    with pytest.raises(AmrError, match=r"store\.damaged.*journal 7"):
        _check_records(state)


def test_the_backup_of_the_old_release_can_be_restored_by_the_new_one(state: Path, tmp_path: Path) -> None:
    kept = {path.name: path.read_bytes() for path in (state / "backup").iterdir()}
    for name in ("journal.sqlite3", "users.sqlite3"):
        words = ["journal", "restore", str(state / "backup" / name), str(tmp_path / "back" / name), "--by", "minh"]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
    users = UserStore(tmp_path / "back" / "users.sqlite3")
    assert users.check("minh", PASSWORDS["minh"][0]) == "admin"
    users.close()
    assert len(read_entries(str(tmp_path / "back" / "journal.sqlite3"))) >= 62
    now = {path.name: path.read_bytes() for path in (state / "backup").iterdir()}
    assert now == kept, "else the old release could not go back to it"


OLD = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from amr_core.site import load_site
from amr_fleet.api.users import UserStore
from amr_fleet.report.fold import make_report, whole
from amr_fleet.store import copies
from amr_fleet.store.journal import JournalStore
what, source, state = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
if what == "restore":
    for name in ("journal.sqlite3", "users.sqlite3"):
        copies.restore(source / name, str(state / name), "minh")
store = JournalStore(str(state / "journal.sqlite3"))
store.own(site="lab")
users = UserStore(state / "users.sqlite3")
journal = store.read()
print(len(journal), users.check("lan", "correct-horse-battery"))
journal = journal[: int(sys.argv[4])]  # without what restoring noted
print(json.dumps(asdict(make_report(journal, load_site("lab"), whole(journal)))))
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the packages of release 0.1.0 out of git's history."""
    if not release_state.has_history():
        pytest.skip("git does not have the commit of 0.1.0 here (a shallow clone): going back to it is not tried")
    folder = tmp_path_factory.mktemp("release")
    release_state.extract(folder)
    return folder


def test_the_old_release_runs_again_on_its_backup_and_its_report_says_the_same(
    state: Path, tmp_path: Path, release: Path
) -> None:
    _check_records(state)  # the present code was here
    entries = read_entries(str(state / "journal.sqlite3"))
    now = json.loads(json.dumps(asdict(make_report(entries, load_site("lab"), whole(entries)))))
    back = tmp_path / "back"
    back.mkdir()
    shutil.copy(state / "evidence.key", back)
    done = release_state.run_old(release, OLD, "restore", state / "backup", back, str(len(entries)))
    assert done.returncode == 0, done.stderr[-2000:]
    first, told = done.stdout.splitlines()
    count, role = first.split()
    assert (int(count) >= 62, role) == (True, "operator")
    figures = {name: value for name, value in json.loads(told).items() if isinstance(value, int | float)}
    assert len(figures) > 10
    assert {name: now.get(name) for name in figures} == figures


def test_the_old_release_refuses_what_the_new_one_has_migrated(state: Path, release: Path) -> None:
    _check_records(state)
    before = (state / "journal.sqlite3").read_bytes()
    done = release_state.run_old(release, OLD, "open", state, state)
    assert done.returncode != 0, "else it would write into tables that it does not know"
    assert (state / "journal.sqlite3").read_bytes() == before
