"""API and dashboard of the fleet node, in its process or in one of their own: the same files, log-ins and refusals."""

from __future__ import annotations

import json
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.listener import listen
from amr_fleet.nodes.connectors import Connectors
from amr_fleet.nodes.fleet_params import FleetParams
from amr_fleet.nodes.web_side import Engine, WebSide
from amr_fleet.rehearsal import units_of
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from tests.waiting import until

SITE = load_site("lab")


def free_port() -> int:
    with listen("127.0.0.1", 0) as one:
        return int(one.getsockname()[1])


class Node:
    """What the fleet node does of it: an engine that steps, and the web side beside it."""

    def __init__(self, **params: Any) -> None:
        self.said: list[str] = []
        self.params = FleetParams(site="lab", **{"port": free_port(), **params})
        self.store = JournalStore(self.params.database)
        self.store.own(site="lab")
        units = units_of(SITE, 2)
        service = FleetService(FleetEngine(build_roadmap(SITE), units), self.store, lambda _command: None)
        self.web = WebSide(self.params, self.said.append)
        self.engine = Engine(
            site=SITE, version="v" * 64, settings=FleetSettings(), robots=tuple(u.name for u in units), service=service,
            journal=self.store, connectors=Connectors(),
        )  # fmt: skip
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._step, args=(service,))
        self._thread.start()
        self.web.begin(self.engine)

    def _step(self, service: FleetService) -> None:
        began = time.monotonic()
        while not self._over.wait(0.1):
            service.advance(time.monotonic() - began)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.params.port}/api/v1", timeout=30.0)

    def close(self) -> None:
        self.web.close()
        self._over.set()
        self._thread.join()
        self.web.close_tracks()
        self.store.close()


Make = Callable[..., Node]


@pytest.fixture
def node() -> Iterator[Make]:
    made: list[Node] = []

    def make(**params: Any) -> Node:
        made.append(Node(**params))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_first_start_with_a_process_of_its_own(node: Make, tmp_path: Path) -> None:
    """The administrator's file, a log-in with it, an order, its history, the reports, the pages of the desks."""
    one = node(database=str(tmp_path / "journal.sqlite3"), api_process="own")
    assert one.web.apart
    password = tmp_path / "amr-first-password.txt"
    assert until(lambda: any(str(password) in line for line in one.said) or one.web.error)
    assert one.web.error is None
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    name, secret = password.read_text().split()
    with one.client() as http:
        assert http.post("/login", json={"user": name, "password": secret}).status_code == 200
        made = http.post("/orders", json={"pick_place": "D1", "drop_place": "A1", "reference": "r"})
        assert made.json()["code"] == "auth.change_password"
    assert (tmp_path / "tracks.sqlite3").exists()


def test_a_run_that_asks_for_a_login_gets_one_from_the_other_process(node: Make, tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    one = node(database=str(tmp_path / "journal.sqlite3"), api_process="own", ready_file=str(ready))
    assert until(lambda: ready.exists() or one.web.error)
    assert one.web.error is None
    said = json.loads(ready.read_text())
    assert stat.S_IMODE(ready.stat().st_mode) == 0o600
    with one.client() as http:
        body = {"user": said["user"], "password": said["password"]}
        assert http.post("/login", json=body).status_code == 200
        order = http.post("/orders", json={"pick_place": "D1", "drop_place": "A1", "reference": "r"})
        assert order.status_code == 201, order.text
        detail = http.get(f"/orders/{order.json()['order_id']}").json()
        assert (detail["reference"], detail["history"][0]["event"]) == ("r", "order_created")
        assert http.get("/notes", params={"begin": 0, "end": 10}).json() == {"notes": []}
        assert http.get("/escalation").json()["on"] is False
    assert said["url"] == f"http://127.0.0.1:{one.params.port}"


def test_a_journal_in_memory_keeps_it_in_the_engines_process_and_says_so(node: Make, tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    one = node(api_process="own", ready_file=str(ready))
    assert until(lambda: ready.exists() or one.web.error)
    assert not one.web.apart
    assert any("journal in memory" in line for line in one.said)
    with one.client() as http:
        assert http.get("/health").status_code == 200


@pytest.mark.parametrize("where", ["engine", "own"])
def test_what_is_wrong_in_a_file_of_the_api_stops_the_start(node: Make, tmp_path: Path, where: str) -> None:
    model = tmp_path / "model.yaml"
    model.write_text("url: nowhere\nmodel: m\n")
    one = node(database=str(tmp_path / "journal.sqlite3"), api_process=where, language_model=str(model))
    assert until(lambda: one.web.error)
    assert isinstance(one.web.error, AmrError)
    assert (one.web.error.code, one.web.error.facts["name"]) == ("parameter.invalid", "language_model")


def test_a_port_that_is_taken_is_said_before_a_process_is_started(node: Make, tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        one = node(database=str(tmp_path / "journal.sqlite3"), api_process="own", port=0)
        web = WebSide(one.params.model_copy(update={"port": taken.getsockname()[1]}), one.said.append)
        web.begin(one.engine)
        assert until(lambda: web.error)
        web.close()
        web.close_tracks()
    assert web.error is not None
    assert web.error.code == "run.port_taken"


def test_nobody_waits_for_one_that_is_still_starting(node: Make, tmp_path: Path) -> None:
    one = node(database=str(tmp_path / "journal.sqlite3"), api_process="own")
    assert until(lambda: one.web._stop)
    began = time.monotonic()
    one.web.close()
    assert time.monotonic() - began < 30.0


def test_tracks_in_memory_become_a_file_of_this_run_for_the_other_process() -> None:
    params = FleetParams(site="lab", port=1, database="postgresql://u@h/d", api_process="own")
    web = WebSide(params, lambda _line: None)
    file = Path(web._tracks_path)
    assert file.exists()
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    web.close()
    web.close_tracks()
    assert not file.parent.exists()
    assert WebSide(params.model_copy(update={"api_process": "engine"}), lambda _line: None)._tracks_path == ":memory:"
