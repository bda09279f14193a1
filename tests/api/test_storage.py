"""The accounts cannot be read or written for a while: pages stay up, changes are refused before they are made."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.api import users as module
from amr_fleet.api.users import UserStore
from amr_fleet.store.accounts import _BUSY_S
from tests.api.api_support import FAST, PASSWORD, Connect
from tests.api.fake_fleet import FakeFleet

V1 = "/api/v1"
ORDER = {"pick_place": "DOCK-01", "drop_place": "BLK-01"}


def _gone(*_: Any, **__: Any) -> Any:
    raise AmrError("store.failed", reason="database is gone")


def test_who_is_logged_in_still_sees_everything(
    connect: Connect, users: UserStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REMEMBER_S", 0.0)
    monkeypatch.setattr(module, "_SEEN_EVERY", -1.0)

    async def run() -> None:
        async with connect("viewer") as http, connect("") as stranger:
            assert (await http.get(f"{V1}/robots")).status_code == 200
            for name in ("session", "account", "touch"):
                monkeypatch.setattr(users.rows, name, _gone)
            assert (await http.get(f"{V1}/robots")).status_code == 200
            answer = await stranger.get(f"{V1}/robots", headers={"Authorization": "Bearer x"})
            assert (answer.status_code, answer.json()["code"]) == (503, "store.failed"), "nobody comes in meanwhile"

    asyncio.run(run())


def test_another_program_that_locks_the_accounts_holds_up_no_page_and_no_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request waited 5 s in the thread that answers all of them: a stop that came behind two pages took 20 s."""
    monkeypatch.setattr(module, "_SEEN_EVERY", -1.0)
    users = UserStore(tmp_path / "users.sqlite3", hasher=FAST)
    users.add("lan", PASSWORD, "operator")
    token = users.open_session("lan", "password", "c")
    users.rows.check()  # as whoever serves them begins
    with closing(sqlite3.connect(tmp_path / "users.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        for _ in range(20):
            assert users.session(token) is not None
        assert time.monotonic() - began < 2.5
        with pytest.raises(AmrError, match=r"store\.failed"):
            users.rows.check_writing()
        assert time.monotonic() - began < 4.0
        other.execute("ROLLBACK")
    assert users.session(token) is not None
    users.close()


def test_a_stop_goes_out_while_another_program_locks_the_accounts(
    connect: Connect, users: UserStore, fleet: FakeFleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SEEN_EVERY", -1.0)
    users.rows._database.hurry(_BUSY_S)  # as `check` leaves it, which this copy without its mark does not pass

    async def run() -> None:
        async with connect("operator") as http:
            assert (await http.get(f"{V1}/robots")).status_code == 200
            with closing(sqlite3.connect(tmp_path / "users.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                began = time.monotonic()
                pages = [asyncio.create_task(http.get(f"{V1}/robots")) for _ in range(5)]
                answer = await http.post(f"{V1}/robots/pause")
                took = time.monotonic() - began
                other.execute("ROLLBACK")
                assert answer.status_code in (200, 202), answer.text
                assert {page.status_code for page in await asyncio.gather(*pages)} == {200}
            assert took < 3.0, "each request waited 5 s"

    asyncio.run(run())


def test_what_could_not_be_touched_is_touched_a_little_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, tried = [100.0], list[float]()
    monkeypatch.setattr(module, "_SEEN_EVERY", -1.0)
    users = UserStore(tmp_path / "users.sqlite3", hasher=FAST)
    users.add("lan", PASSWORD, "operator")
    token = users.open_session("lan", "password", "c")
    changing = users.rows._changing

    def change() -> Any:
        tried.append(now[0])
        return _gone() if len(tried) == 1 else changing()

    monkeypatch.setattr(users.rows, "_changing", change)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for now[0] in (100.0, 101.0, 104.9, 105.1, 106.0):
        assert users.session(token) is not None
    assert tried == [100.0, 105.1, 106.0]
    users.close()


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "stop-1"}])
@pytest.mark.parametrize("path", ["/robots/pause", "/robots/amr_01/pause"])
def test_a_stop_waits_for_no_disk(
    path: str,
    key: dict[str, str],
    connect: Connect,
    users: UserStore,
    fleet: FakeFleet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            monkeypatch.setattr(users.rows, "add_audit", _gone)
            monkeypatch.setattr(users.rows, "check_writing", _gone)
            monkeypatch.setattr(users.answers, "begin", _gone)
            for _ in range(2):
                assert (await http.post(f"{V1}{path}", headers=key)).status_code == 200
            assert fleet.held_by
            refused = await http.post(f"{V1}{path.replace('pause', 'resume')}")
            assert (refused.status_code, refused.json()["code"]) == (503, "store.failed")
            assert fleet.held_by, "nobody is let go on by what cannot be written down"

    asyncio.run(run())


def test_a_stop_with_a_used_key_stops_again(connect: Connect, fleet: FakeFleet) -> None:
    """A client with a fixed key heard "done", of a stop that somebody had lifted since."""
    key = {"Idempotency-Key": "stop-1"}

    async def run() -> None:
        async with connect("operator") as http:
            for _ in range(2):
                assert (await http.post(f"{V1}/robots/pause", headers=key)).status_code == 200
                assert fleet.paused
                assert (await http.post(f"{V1}/robots/resume")).status_code == 200

    asyncio.run(run())


def test_a_change_that_could_not_be_written_down_is_refused_before_it_is_made(
    connect: Connect, users: UserStore, fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            with monkeypatch.context() as trouble:
                trouble.setattr(users.rows, "add_audit", _gone)
                trouble.setattr(users.rows, "check_writing", _gone)
                assert (await http.post(f"{V1}/orders", json=ORDER)).status_code == 503
                made = len(fleet.requests)
                for _ in range(3):
                    answer = await http.post(f"{V1}/orders", json=ORDER)
                    assert (answer.status_code, answer.json()["code"]) == (503, "store.failed")
                assert len(fleet.requests) == made, "refused, not made and hidden"
                assert (await http.get(f"{V1}/orders")).status_code == 200
            assert (await http.post(f"{V1}/orders", json=ORDER)).status_code in (200, 201), "by itself afterwards"

    asyncio.run(run())
