"""Journal, accounts and audit trail on both databases: what is written comes back, old schemas are moved on."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.users import UserStore
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import JournalEntry
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import units_of
from amr_fleet.requests import ImportOrders
from amr_fleet.service import FleetService
from amr_fleet.store import database
from amr_fleet.store.database import Database
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.schema import metadata
from amr_fleet.store.tracks import open_tracks
from amr_fleet.vocabulary import JournalKind

ENTRY = JournalEntry(t=1.0, kind="order_x")
PASSWORD = "correct-horse-battery"


def test_entries_come_back_in_order(where: str) -> None:
    entries = [
        JournalEntry(t=0.5 * i, kind="order_x", order_id=f"T{i % 2}", facts={"n": i, "s": "ố", "none": None, "f": 0.1})
        for i in range(5)
    ]
    store = JournalStore(where)
    store.append(entries[:3])
    store.append(entries[3:])
    store.append([])
    store.close()
    again = JournalStore(where)
    assert again.read() == entries
    assert again.read("T1") == [entries[1], entries[3]]
    again.close()


def test_weeks_of_one_robots_time_are_read_by_their_own_index(where: str) -> None:
    def entry(t: float, robot: str, kind: JournalKind = "robot_time") -> JournalEntry:
        return JournalEntry(t=t, kind=kind, robot=robot, facts={"from": t - 300.0})

    store = JournalStore(where)
    store.append([entry(300.0, "a"), entry(300.0, "b"), entry(600.0, "a"), entry(600.0, "a", "robot_online")])
    assert store.robot_times("a", 301.0) == [entry(600.0, "a")]
    store.close()
    if where.startswith("postgresql"):
        return  # its planner reads small tables whole
    with sqlite3.connect(where) as connection:
        query = "EXPLAIN QUERY PLAN SELECT * FROM journal WHERE kind = 'robot_time' AND robot = ? AND t >= ? ORDER BY t"
        assert "ix_journal_robot_time" in str(connection.execute(query, ("a", 0.0)).fetchall())


def test_an_entry_that_cannot_be_written_leaves_nothing_of_its_step(where: str) -> None:
    store = JournalStore(where)
    good = JournalEntry(t=1.0, kind="order_x")
    with pytest.raises(AmrError, match="internal"):  # no trouble of the database: to try again would not help
        store.append([good, JournalEntry(t=1.0, kind=None)])  # type: ignore[arg-type]
    assert store.read() == []
    store.append([good])
    assert store.read() == [good]
    store.close()


def test_a_second_fleet_process_is_refused_and_readers_are_not(where: str) -> None:
    first = JournalStore(where)
    first.own()
    first.append([ENTRY])
    second = JournalStore(where)
    with pytest.raises(AmrError) as error:
        second.own(patience=0.15)
    assert error.value.code == "store.in_use"
    assert any(c.isdigit() for c in str(error.value.facts["by"]))
    assert second.read() == [ENTRY]
    first.close()
    second.own()
    second.append([ENTRY])
    assert len(second.read()) == 2
    second.close()


def test_who_owned_the_journal_and_was_killed_owns_it_no_longer(where: str) -> None:
    script = f"""
