"""One fleet owns a journal: the epoch, the standby, the keeper, and who may read its files."""

from __future__ import annotations

import queue
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store import copies, verify
from amr_fleet.store.journal import JournalStore
from tests.store.ledger_rig import change, entries, refused, written


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


def test_a_fleet_keeps_its_name_over_restarts_and_counts_its_processes(where: str, tmp_path: Path) -> None:
    leaders = []
    for _ in range(3):
        store = JournalStore(where, tmp_path)
        assert store.leader.instance == ""
        store.own(site="lab")
        leaders.append(store.leader)
        store.close()
    assert {leader.instance for leader in leaders} == {leaders[0].instance}
    assert leaders[0].instance.startswith("lab-")
    assert [leader.epoch - leaders[0].epoch for leader in leaders] == [0, 1, 2]
    assert leaders[2].follows(leaders[0])
    assert not leaders[0].follows(leaders[2])


def test_two_journals_are_two_fleets(tmp_path: Path) -> None:
    names = set()
    for where in (":memory:", ":memory:", str(tmp_path / "journal.sqlite3")):
        store = JournalStore(where)
        store.own(site="lab")
        names.add(store.leader.instance)
        store.close()
    assert len(names) == 3


def test_a_reader_makes_no_key_and_no_mark(tmp_path: Path) -> None:
    store = JournalStore(str(tmp_path / "journal.sqlite3"))
    assert store.read() == []
    store.close()
    assert not list(tmp_path.glob("*.key"))
    assert not list(tmp_path.glob("*.mark"))


def test_all_files_are_the_owners_only(tmp_path: Path) -> None:
    written(str(tmp_path / "journal.sqlite3"), tmp_path)
    store = JournalStore(str(tmp_path / "journal.sqlite3"))
    (tmp_path / "journal.sqlite3.lock").chmod(0o644)  # as releases before left it
    store.own()
    modes = {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()}
    assert len(modes) >= 5
    assert "journal.sqlite3.lock" in modes, "who may read it can hold it, and no fleet would start"
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


