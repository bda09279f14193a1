"""The session of PostgreSQL that holds the lock is ended, and nothing else: by its server, or by somebody at it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from amr_core.errors import AmrError
from amr_fleet.store.database import Database
from amr_fleet.store.journal import JournalStore
from tests.store.conftest import Server
from tests.store.storage_rig import Rig
from tests.waiting import until


def end_lock_session(where: str) -> int:
    """End the session that holds the lock, as an administrator of the server would; return how many were ended."""
    database = Database(where)
    query = (
        "SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()"
    )
    try:
        with database.begin() as connection:
            return int(connection.execute(text(query)).scalar_one())
    finally:
        database.close()


@pytest.fixture
def rig(postgresql: Server, tmp_path: Path) -> Rig:
    made = Rig(postgresql.database(), tmp_path / "one")
    first = made.order("before")
    assert made.run(first.done)
    return made


def where(rig: Rig) -> str:
    return rig.store._where


def test_who_lost_it_to_a_standby_sends_nothing_more_though_the_database_answers(rig: Rig, tmp_path: Path) -> None:
    standby = JournalStore(where(rig), tmp_path / "one")
    with ThreadPoolExecutor(1) as waits:
        seat = waits.submit(standby.own, 20.0, site="lab")
        time.sleep(0.3)
        assert not seat.done()
        assert end_lock_session(where(rig)) == 1
        seat.result(10.0)
    sent, caught = len(rig.sent), rig.order("caught")
    with pytest.raises(AmrError) as refused:
        rig.store.alive()  # before each beat
    assert refused.value.code in ("store.failed", "store.fenced")
    with pytest.raises(AmrError, match=r"store\.fenced"):
        rig.run(lambda: False, 10.0)
    assert len(rig.sent) == sent
    assert not caught.done() or caught.exception() is not None
    assert "caught" not in [e.facts.get("reference") for e in standby.read()]
    with pytest.raises(AmrError, match=r"store\.fenced"):
        rig.store.append(standby.read()[:1])
    standby.close()
    rig.store.close()


def test_not_one_grant_leaves_it_from_then_on_also_before_its_next_beat(rig: Rig, tmp_path: Path) -> None:
    """The fault: grants are no entries, and only the beat of once a second asked whether it still led."""
    assert rig.run(lambda: any(command.robot for command in rig.sent))
    grants = len(rig.sent)
    assert rig.run(lambda: len(rig.sent) > grants + 5), "its robot drives"
    standby = JournalStore(where(rig), tmp_path / "one")
    with ThreadPoolExecutor(1) as waits:
        seat = waits.submit(standby.own, 20.0, site="lab")
        assert end_lock_session(where(rig)) == 1
        seat.result(10.0)
    sent, fenced = len(rig.sent), False
    for _ in range(100):
        try:
            rig.step()
        except AmrError as error:
            fenced = error.code == "store.fenced"
            break
    assert (len(rig.sent), fenced) == (sent, True)
    standby.close()
    rig.store.close()


def test_where_nobody_waits_it_takes_the_lock_again_and_goes_on(rig: Rig, tmp_path: Path) -> None:
    assert end_lock_session(where(rig)) == 1
    after = rig.order("after")

    def stepped() -> bool:
        rig.step()
        return after.done() and not rig.trouble

    assert until(stepped)
    if after.exception() is not None:
        assert rig.run((again := rig.order("again")).done)
        assert again.exception() is None
    rig.store.alive()
    other = JournalStore(where(rig), tmp_path / "one")
    with pytest.raises(AmrError, match=r"store\.in_use"):
        other.own(0.5, site="lab")
    other.close()
    rig.store.close()
