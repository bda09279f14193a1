"""A fleet process whose engine steps ten times a second, and a client that orders."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import httpx

from amr_lab.fleet_bench.host import FleetProcess, Setup, headers, make_users


class SteppedFleet:
    """took: how long (s) each step took; paused: it does not step."""

    def __init__(self, folder: Path, *, apart: bool = False, at: float = 0.0) -> None:
        """apart: the API has a process of its own; at: fleet time (s) when it begins."""
        self.token = make_users(folder / "users.sqlite3")
        setup = Setup("lab", str(folder / "journal.sqlite3"), str(folder / "users.sqlite3"), apart=apart)
        self.fleet = FleetProcess(setup)
        assert self.fleet.wait_ready(120.0)
        self.took: list[float] = []
        self.paused = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._step, args=(at,))
        self._thread.start()

    def _step(self, at: float) -> None:
        began = time.monotonic()
        while not self._over.wait(0.1):
            if self.paused:
                continue
            now = time.monotonic()
            if self.fleet.step(at + now - began, []) is None:
                return
            self.took.append(time.monotonic() - now)

    def order(self, reference: str) -> httpx.Response:
        """Ask for an order."""
        body = {"pick_place": "D1", "drop_place": "A1", "reference": reference}
        return httpx.post(f"{self.fleet.url}/api/v1/orders", json=body, headers=headers(self.token), timeout=30.0)

    def close(self, *, kill: bool = False) -> None:
        """End both."""
        self._over.set()
        self._thread.join()
        self.fleet.close(kill=kill)
