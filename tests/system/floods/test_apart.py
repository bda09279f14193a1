"""Floods against the process of API and dashboard: the engine's steps do not notice, and a killed one comes back."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from amr_lab.fleet_bench.host import FleetProcess, Setup, headers, make_users
from tests.waiting import until

SITE = "lab"


class Stepping:
    """A fleet process whose engine steps ten times a second, and how long (s) each step took."""

    def __init__(self, folder: Path) -> None:
        self.token = make_users(folder / "users.sqlite3")
        setup = Setup(SITE, str(folder / "journal.sqlite3"), str(folder / "users.sqlite3"), apart=True)
        self.fleet = FleetProcess(setup)
        assert self.fleet.wait_ready(120.0)
        self.took: list[float] = []
        self.paused = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._step)
        self._thread.start()

    def _step(self) -> None:
        began = time.monotonic()
        while not self._over.wait(0.1):
            if self.paused:
                continue
            at = time.monotonic()
            if self.fleet.step(at - began, []) is None:
                return
            self.took.append(time.monotonic() - at)

    def get(self, path: str) -> tuple[int, Any]:
        """Return status and answer of a GET, (0, {}) when nobody answers."""
        try:
            answer = httpx.get(f"{self.fleet.url}/api/v1/{path}", headers=headers(self.token), timeout=10.0)
        except httpx.HTTPError:
            return 0, {}
        return answer.status_code, answer.json()

    def close(self) -> None:
        """End both."""
        self._over.set()
        self._thread.join()
        self.fleet.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stepping]:
    one = Stepping(tmp_path_factory.mktemp("apart"))
    yield one
    one.close()


def _cpu(pid: int) -> float:
    """Return the s of CPU that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_log_ins_and_clients_do_not_reach_the_engine(running: Stepping) -> None:
    """60 log-ins at once beside 40 live clients: what they cost is another process's."""
    assert until(lambda: len(running.took) > 5)
    address = running.fleet.url.replace("http", "ws") + "/api/v1/live"
    engine, api, steps = _cpu(running.fleet.pid), _cpu(running.fleet.api), len(running.took)

    def log_in(number: int) -> int:
        body = {"user": f"nobody{number}", "password": "x" * 20}
        return httpx.post(f"{running.fleet.url}/api/v1/login", json=body, timeout=120.0).status_code

    with ExitStack() as stack:
        sockets = [
            stack.enter_context(connect(address, additional_headers=headers(running.token), open_timeout=60))
            for _ in range(40)
        ]
        with ThreadPoolExecutor(60) as pool:
            assert set(pool.map(log_in, range(60))) <= {401, 429, 503}
        for _ in range(5):
            assert all(socket.recv(timeout=60) for socket in sockets)
    engine, api = _cpu(running.fleet.pid) - engine, _cpu(running.fleet.api) - api
    sys.stderr.write(
        f"60 log-ins, 40 live clients: {engine:.2f} s of CPU in the engine's process, {api:.2f} s in the API's\n"
    )
    assert len(running.took) > steps
    assert engine < api, f"the engine's process took {engine:.2f} s, the API's {api:.2f} s"


def test_it_is_ready_as_long_as_the_engine_steps(running: Stepping) -> None:
    assert until(lambda: running.get("ready") == (200, {"status": "ready"}))
    running.paused = True
    try:
        assert until(lambda: running.get("ready") == (503, {"status": "stalled"}))
        assert running.get("robots")[0] == 200
    finally:
        running.paused = False
    assert until(lambda: running.get("ready") == (200, {"status": "ready"}))


def test_a_stopped_one_holds_up_no_step(running: Stepping) -> None:
    victim, steps = running.fleet.api, len(running.took)
    os.kill(victim, signal.SIGSTOP)
    try:
        assert until(lambda: len(running.took) > steps + 20)
    finally:
        os.kill(victim, signal.SIGCONT)
    assert until(lambda: running.get("robots")[0] == 200)


def test_the_engine_goes_on_without_it_and_it_comes_back(running: Stepping) -> None:
    victim, steps = running.fleet.api, len(running.took)
    os.kill(victim, signal.SIGKILL)
    assert until(lambda: len(running.took) > steps + 10)
    assert until(lambda: running.fleet.api not in (0, victim))
    assert until(lambda: running.get("robots")[0] == 200)
    body = {"pick_place": "D1", "drop_place": "A1", "reference": "after"}
    answer = httpx.post(f"{running.fleet.url}/api/v1/orders", json=body, headers=headers(running.token), timeout=30.0)
    assert answer.status_code == 201
    assert running.get(f"orders/{answer.json()['order_id']}")[1]["reference"] == "after"


def test_it_ends_with_the_engine(running: Stepping) -> None:
    """The last test: nobody steps any more."""
    api = running.fleet.api
    assert api
    running.fleet.kill()
    assert until(lambda: not Path(f"/proc/{api}").exists())