def test_what_is_written_while_the_records_are_looked_at_is_no_damage(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each hour a fleet that works looks at its records; an order that came meanwhile stopped it."""
    store = JournalStore(where, tmp_path)
    store.own(site="lab")
    store.append(entries(3))
    numbers = iter(range(3, 100))

    def meanwhile(module: Any, name: str) -> None:
        done = getattr(module, name)

        def after(*arguments: Any, **more: Any) -> Any:
            store.append(entries(1, next(numbers)))
            found = done(*arguments, **more)
            store.append(entries(1, next(numbers)))
            return found

        monkeypatch.setattr(module, name, after)

    for part in ("_mark_read", "_marked", "_signed", "_leaves", "_check_accounts"):
        meanwhile(verify, part)
    blamed: list[AmrError] = []
    keeper = store.keeper(blamed.append)
    keeper.tick(time.monotonic() + 3601.0)
    assert blamed == []
    assert next(numbers) == 13, "it was written at each step"
    change(where, "UPDATE journal SET robot = 'amr_09' WHERE seq = 2")
    keeper.tick(time.monotonic() + 7203.0)
    assert [error.code for error in blamed] == ["store.damaged"], "and what was changed is found all the same"
    store.close()


def test_a_second_server_with_a_folder_of_its_own_takes_over(where: str, tmp_path: Path) -> None:
    """The host of the first one is lost, and its folder with it: the key was copied when the second was set up."""
    mine, other = tmp_path / "first", tmp_path / "second"
    mine.mkdir()
    other.mkdir()
    written(where, mine, 9)
    for missing in ("evidence.key", "adopt"):
        with pytest.raises(AmrError) as caught:
            copies.fits(where, other)
        assert caught.value.code == "evidence.bad_key", "said while the first one lives"
        assert missing in str(caught.value)
        assert "--new-key" not in str(caught.value), "that is an option of restore alone"
        if missing == "evidence.key":
            with pytest.raises(AmrError, match=r"evidence\.bad_key"):
                copies.adopt(where, other)
            shutil.copy(mine / "evidence.key", other)
    first = JournalStore(where, mine)
    first.own(site="lab")
    copies.adopt(where, other)  # while the first one works
    first.append(entries(5, 12))
    adopted = copies.look(where, other).marked
    copies.adopt(where, other)
    assert copies.look(where, other).marked == adopted, "marks that are there stay"
    copies.fits(where, other)
    first.close()
    shutil.rmtree(mine)
    second = JournalStore(where, other)
    second.own(site="lab")
    second.append(entries(1, 17))
    assert len(second.read()) == 18
    second.close()


def test_what_was_lost_before_the_second_server_took_over_is_found_out(where: str, tmp_path: Path) -> None:
    mine, other = tmp_path / "first", tmp_path / "second"
    mine.mkdir()
    other.mkdir()
    written(where, mine, 9)
    shutil.copy(mine / "evidence.key", other)
    copies.adopt(where, other)
    change(where, "DELETE FROM journal WHERE seq > 10")
    change(where, "DELETE FROM checkpoints")
    assert refused(where, other).code in ("store.gap", "store.damaged")
    (other / next(file.name for file in other.glob("*.journal.mark"))).unlink()
    with pytest.raises(AmrError, match=r"store\.damaged"):
        copies.adopt(where, other)  # what is not whole is adopted by nobody


def test_a_second_server_with_marks_of_an_older_tree_is_told_so_while_the_first_one_works(
    where: str, tmp_path: Path
) -> None:
    """After `amr journal accept` it started, said "whole; marks begun", and refused when it had to take over."""
    mine, other = tmp_path / "first", tmp_path / "second"
    mine.mkdir()
    other.mkdir()
    written(where, mine, 9)
    shutil.copy(mine / "evidence.key", other)
    copies.adopt(where, other)
    change(where, "DELETE FROM journal WHERE seq > 11")
    copies.accept(where, "minh", "power cut", mine)
    for done in (copies.fits, copies.adopt):
        with pytest.raises(AmrError, match=r"evidence\.bad_key.*journal#2.*adopt"):
            done(where, other)
    copies.fits(where, mine)  # the one that was told of it is well
    for file in other.glob("*.mark"):
        file.unlink()
    copies.adopt(where, other)
    copies.fits(where, other)
    shutil.rmtree(mine)
    second = JournalStore(where, other)
    second.own(site="lab")
    second.close()


def test_a_loss_is_not_accepted_without_the_folder_of_its_marks(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL, without --evidence, the old marks stayed, and no fleet started on the new tree."""
    written(where, tmp_path, 9)
    change(where, "UPDATE journal SET robot = 'amr_02' WHERE seq = 3")
    monkeypatch.setattr(copies, "folder_of", lambda _database: None)  # as PostgreSQL has none
    with pytest.raises(AmrError, match=r"evidence\.bad_key.*--evidence"):
        copies.accept(where, "minh", "edited")
    assert copies.look(where, tmp_path).origin == "lab/amr/journal", "nothing was planted"
    copies.accept(where, "minh", "edited", tmp_path)
    assert copies.look(where, tmp_path).faults == []


def test_a_trials_transition_is_signed_within_a_second_and_other_entries_wait(tmp_path: Path) -> None:
    """An authority that stopped a trial had a quarter of an hour in which its word could be written anew."""
    where = str(tmp_path / "journal.sqlite3")
    store = JournalStore(where)
    store.own(site="lab")
    keeper = store.keeper(lambda _: None)
    now = time.monotonic()
    store.append(entries(3))
    keeper.tick(now)
    assert copies.look(where).checkpoints == 0
    store.append([JournalEntry(t=9.0, kind="trial_state", facts={"trial": "T-1", "state": "stopped"})])
    keeper.tick(now + 1.0)
    assert copies.look(where).checkpoints == 1
    keeper.tick(now + 2.0)
    assert copies.look(where).checkpoints == 1
    store.close()


def test_a_signature_that_failed_is_tried_again_a_second_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a backup locked the file an authority's stop waited a quarter of an hour for its signature."""
    where = str(tmp_path / "journal.sqlite3")
    store = JournalStore(where)
    store.own(site="lab")
    blamed: list[AmrError] = []
    keeper = store.keeper(blamed.append)
    now = time.monotonic()
    store.append([JournalEntry(t=9.0, kind="trial_state", facts={"trial": "T-1", "state": "stopped"})])
    with monkeypatch.context() as busy:
        busy.setattr(keeper._ledger, "checkpoint", _locked)
        for second in range(3):
            keeper.tick(now + second)
    assert [error.code for error in blamed] == ["store.failed"], "said once, not every second"
    keeper.tick(now + 3.0)
    assert copies.look(where).checkpoints == 1
    keeper.tick(now + 4.0)
    assert copies.look(where).checkpoints == 1
    store.close()


def _locked() -> None:
    raise AmrError("store.failed", reason="database is locked")


def test_a_fault_in_what_the_keeper_does_ends_none_of_its_work(tmp_path: Path) -> None:
    """It signed no more and looked no more until the next start, and nobody was told."""
    store = JournalStore(str(tmp_path / "journal.sqlite3"))
    store.own(site="lab")
    store.append(entries(3))
    blamed: list[AmrError] = []
    keeper = store.keeper(blamed.append)
    checkpoint = store.ledger.checkpoint
    keeper._due = [(at, period, _broken if do == checkpoint else do) for at, period, do in keeper._due]
    keeper.tick(time.monotonic() + 3601.0)
    assert [error.code for error in blamed] == ["internal"]
    assert "KeyError" in str(blamed[0])
    keeper.close()
    assert copies.look(str(tmp_path / "journal.sqlite3")).checkpoints == 1, "signed at the end"
    store.close()


def _broken() -> None:
    raise KeyError("nobody thought of this")


_FLEET = """
import sys, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from ledger_rig import entries
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
