"""Rows that were edited, dropped, added or lost are found out, named, and never gone on over in silence."""

from __future__ import annotations

import base64
import queue
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from amr_core.errors import AmrError
from amr_core.merkle import consistency_proof, inclusion_proof, is_consistent, root_by_inclusion
from amr_fleet.api.users import UserStore
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store import copies
from amr_fleet.store.database import Database
from amr_fleet.store.journal import JournalStore

PASSWORD = "correct-horse-battery"


def entries(count: int, first: int = 0) -> list[JournalEntry]:
    return [JournalEntry(t=0.1 * i, kind="order_created", order_id=f"T{i}", facts={"n": i, "place": "Cửa D1"})
            for i in range(first, first + count)]  # fmt: skip


def written(where: str, folder: Path, count: int = 30) -> None:
    store = JournalStore(where, folder)
    store.own(site="lab")
    for i in range(0, count, 3):
        store.append(entries(3, i))
    store.ledger.checkpoint()
    store.append(entries(3, count))
    store.close()


def change(where: str, statement: str) -> None:
    database = Database(where)
    with database.begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0
    database.close()


def refused(where: str, folder: Path) -> AmrError:
    store = JournalStore(where, folder)
    with pytest.raises(AmrError) as error:
        store.own(patience=0.2)
    store.close()
    return error.value


def test_a_journal_that_nobody_touched_is_whole(where: str, tmp_path: Path) -> None:
    written(where, tmp_path)
    found = copies.look(where, tmp_path)
    assert (found.faults, found.size, found.marked, found.origin) == ([], 33, 33, "lab/amr/journal")
    assert found.checkpoints == 1
    store = JournalStore(where, tmp_path)
    store.own()
    assert len(store.read()) == 33
    store.close()


