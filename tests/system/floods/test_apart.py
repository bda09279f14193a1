"""Floods against the process of API and dashboard: the engine's steps do not notice, and a killed one comes back."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from amr_lab.fleet_bench.host import headers
from amr_lab.fleet_bench.intake import cpu_seconds
from tests.system.floods.stepped_fleet import SteppedFleet
from tests.waiting import until


class Apart(SteppedFleet):
    """One whose API has a process of its own."""

    def get(self, path: str) -> tuple[int, Any]:
        """Return status and answer of a GET, (0, {}) when nobody answers."""
        try:
            answer = httpx.get(f"{self.fleet.url}/api/v1/{path}", headers=headers(self.token), timeout=10.0)
        except httpx.HTTPError:
            return 0, {}
        return answer.status_code, answer.json()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    one = Apart(tmp_path_factory.mktemp("apart"), apart=True)
    yield one
    one.close()


def test_log_ins_and_clients_do_not_reach_the_engine(running: Apart) -> None:
    """60 log-ins at once beside 40 live clients: what they cost is another process's."""
    assert until(lambda: len(running.took) > 5)
    address = running.fleet.url.replace("http", "ws") + "/api/v1/live"
    engine, api, steps = cpu_seconds(running.fleet.pid), cpu_seconds(running.fleet.api), len(running.took)

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
    engine, api = cpu_seconds(running.fleet.pid) - engine, cpu_seconds(running.fleet.api) - api
    sys.stderr.write(
        f"60 log-ins, 40 live clients: {engine:.2f} s of CPU in the engine's process, {api:.2f} s in the API's\n"
    )
    assert len(running.took) > steps
    assert engine < api, f"the engine's process took {engine:.2f} s, the API's {api:.2f} s"


def test_it_is_ready_as_long_as_the_engine_steps(running: Apart) -> None:
    assert until(lambda: running.get("ready") == (200, {"status": "ready"}))
    running.paused = True
    try:
        assert until(lambda: running.get("ready") == (503, {"status": "stalled"}))
        assert running.get("robots")[0] == 200
    finally:
        running.paused = False
    assert until(lambda: running.get("ready") == (200, {"status": "ready"}))


def test_a_stopped_one_holds_up_no_step(running: Apart) -> None:
    victim, steps = running.fleet.api, len(running.took)
    os.kill(victim, signal.SIGSTOP)
    try:
        assert until(lambda: len(running.took) > steps + 20)
    finally:
        os.kill(victim, signal.SIGCONT)
    assert until(lambda: running.get("robots")[0] == 200)


def test_the_engine_goes_on_without_it_and_it_comes_back(running: Apart) -> None:
    victim, steps = running.fleet.api, len(running.took)
    os.kill(victim, signal.SIGKILL)
    assert until(lambda: len(running.took) > steps + 10)
    assert until(lambda: running.fleet.api not in (0, victim))
    assert until(lambda: running.get("robots")[0] == 200)
    answer = running.order("after")
    assert answer.status_code == 201
    assert running.get(f"orders/{answer.json()['order_id']}")[1]["reference"] == "after"


def test_it_ends_with_the_engine(running: Apart) -> None:
    """The last test: nobody steps any more."""
    api = running.fleet.api
    assert api
    running.fleet.kill()
    assert until(lambda: not Path(f"/proc/{api}").exists())
