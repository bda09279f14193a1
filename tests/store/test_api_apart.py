"""The API in a process of its own, with journal and accounts in PostgreSQL, over an outage of the server."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api_process.calls import calls_of
from amr_fleet.api_process.keeper import ApiKeeper
from amr_fleet.api_process.setup import ApiSetup
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.evidence.signed_pdf import check_pdf
from amr_fleet.rehearsal import units_of
from amr_fleet.replay.incident_check import check_incident
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from tests.store.conftest import Server
from tests.waiting import until

SITE = load_site("lab")


class Fleet:
    """An engine that steps ten times a second, on PostgreSQL as the API in its own process."""

    def __init__(self, where: str, folder: Path) -> None:
        self.store = JournalStore(where, folder / "evidence")
        self.store.own(site="lab")
        self.said: list[str] = []
        engine = FleetEngine(build_roadmap(SITE), units_of(SITE, 2), journal=self.store.read())
        self.service = FleetService(engine, self.store, lambda _command: None)
        setup = ApiSetup(
            site=SITE, site_name="lab", fleet=FleetSettings(), database=where, users=where, login="run",
            first_password=folder / "first", evidence=str(folder / "evidence"), tracks=str(folder / "tracks.sqlite3"),
        )  # fmt: skip
        self.keeper = ApiKeeper(setup, self.service, port=0, say=self.said.append, calls=calls_of(self.store.tree))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._step)
        self._thread.start()
        login = self.keeper.start()
        self._http = httpx.Client(base_url=f"{self.keeper.url}/api/v1", timeout=30.0)
        assert until(lambda: self._http.post("login", json=login).status_code == 200)

    def _step(self) -> None:
        began = time.monotonic()
        while not self._over.wait(0.1):
            self.service.advance(time.monotonic() - began)

    def ask(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        """Return status and answer; 0 = nobody answered."""
        try:
            answer = self._http.request(method, path, json=body or None)
        except httpx.HTTPError:
            return 0, {}
        return answer.status_code, answer.json()

    def order(self, reference: str) -> int:
        return self.ask("POST", "orders", pick_place="D1", drop_place="A1", reference=reference)[0]

    def incident(self) -> bytes:
        """Return the file of the first hour."""
        return self._http.get("replay/incident.zip", params={"begin": 0.0, "end": 3600.0}).content

    def report(self) -> bytes:
        """Return the PDF of the running shift."""
        return self._http.get("report.pdf").content

    @property
    def key(self) -> str:
        """The public key of this fleet's records."""
        assert self.store.ledger.key is not None
        return self.store.ledger.key.public.line()

    def close(self) -> None:
        self._http.close()
        self.keeper.close()
        self._over.set()
        self._thread.join()
        self.store.close()


@pytest.fixture
def fleet(own_postgresql: Server, tmp_path: Path) -> Iterator[Fleet]:
    one = Fleet(own_postgresql.database(), tmp_path)
    yield one
    one.close()


@pytest.mark.timeout(400)  # two starts of the API and two of the server on a full machine
def test_it_reads_and_writes_there_outlives_an_outage_and_comes_back_after_a_kill(
    fleet: Fleet, own_postgresql: Server
) -> None:
    assert fleet.order("before") == 201
    assert fleet.ask("GET", "shifts")[1]["shifts"], "the API reads the journal itself"
    checks = check_incident(fleet.incident(), fleet.key)
    assert [check.says for check in checks if not check.holds] == []
    assert any("Điểm kiểm tra" in check.says for check in checks), "signed by the engine's process, over the link"

    assert [check.says for check in check_pdf(fleet.report(), fleet.key) if not check.holds] == []

    first = fleet.keeper.pid
    own_postgresql.stop()
    status, said = fleet.ask("POST", "orders", pick_place="D1", drop_place="A1", reference="meanwhile")
    assert (status, said["code"]) == (503, "store.failed")
    own_postgresql.start()
    assert until(lambda: fleet.order("after") in (200, 201))
    assert fleet.keeper.pid == first, "the process outlived it"

    os.kill(first, signal.SIGKILL)
    assert until(lambda: fleet.keeper.pid not in (0, first) and fleet.ask("GET", "robots")[0] == 200)
    kept = {order["reference"] for order in fleet.ask("GET", "orders?state=all")[1]["orders"]}
    assert {"before", "after"} <= kept