from amr_fleet.store.journal import JournalStore
import sys, time
store = JournalStore({where!r})
store.own()
print("mine", flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "mine\n"
        store = JournalStore(where)
        with pytest.raises(AmrError, match=r"store\.in_use"):
            store.own(patience=0.0)
        process.kill()
        store.own()
        store.append([ENTRY])
        store.close()


def test_orders_survive_a_new_service(where: str) -> None:
    site = load_site("lab")
    roadmap = build_roadmap(site)
    store = JournalStore(where)
    service = FleetService(FleetEngine(roadmap, units_of(site), journal=store.read()), store, lambda _command: None)
    wishes = tuple(OrderRequest(pick_place="D1", drop_place="A1", reference=f"r{i}") for i in range(20))
    answer = service.ask(ImportOrders(orders=wishes))
    service.advance(1.0)
    assert all(v.verdict == "created" for v in answer.result(0))
    store.close()
    again = JournalStore(where)
    engine = FleetEngine(roadmap, units_of(site), journal=again.read())
    assert [o.request.reference for o in engine.orders()] == [w.reference for w in wishes]
    again.close()


def test_users_sessions_and_the_trail(where: str) -> None:
    now = 1e9
    users = UserStore(where, clock=lambda: now)
    users.add("lan", PASSWORD, "operator")
    token = users.open_session("lan", "password", "127.0.0.1")
    assert users.session(token) is not None
    for i in range(3):
        row = users.audit_row(name="lan", role="operator", client="c", action=f"a{i}", what='{"x": "ố"}', result="ok")
        users.rows.add_audit([row])
    users.close()
    again = UserStore(where, clock=lambda: now)
    assert again.check("lan", PASSWORD) == "operator"
    found = again.session(token)
    assert found is not None
    assert found[1].name == "lan"
    assert [row.action for row in again.rows.read_audit(name="lan", limit=2)] == ["a2", "a1"]
    again.set_password("lan", PASSWORD + "2", must_change=False)
    assert again.session(token) is None
    now += 13 * 3600
    assert again.sessions() == []
    again.close()


def test_the_migrations_lead_to_the_tables_that_the_program_uses(where: str) -> None:
    database = Database(where)
    with database.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()
    Database(where).close()  # a second time there is nothing to do


def test_a_journal_of_before_migrations_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    with sqlite3.connect(path) as old:
        old.executescript("""
            CREATE TABLE journal (seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, t FLOAT NOT NULL,
              kind VARCHAR NOT NULL, order_id VARCHAR NOT NULL, robot VARCHAR NOT NULL, payload VARCHAR NOT NULL);
            CREATE INDEX ix_journal_order_id ON journal (order_id);
            CREATE TABLE meta ("key" VARCHAR NOT NULL PRIMARY KEY, value VARCHAR NOT NULL);
            INSERT INTO meta VALUES ('schema', '1');
            INSERT INTO journal (t, kind, order_id, robot, payload) VALUES (1.0, 'order_x', 'T1', '', '{"n": 1}');
        """)
    old.close()
    store = JournalStore(str(path))
    assert store.read() == [JournalEntry(t=1.0, kind="order_x", order_id="T1", facts={"n": 1})]
    store.close()


def test_a_server_that_is_not_there_is_store_failed() -> None:
    with pytest.raises(AmrError, match=r"store\.failed"):
        JournalStore("postgresql://nobody@/none?host=/nonexistent")


def test_a_database_of_the_newest_schema_is_opened_without_the_migrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are a twelfth of what a fleet loads until it works again after a kill."""
    config = Config()
    config.set_main_option("script_location", str(database._MIGRATIONS))
    assert database.newest_schema() == ScriptDirectory.from_config(config).get_current_head()
    where = tmp_path / "j.sqlite3"
    Database(where).close()
    upgrades: list[object] = []
    monkeypatch.setattr(database, "_upgrade", upgrades.append)
    Database(where).close()
    assert not upgrades
    with sqlite3.connect(where) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '0009'")
    raw.close()
    Database(where).close()
    assert upgrades


@pytest.mark.parametrize("address", [
    "postgresql://amr:s3cret@db.site/amr",
    "postgresql://amr@db.site/amr?sslmode=require&password=s3cret",
    "postgresql://amr:s3c/ret#s3cret@db.site/amr",
    "postgres://amr:s3cret@db.site/amr",
])  # fmt: skip
def test_an_address_with_a_password_in_it_is_refused(address: str) -> None:
    """It came from a command line or a ROS parameter, which each local user and each node of the domain reads."""
    with pytest.raises(AmrError, match=r"parameter\.invalid") as refused:
        Database(address)
    assert "s3cret" not in refused.value.sentence
    assert "PGPASSWORD" in refused.value.sentence


def test_who_opens_a_file_once_more_takes_no_locks_from_who_has_it(tmp_path: Path) -> None:
    """Another program that closed it then unlinked the write-ahead log: what was written on was in no file.

    The keeper looks at the accounts so each hour, and others of the process read them, beside who writes them.
    """
    where = str(tmp_path / "users.sqlite3")
    users = UserStore(where)
    users.add("lan", PASSWORD, "operator")
    Database(where).close()
    other = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('DELETE FROM tries'); c.commit(); c.close()"
    )
    subprocess.run([sys.executable, "-c", other, where], check=True, timeout=60.0)
    users.add("minh", PASSWORD, "operator")
    read = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT name FROM accounts').fetchall())"
    done = subprocess.run([sys.executable, "-c", read, where], check=True, timeout=60.0, capture_output=True, text=True)
    assert "minh" in done.stdout
    users.close()


def test_tracks_and_the_cameras_past_of_one_file_leave_each_other_their_locks(tmp_path: Path) -> None:
    where = str(tmp_path / "tracks.sqlite3")
    tracks, cameras = open_tracks(where, 10**6, lambda _: None)
    other = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('DELETE FROM plan'); c.close()"
    subprocess.run([sys.executable, "-c", other, where], check=True, timeout=60.0)
    tracks.write(1.0, 2.0, b"here")
    read = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT payload FROM chunk').fetchall())"
    done = subprocess.run([sys.executable, "-c", read, where], check=True, timeout=60.0, capture_output=True, text=True)
    assert "here" in done.stdout
    tracks.close()
    cameras.close()
