"""`amr bench kills`: kill -9 of the fleet process at random moments under load, and an account of every order."""

from __future__ import annotations

import itertools
import json
import random
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.table import Table

from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.orders import FleetState
from amr_fleet.store.journal import read_entries
from amr_fleet.store.where import is_postgresql
from amr_lab.fleet_bench.clients import Clients, Promises
from amr_lab.fleet_bench.host import FleetProcess, Setup, headers, make_users
from amr_lab.fleet_bench.yard import Yard

_DT = 0.2  # s a step; chosen: two steps of the engine, since a whole campaign is simulated
_OPEN = 3  # orders under way or waiting per robot, so that a kill always meets some
_LIFE = (0.02, 0.9)  # s that a process lives once its API answers
_API_OUTAGE = (0.0, 20.0)  # s that a process lives once its API was killed, where that is one of its own
_OUTAGE = (0.0, 15.0)  # s of the robots' clock until the next process starts
_IN_START = 0.2  # share of the kills that come before the API answers
_DRAIN_LIMIT = 4 * 3600.0  # s of the robots' clock


@dataclass
class FleetKills:
    """One run: `kills` lives that end by SIGKILL, one that finishes the work.

    apart: the API has a process of its own, which is killed first in every second life.
    """

    site: str
    robots: int
    kills: int
    seed: int
    folder: Path
    journal: str = ""
    apart: bool = False
    yard: Yard = field(init=False)
    in_start: int = 0
    of_api: int = 0
    starts: list[float] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        token = make_users(self.folder / "users.sqlite3")
        where = self.journal or str(self.folder / "journal.sqlite3")
        self._setup = Setup(self.site, where, str(self.folder / "users.sqlite3"), self.robots, self.apart)
        self._rng = random.Random(self.seed)
        self.yard = self.make_yard()
        self._clients = Clients(self.yard.places, headers(token), threads=4, seed=self.seed)

    def make_yard(self) -> Yard:
        """Return the robots that work for the fleet."""
        return Yard(self.site, self.robots, self.seed)

    def run(self) -> dict[str, Any]:
        """Do it all; return the account."""
        began = time.monotonic()
        self._clients.start()
        try:
            for _ in range(self.kills):
                self._one_life()
            self._last_life()
        finally:
            self._clients.stop()
        starts = sorted(self.starts)
        return {
            "kills": self.kills, "kills_while_starting": self.in_start, "kills_of_api_first": self.of_api,
            "start_p50_s": round(starts[len(starts) // 2], 2), "start_max_s": round(starts[-1], 2),
            "robot_clock_s": round(self.yard.now), "wall_s": round(time.monotonic() - began, 1),
            **account(self._clients.ledger, self._read(), self.yard, self.lost), "integrity": self._integrity(),
        }  # fmt: skip

    def _one_life(self) -> None:
        in_start = self._rng.random() < _IN_START
        began = time.monotonic()
        process = FleetProcess(self._setup)
        if in_start:
            self.in_start += 1
            usual = self.starts[-1] if self.starts else 0.5
            self._kill_after(process, self._rng.uniform(0.0, usual))
        if process.wait_ready():
            self.starts.append(time.monotonic() - began)
            if not in_start:
                self._kill_after(process, self._rng.uniform(*_LIFE) + self._kill_api(process))
            self._until_dead(process)
        process.close(kill=True)
        # Nobody answers now: what the clients were told must be on disk.
        told = set(self._clients.ledger.made.values())
        self.lost |= told - {e.order_id for e in self._read() if e.kind == "order_created"}
        for _ in range(round(self._rng.uniform(*_OUTAGE) / _DT)):
            self.yard.step(_DT)
        self.yard.report_all()

    def _kill_api(self, process: FleetProcess) -> float:
        """Kill an API of its own, in every second life; return how long (s) the fleet lives on after it."""
        if not self.apart or self._rng.random() < 0.5 or not process.kill_api():
            return 0.0
        self.of_api += 1
        return self._rng.uniform(*_API_OUTAGE)

    @staticmethod
    def _kill_after(process: FleetProcess, seconds: float) -> None:
        timer = threading.Timer(seconds, process.kill)
        timer.daemon = True
        timer.start()

    def _until_dead(self, process: FleetProcess) -> None:
        self._clients.url = process.url
        while (commands := process.step(self.yard.now, self.yard.step(_DT))) is not None:
            self.yard.take(commands)
            self._clients.limit = sum(self.yard.dropped.values()) * 5 // 4 + _OPEN * len(self.yard.robots)

    def _last_life(self) -> None:
        process = FleetProcess(self._setup)
        began = time.monotonic()
        if not process.wait_ready():
            raise RuntimeError("the fleet process did not start after the last kill")
        self.starts.append(time.monotonic() - began)
        self._clients.url = process.url
        self._clients.finish()
        end, steps = self.yard.now + _DRAIN_LIMIT, 0
        while self.yard.now < end:
            commands = process.step(self.yard.now, self.yard.step(_DT))
            if commands is None:
                raise RuntimeError("the fleet process died by itself")
            self.yard.take(commands)
            steps += 1
            if steps % 500 == 0 and self._clients.done and not FleetState.fold(self._read()).open_orders:
                break
        process.close()

    def _read(self) -> list[JournalEntry]:
        return read_entries(self._setup.journal)

    def _integrity(self) -> str:
        if is_postgresql(self._setup.journal):
            return "ok"  # every entry was read; the server checks its own pages
        with sqlite3.connect(self._setup.journal) as database:
            pages = str(database.execute("PRAGMA integrity_check").fetchone()[0])
            first, last, count = database.execute("SELECT min(seq), max(seq), count(*) FROM journal").fetchone()
        return pages if last - first + 1 == count else f"{last - first + 1 - count} entries are missing"


class HandledLoads(Protocol):
    """What robots really did, by load id."""

    @property
    def picked(self) -> Counter[str]:
        """How often each load was picked up."""

    @property
    def dropped(self) -> Counter[str]:
        """How often each load was put down."""


def account(ledger: Promises, journal: list[JournalEntry], yard: HandledLoads, lost: set[str]) -> dict[str, Any]:
    """Return what became of every order: by the journal, by what was answered, by what robots really did."""
    created = Counter(str(e.facts["reference"]) for e in journal if e.kind == "order_created")
    ids = {str(e.facts["reference"]): e.order_id for e in journal if e.kind == "order_created"}
    done = Counter(e.order_id for e in journal if e.kind == "order_done")
    state = FleetState.fold(journal)
    wrong_id = [r for r, order_id in ledger.made.items() if ids.get(r) != order_id]
    picked, dropped = yard.picked, yard.dropped
    delivered = {o.load_id for o in state.orders.values() if o.state == "DONE"}
    return {
        "orders_sent": len(ledger.sent), "orders_answered": len(ledger.made), "requests_repeated": ledger.repeats,
        "orders_done": state.done, "orders_cancelled": state.cancelled, "journal_entries": len(journal),
        "answered_but_lost": len(lost) + len(wrong_id),
        "not_done": len(state.open_orders) + state.failed + len(ledger.sent - created.keys()),
        "created_twice": sum(n > 1 for n in created.values()),
        "done_twice": sum(n > 1 for n in done.values()) + sum(n > 1 for n in (dropped | picked).values()),
        "done_but_not_dropped": len(delivered ^ dropped.keys()),
        "cancelled_but_alive": sum(state.orders[o].state != "CANCELLED" for o in ledger.cancelled),
        "time_ran_back": sum(b.t < a.t for a, b in itertools.pairwise(journal)),
        "refused": ledger.wrong[:5],
    }  # fmt: skip


GOALS = (
    "answered_but_lost", "not_done", "created_twice", "done_twice", "done_but_not_dropped", "cancelled_but_alive",
    "time_ran_back",
)  # fmt: skip


def passed(figures: dict[str, Any]) -> bool:
    """Return whether no order was lost or done twice and the journal is intact."""
    clean = all(figures[name] == 0 for name in GOALS) and not figures["refused"]
    return clean and figures["integrity"] == "ok" and figures["orders_done"] > 0


def torment(site: str, robots: int, kills: int, seed: int, journal: str = "", *, apart: bool = False) -> dict[str, Any]:
    """Run in a folder of its own and return the account. apart: see FleetKills."""
    with tempfile.TemporaryDirectory(prefix="amr_kills_") as folder:
        return FleetKills(site, robots, kills, seed, Path(folder), journal, apart).run()


def run_kills(
    site: str, robots: int, kills: int, seed: int, journal: str, output: Path | None, *, apart: bool = False
) -> bool:
    """Run, print a table and, if wanted, write JSON; return whether it passed. apart: see FleetKills."""
    figures = torment(site, robots, kills, seed, journal, apart=apart)
    table = Table("figure", "value", title=f"kill -9 of the fleet process, {kills} times at random moments")
    for name, value in figures.items():
        table.add_row(name, str(value))
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")
    return passed(figures)
