"""Rows that were edited, dropped, added or lost are found out, named, and never gone on over in silence."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_core.merkle import leaf_hash
from amr_fleet.api.users import UserStore
from amr_fleet.store import copies
from amr_fleet.store.database import Database
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.leaves import journal_content
from tests.store.ledger_rig import change, entries, refused, written

PASSWORD = "correct-horse-battery"


def test_a_journal_that_nobody_touched_is_whole(where: str, tmp_path: Path) -> None:
    written(where, tmp_path)
    found = copies.look(where, tmp_path)
    assert (found.faults, found.size, found.marked, found.origin) == ([], 33, 33, "lab/amr/journal")
    assert found.checkpoints == 1
    store = JournalStore(where, tmp_path)
    assert store.own_and_read() == store.read() == entries(33)
    assert store.leader.epoch == 2
    store.close()


@pytest.mark.parametrize(
    ("statement", "where_said"),
    [
        ("""UPDATE journal SET payload = '{"n": 7}' WHERE seq = 12""", "journal 12"),
        ("UPDATE journal SET t = t + 0.001 WHERE seq = 1", "journal 1"),
        ("UPDATE journal SET order_id = 'T0' WHERE seq = 9", "journal 9"),
        ("UPDATE journal SET digest = NULL WHERE seq = 3", "journal 3"),
        ("DELETE FROM journal WHERE seq = 20", "tree"),
        ("DELETE FROM journal WHERE seq > 30", "tree"),
        ("INSERT INTO journal (seq, t, kind, order_id, robot, payload) VALUES (99, 1.0, 'order_done', '', '', '{}')",
         "journal 99"),
        ("UPDATE tree SET size = 32", "tree"),
        ("UPDATE checkpoints SET note = replace(note, '30', '29')", "checkpoint 30"),
        ("UPDATE tree SET origin = 'other/amr/journal'", "mark"),
    ],
)  # fmt: skip
def test_whoever_changes_a_row_is_found_out(where: str, tmp_path: Path, statement: str, where_said: str) -> None:
    written(where, tmp_path)
    change(where, statement)
    assert where_said in {fault.where for fault in copies.look(where, tmp_path).faults}
    assert refused(where, tmp_path).code in ("store.damaged", "store.gap")


def test_an_edit_with_its_hash_made_to_fit_is_found_by_what_was_signed(where: str, tmp_path: Path) -> None:
    from amr_fleet.store.leaves import journal_leaf

    written(where, tmp_path)
    database = Database(where)
    with database.begin() as connection:
        row = dict(connection.execute(text("SELECT * FROM journal WHERE seq = 12")).mappings().one())
        row["payload"] = '{"n": 7}'
        fit = {"payload": row["payload"], "digest": journal_leaf(row)}
        connection.execute(text("UPDATE journal SET payload = :payload, digest = :digest WHERE seq = 12"), fit)
    database.close()
    assert {fault.where for fault in copies.look(where, tmp_path).faults} >= {"mark", "checkpoint 30"}
    refused(where, tmp_path)


def test_a_hash_of_another_type_is_found_out(tmp_path: Path) -> None:
    """SQLite lets each row have types of its own."""
    where = str(tmp_path / "journal.sqlite3")
    written(where, tmp_path)
    for value, row in (("'text'", 3), ("17", 4), ("x'00'", 33)):
        change(where, f"UPDATE journal SET digest = {value} WHERE seq = {row}")
    change(where, "UPDATE journal SET payload = x'7b7d', digest = x'' WHERE seq = 7")
    blamed = {fault.where for fault in copies.look(where, tmp_path).faults}
    assert blamed >= {"journal 3", "journal 4", "journal 7", "journal 33", "checkpoint 30", "mark"}
    assert refused(where, tmp_path).code == "store.damaged"


@pytest.mark.parametrize("payload", ["x'7b7d'", "'nonsense'", "'[1]'"])
def test_an_entry_that_is_none_is_found_out_whatever_its_hash_is(tmp_path: Path, payload: str) -> None:
    where = str(tmp_path / "journal.sqlite3")
    written(where, tmp_path)
    change(where, f"UPDATE journal SET payload = {payload} WHERE seq = 5")
    database = Database(where)
    with database.begin() as connection:
        row = connection.execute(text("SELECT seq, t, kind, order_id, robot, payload FROM journal WHERE seq = 5")).one()
        digest = b"" if isinstance(row.payload, bytes) else leaf_hash(journal_content(*row))
        connection.execute(text("UPDATE journal SET digest = :digest WHERE seq = 5"), {"digest": digest})
    database.close()
    assert refused(where, tmp_path).code == "store.damaged"


def test_swapped_rows_are_found_out(where: str, tmp_path: Path) -> None:
    written(where, tmp_path)
    database = Database(where)
    with database.begin() as connection:
        for old, new in ((4, 500), (5, 4), (500, 5)):
            connection.execute(text(f"UPDATE journal SET seq = {new} WHERE seq = {old}"))
    database.close()
    assert {fault.where for fault in copies.look(where, tmp_path).faults} >= {"journal 4", "journal 5"}


@pytest.mark.parametrize("name", ["mark", "key"])
def test_a_mark_or_key_that_is_gone_is_no_reason_to_believe(tmp_path: Path, name: str) -> None:
    where = str(tmp_path / "journal.sqlite3")
    written(where, tmp_path)
    (path,) = tmp_path.glob(f"*.{name}")
    path.unlink()
    assert refused(where, tmp_path).code == "store.damaged"


def test_a_torn_mark_leaves_the_one_before_it(tmp_path: Path) -> None:
    where = str(tmp_path / "journal.sqlite3")
    written(where, tmp_path)
    (path,) = tmp_path.glob("*.mark")
    whole = path.read_bytes()
    for at in (0, 1024):
        path.write_bytes(whole[:at] + b"\xff" * 100 + whole[at + 100 :])
        assert copies.look(where, tmp_path).faults == []
    path.write_bytes(b"\xff" * 2048)
    assert "mark" in {fault.where for fault in copies.look(where, tmp_path).faults}


_KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from ledger_rig import entries
from amr_fleet.store.journal import JournalStore
store = JournalStore({where!r}, Path({folder!r}))
store.own(site="lab")
for i in range(60):
    store.append(entries(1, i))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """Return the folder of a fleet that answered 60 orders and was killed: all is in the write-ahead log."""
    where = str(tmp_path / "state" / "journal.sqlite3")
    script = _KILLED.format(tests=str(Path(__file__).parent), where=where, folder=str(tmp_path / "state"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return tmp_path / "state"


def test_a_kill_alone_loses_nothing(killed: Path) -> None:
    store = JournalStore(str(killed / "journal.sqlite3"), killed)
    store.own()
    assert len(store.read()) == 60
    store.close()


def test_a_damaged_write_ahead_log_never_loses_entries_in_silence(killed: Path, tmp_path: Path) -> None:
    def flip(wal: Path, chance: random.Random) -> None:
        content = bytearray(wal.read_bytes())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        wal.write_bytes(bytes(content))

    def cut(wal: Path, chance: random.Random) -> None:
        wal.write_bytes(wal.read_bytes()[: chance.randrange(wal.stat().st_size)])

    harms: list[Callable[[Path, random.Random], None]] = [flip, cut, lambda wal, _: wal.unlink()]
    codes: list[str] = []
    for number in range(60):
        folder = tmp_path / f"copy{number}"
        shutil.copytree(killed, folder)
        harms[number % 3](folder / "journal.sqlite3-wal", random.Random(number))
        store = None
        try:
            store = JournalStore(str(folder / "journal.sqlite3"), folder)
            store.own(patience=0.1)
        except AmrError as error:
            codes.append(error.code)
        else:
            assert len(store.read()) == 60, number
        finally:
            if store is not None:
                store.close()
        shutil.rmtree(folder)
    assert len(codes) > 20
    assert set(codes) <= {"store.gap", "store.damaged", "store.failed"}


def test_two_hundred_flipped_bits_of_the_main_file_change_no_entry_unseen(tmp_path: Path) -> None:
    where = tmp_path / "journal.sqlite3"
    written(str(where), tmp_path)
    with sqlite3.connect(where) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    good, whole = where.read_bytes(), JournalStore(str(where)).read()
    chance = random.Random(1)
    codes: list[str] = []
    for _ in range(200):
        content = bytearray(good)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        where.write_bytes(bytes(content))
        try:
            if not copies.look(str(where), tmp_path).faults:
                assert JournalStore(str(where)).read() == whole  # it met free space
        except AmrError as error:
            codes.append(error.code)
    assert set(codes) <= {"store.damaged"}


def not_text(where: Path) -> None:
    with closing(sqlite3.connect(where)) as connection:
        connection.execute("UPDATE journal SET payload = CAST(x'7b226e223a22ff227d' AS TEXT) WHERE seq = 7")
        connection.commit()


def broken_page(where: Path) -> None:
    with closing(sqlite3.connect(where)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'journal'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with where.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 64)


def no_header(where: Path) -> None:
    with where.open("r+b") as file:
        file.write(b"\0" * 16)


def broken_schema(where: Path) -> None:
    where.write_bytes(where.read_bytes().replace(b"CREATE TABLE journal", b"CREATF TABLE journal"))


@pytest.mark.parametrize("damage", [not_text, broken_page, no_header, broken_schema])
def test_a_file_that_the_database_cannot_read_is_damaged_and_no_trouble_that_passes(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """It was store.failed, as for a full disk: one line in a log each hour, and no word of what can be done."""
    where = tmp_path / "journal.sqlite3"
    store = JournalStore(str(where))
    store.own(site="lab")
    for number in range(90):
        store.append(entries(3, 3 * number))
    with closing(sqlite3.connect(where)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    blamed: list[AmrError] = []
    keeper = store.keeper(blamed.append)
    damage(where)
    keeper.tick(time.monotonic() + 3601.0)
    keeper.close()
    store.close()
    if damage in (not_text, broken_page):  # what a process has read of a file's head it does not read again
        assert "store.damaged" in {error.code for error in blamed}
    for _ in range(2):
        with pytest.raises(AmrError) as error:
            JournalStore(str(where)).own_and_read(patience=0.2)
        assert error.value.code == "store.damaged"
    if damage in (no_header, broken_schema):
        assert "journal.sqlite3" in str(error.value.facts["first"]), "a fleet opens several files when it starts"
    told = CliRunner().invoke(app, ["journal", "verify", str(tmp_path)])
    assert told.exit_code == 1
    assert "NOT WHOLE, 1 faults" in told.output
    assert "amr journal restore" in told.output
    assert "amr journal accept" not in told.output, "it would only say that the file cannot be read"


def test_accounts_and_the_trail_are_leaves_too(where: str, tmp_path: Path) -> None:
    users = UserStore(where, evidence=tmp_path)
    users.add("lan", PASSWORD, "operator")
    users.add("minh", PASSWORD, "admin")
    users.add("huy", PASSWORD, "viewer")
    users.remove("huy")
    rows = [users.audit_row(name="lan", role="operator", client="c", action=f"a{i}", what="{}", result="ok")
            for i in range(9)]  # fmt: skip
    users.rows.add_audit(rows)
    users.rows.check()
    users.close()
    for number, (statement, blamed) in enumerate([
        ("UPDATE accounts SET name = 'ho' WHERE name = 'lan'", "account lan"),
        ("UPDATE accounts SET name = 'lan' WHERE name = 'ho'", ""),
        ("UPDATE accounts SET role = 'admin' WHERE name = 'lan'", "account lan"),
        ("UPDATE accounts SET role = 'operator' WHERE name = 'lan'", ""),
        ("UPDATE audit SET action = 'other' WHERE id = 4", "audit 4"),
        ("UPDATE audit SET action = 'a3' WHERE id = 4", ""),
        ("DELETE FROM audit WHERE id = 5", "tree"),
    ]):  # fmt: skip
        change(where, statement)
        faults = copies.look(where, tmp_path).faults
        assert (blamed in {fault.where for fault in faults}) if blamed else not faults, number
    change(where, "UPDATE accounts SET role = 'admin' WHERE name = 'lan'")
    told = {fault.where for fault in copies.look(where, tmp_path).faults}
    assert {"tree", "account lan"} <= told, "what somebody accepts must not lack an account"
    users = UserStore(where, evidence=tmp_path)
    with pytest.raises(AmrError, match=r"store\.damaged"):
        users.rows.check()
    users.close()
