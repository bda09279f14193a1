"""Log servers over the API: how each does, a test, who may."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI

from amr_fleet.ops import Ops
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import OutgoingStore
from amr_fleet.syslog.desk import Syslog
from amr_fleet.syslog.feeds import ALL_KINDS, JournalFeed
from amr_fleet.syslog.settings import SyslogSettings
from tests.api.api_support import Connect
from tests.api.small_site import small_site
from tests.syslog_server import log_server
from tests.waiting import until

ROUTE = "/api/v1/syslog"


def with_desk(app: FastAPI, folder: Path, port: int) -> Syslog:
    one = {"name": "port", "host": "127.0.0.1", "port": port, "transport": "tcp", "plain": True, "send": ["journal"]}
    settings = SyslogSettings.model_validate({"receivers": [one], "loopback": True})
    feed = JournalFeed(JournalStore(str(folder / "journal.sqlite3")), ALL_KINDS)
    store = OutgoingStore(str(folder / "syslog.sqlite3"))
    desk = Syslog(settings, {"journal": feed}, store, log=lambda _said: None)
    ops = Ops(site=small_site(4), read_journal=list, syslog=desk)
    app.state.context = replace(app.state.context, ops=ops, answer_seconds=30.0)
    return desk


def test_how_it_does_and_a_test(app: FastAPI, connect: Connect, tmp_path: Path) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            assert (await http.get(ROUTE)).json() == {"receivers": []}
            assert (await http.post(f"{ROUTE}/port/test")).json()["code"] == "syslog.not_found"
            with log_server() as there:
                desk = with_desk(app, tmp_path, there.port)
                (shown,) = (await http.get(ROUTE)).json()["receivers"]
                assert shown == {
                    "name": "port", "host": "127.0.0.1", "transport": "tcp", "connected": False, "sent": 0,
                    "repeated": 0, "lost": 0, "behind": 0, "reason": "",
                }  # fmt: skip
                assert (await http.post(f"{ROUTE}/other/test")).json()["code"] == "syslog.not_found"
                assert (await http.post(f"{ROUTE}/port/test")).status_code == 200
                assert until(lambda: len(there.came) == 1)
                assert there.came[0].kind == "test"
            away = await http.post(f"{ROUTE}/port/test")
            assert (away.status_code, away.json()["code"]) == (502, "syslog.failed")
            codes = [(await http.post(f"{ROUTE}/port/test")).json()["code"] for _ in range(6)]
            assert codes[-1] == "request.too_many"
            desk.close()

    asyncio.run(run())


def test_an_operator_may_not(app: FastAPI, connect: Connect, tmp_path: Path) -> None:
    async def run() -> None:
        with_desk(app, tmp_path, 9)
        async with connect("operator") as http:
            assert (await http.get(ROUTE)).status_code == 403
            assert (await http.post(f"{ROUTE}/port/test")).status_code == 403

    asyncio.run(run())