@pytest.mark.parametrize(
    ("statement", "where_said"),
    [
        ("""UPDATE journal SET payload = '{"n": 7}' WHERE seq = 12""", "journal 12"),
        ("UPDATE journal SET t = t + 0.001 WHERE seq = 1", "journal 1"),
        ("UPDATE journal SET order_id = 'T0' WHERE seq = 9", "journal 9"),
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
from test_ledger import entries
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
    assert set(codes) <= {"store.failed", "store.damaged"}


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
    users = UserStore(where, evidence=tmp_path)
    with pytest.raises(AmrError, match=r"store\.damaged"):
        users.rows.check()
    users.close()


def test_the_epoch_fences_who_was_taken_over(where: str, tmp_path: Path) -> None:
    first = JournalStore(where, tmp_path)
    first.own()
    first.append(entries(1))
    for lock in tmp_path.rglob("*.lock"):
        lock.unlink()  # what fenced fleets until now
    second = JournalStore(where, tmp_path)
    if where.startswith("postgresql"):
        second.ledger.take_over()  # as after the loss of the first one's session
    else:
        second.own(patience=0.2)
    second.append(entries(1, 1))
    with pytest.raises(AmrError, match=r"store\.fenced"):
        first.append(entries(1, 2))
    with pytest.raises(AmrError, match=r"store\.fenced"):
        first.alive()
    assert [e.order_id for e in second.read()] == ["T0", "T1"]
    first.close()
    second.close()


def test_a_backup_of_a_running_fleet_comes_back_whole_on_either_database(where: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    store = JournalStore(where, state)
    store.own(site="lab")
    store.append(entries(40))
    out = tmp_path / "backup.sqlite3"
    found = copies.backup(where, out, state)
    store.append(entries(5, 40))
    assert (found.size, out.stat().st_mode & 0o777) == (40, 0o600)
    assert "lab/amr/journal\n40\n" in (tmp_path / "backup.sqlite3.note").read_text()
    store.close()
    with pytest.raises(AmrError, match=r"store\.not_empty"):
        copies.backup(where, out, state)
    with pytest.raises(AmrError, match=r"store\.not_empty"):
        copies.restore(out, where, "lan", state)
    again = str(tmp_path / "new" / "journal.sqlite3")
    copies.restore(out, again, "lan")
    store = JournalStore(again)
    store.own()
    assert store.read()[:40] == entries(40)
    (last,) = store.read()[40:]
    assert (last.kind, last.facts["by"], last.facts["size"]) == ("journal_restored", "lan", 40)
    store.append(entries(1, 41))
    store.close()
    assert copies.look(again).faults == []


def test_a_damaged_backup_is_refused(tmp_path: Path) -> None:
    where = str(tmp_path / "state" / "journal.sqlite3")
    written(where, tmp_path / "state")
    out = tmp_path / "backup.sqlite3"
    copies.backup(where, out)
    change(str(out), "UPDATE journal SET robot = 'amr_02' WHERE seq = 3")
    with pytest.raises(AmrError, match=r"store\.damaged.*journal 3"):
        copies.restore(out, str(tmp_path / "new.sqlite3"), "lan")
    with pytest.raises(AmrError, match=r"store\.failed"):
        copies.restore(tmp_path / "none.sqlite3", str(tmp_path / "new.sqlite3"), "lan")


def test_an_engineer_may_go_on_after_a_loss_and_the_loss_stays_written(where: str, tmp_path: Path) -> None:
    written(where, tmp_path)
    change(where, "DELETE FROM journal WHERE seq > 31")
    error = refused(where, tmp_path)
    assert (error.code, error.facts["lost"]) == ("store.gap", 2)
    found = copies.accept(where, "minh", "power cut on 26 November", tmp_path)
    assert found.lost == 2
    store = JournalStore(where, tmp_path)
    store.own()
    *kept, last = store.read()
    assert kept == entries(31)
    assert (last.kind, last.facts["by"], last.facts["lost"]) == ("journal_accepted", "minh", 2)
    assert "lab/amr/journal\n30\n" in str(last.facts["last_checkpoint"])
    store.append(entries(1, 50))
    store.close()
    found = copies.look(where, tmp_path)
    assert (found.faults, found.origin) == ([], "lab/amr/journal#2")


def test_proofs_over_the_stored_leaves(where: str, tmp_path: Path) -> None:
    written(where, tmp_path)
    database = Database(where)
    with database.begin() as connection:
        leaves = [row[0] for row in connection.execute(text("SELECT digest FROM journal ORDER BY leaf"))]
    database.close()
    found = copies.look(where, tmp_path)
    assert root_by_inclusion(17, 33, leaves[17], inclusion_proof(17, leaves)) == found.root
    from amr_core.merkle import root_of

    assert is_consistent(30, root_of(leaves[:30]), 33, found.root, consistency_proof(30, leaves))


def test_a_reader_makes_no_key_and_no_mark(tmp_path: Path) -> None:
    store = JournalStore(str(tmp_path / "journal.sqlite3"))
    assert store.read() == []
    store.close()
    assert not list(tmp_path.glob("*.key"))
    assert not list(tmp_path.glob("*.mark"))


def test_all_files_are_the_owners_only(tmp_path: Path) -> None:
    written(str(tmp_path / "journal.sqlite3"), tmp_path)
    store = JournalStore(str(tmp_path / "journal.sqlite3"))
    store.own()
    modes = {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir() if path.suffix != ".lock"}
    assert len(modes) >= 4
    assert set(modes.values()) == {0}
    store.close()


def test_the_keeper_empties_the_write_ahead_log_signs_and_finds_damage(tmp_path: Path) -> None:
    where = str(tmp_path / "journal.sqlite3")
    store = JournalStore(where)
    store.own(site="lab")
    blamed: list[AmrError] = []
    keeper = store.keeper(blamed.append)
    store.append(entries(20))
    keeper.tick(time.monotonic() + 11.0)
    copy = tmp_path / "copy.sqlite3"
    shutil.copyfile(where, copy)  # the main file alone
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM journal").fetchone() == (20,)
    connection.close()
    keeper.tick(time.monotonic() + 901.0)
    assert copies.look(where).checkpoints == 1
    assert blamed == []
    change(where, "UPDATE journal SET robot = 'amr_09' WHERE seq = 7")
    keeper.tick(time.monotonic() + 3601.0)
    assert [error.code for error in blamed] == ["store.damaged"]
    keeper.close()
    store.close()


_FLEET = """
import sys, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_ledger import entries
from amr_core.errors import AmrError
from amr_fleet.store.journal import JournalStore
store = JournalStore({where!r}, Path({folder!r}))
store.own(float("inf"), site="lab")
print("owns", flush=True)
number = len(store.read())
while True:
    store.alive()
    store.append(entries(1, number))
    number += 1
    time.sleep(0.02)
"""


def test_a_standby_takes_over_within_10_s_of_a_kill_and_no_entry_is_written_twice(where: str, tmp_path: Path) -> None:
    script = _FLEET.format(tests=str(Path(__file__).parent), where=where, folder=str(tmp_path / "state"))
    JournalStore(where).close()  # the tables
    with ExitStack() as stack:
        fleets = [
            stack.enter_context(
                subprocess.Popen([sys.executable, "-c", script, name], stdout=subprocess.PIPE, text=True)
            )
            for name in ("first", "second")
        ]
        for fleet in fleets:
            stack.callback(fleet.kill)
        heard: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        for number, fleet in enumerate(fleets):
            threading.Thread(target=lambda n, f: heard.put((n, f.stdout.readline())), args=(number, fleet)).start()
        owner, said = heard.get(timeout=30.0)
        assert said == "owns\n"
        time.sleep(0.3)
        assert heard.empty()
        fleets[owner].kill()
        killed = time.monotonic()
        assert heard.get(timeout=15.0) == (1 - owner, "owns\n")
        assert time.monotonic() - killed < 10.0
        store = JournalStore(where, tmp_path / "state")
        before = len(store.read())
        while len(store.read()) < before + 5:
            time.sleep(0.02)
        fleets[1 - owner].kill()
        fleets[1 - owner].wait()
        ids = [entry.order_id for entry in store.read()]
        assert ids == [f"T{i}" for i in range(len(ids))]
        store.close()


def test_openssl_accepts_what_the_key_signed(tmp_path: Path) -> None:
    where = str(tmp_path / "journal.sqlite3")
    written(where, tmp_path)
    note, line = copies.sign(where)
    text_part, _, signed = note.partition("\n\n")
    name, key_id, packed = line.split("+", 2)
    assert signed.startswith(f"— {name} ")
    raw = base64.b64decode(signed.split()[2])
    assert raw[:4].hex() == key_id
    der = bytes.fromhex("302a300506032b6570032100") + base64.b64decode(packed)[1:]
    (tmp_path / "pub.der").write_bytes(der)
    (tmp_path / "signature").write_bytes(raw[4:])
    for content, code in ((f"{text_part}\n", 0), (f"{text_part} \n", 1)):
        (tmp_path / "text").write_text(content)
        done = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "pub.der", "-keyform", "DER", "-rawin",
             "-in", "text", "-sigfile", "signature"], cwd=tmp_path, capture_output=True,
        )  # fmt: skip
        assert done.returncode == code, done
