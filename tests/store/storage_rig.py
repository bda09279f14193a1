"""A fleet on a journal that fails when it is told to; its time goes on as fast as a test wants."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_core.vda5050 import Order
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import RobotMessage
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import KinematicRobot
from amr_fleet.requests import CreateOrder
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore

_SITE = load_site("lab")
_ROADMAP = build_roadmap(_SITE)
_WAIT = 30.0
_DOCK = next(p.id for p in _SITE.places if p.kind == "dock")
_RACK = next(p.id for p in _SITE.places if p.kind != "dock")


class Rig:
    """A fleet with two robots in their bays on a journal; its time goes on as fast as it is told."""

    def __init__(self, where: str, evidence: Path | None = None) -> None:
        self.store = JournalStore(where, evidence)
        self.store.own(site="lab")
        units = units_of(_SITE, 2)
        self.sent: list[RobotMessage] = []
        self.t = 1.0
        self._robots = Rehearsal(_ROADMAP, units, how=Behaviour(stop_rate=0.0)).robots
        engine = FleetEngine(_ROADMAP, units, journal=self.store.read())
        self.service = FleetService(engine, self.store, self.sent.append, steady=lambda: self.t)
        assert self.run(lambda: self.service.snapshot().ready)

    def step(self) -> None:
        self.t += 0.1
        for robot in self._robots.values():
            self.service.post(robot.report())
        self.service.advance(self.t)

    def run(self, until: Callable[[], object], seconds: float = _WAIT) -> bool:
        end = self.t + seconds
        while not until():
            if self.t > end:
                return False
            self.step()
        return True

    def order(self, reference: str) -> Future[Any]:
        wish = OrderRequest(pick_place=_DOCK, drop_place=_RACK, reference=reference)
        return self.service.ask(CreateOrder(order=wish))

    def created(self) -> list[str]:
        return [str(e.facts.get("reference")) for e in self.store.read() if e.kind == "order_created"]

    @property
    def trouble(self) -> bool:
        return self.service.condition().trouble is not None


class DrivingRig(Rig):
    """The same with robots that do what they are told; as those of other makers they know no beat."""

    def __init__(self, where: str, evidence: Path | None = None) -> None:
        self._heard = 0
        super().__init__(where, evidence)

    @property
    def robots(self) -> list[KinematicRobot]:
        return list(self._robots.values())

    def step(self) -> None:
        told, self._heard = self.sent[self._heard :], len(self.sent)
        for command in told:
            robot = self._robots[command.robot]
            robot.take(command) if isinstance(command, Order) else robot.instant(command)
        for robot in self.robots:
            robot.step(0.1)
        super().step()


def no_room(_entries: object) -> None:
    """Stands in for append of a journal whose disk is full."""
    raise AmrError("store.failed", reason="database or disk is full")


@contextmanager
def small_disk_at(folder: Path) -> Iterator[Path]:
    """Give the new folder of a file system of 4 MiB; skip the test where none may be mounted."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("may not mount a file system here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill_up(filler: Path) -> None:
    """Write a file until its disk is full; what reads it may remove it again."""
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 512):
                pass
        except OSError:
            pass


_LOCK = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA busy_timeout = 60000")
db.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
"""


@contextmanager
def locked(where: Path) -> Iterator[None]:
    """Let another process hold the lock of a SQLite file."""
    command = [sys.executable, "-c", _LOCK, str(where)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "locked\n"
            yield
            process.communicate("\n", timeout=10.0)
        finally:
            process.kill()
