"""The fleet service in a process of its own: real engine, store and API; robots talk over a pipe instead of ROS."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, TypeVar, cast

from amr_core.heap import imports_stay
from amr_core.roadmap import build_roadmap
from amr_core.site import Site, load_site
from amr_fleet.api.users import UserStore
from amr_fleet.api_process.calls import calls_of
from amr_fleet.api_process.keeper import ApiKeeper
from amr_fleet.api_process.serving import EngineParts, serve
from amr_fleet.api_process.setup import ApiSetup
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Event, RobotMessage
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.rehearsal import units_of
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore

CONTEXT: Final = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])
ANSWER_S: Final = 60.0
"""A process that takes longer for one step hangs; the bench says so instead of waiting for ever."""


@dataclass(frozen=True)
class Setup:
    """What a fleet process needs: a site's name, the journal's database, the users' database, robots (0 = all).

    apart: API and dashboard in a process of their own; else a thread.
    """

    site: str
    journal: str
    users: str
    robots: int = 0
    apart: bool = False


def _serve(setup: Setup, link: Connection) -> None:
    """Live until the pipe closes: (now, events) in, commands out; the first message out is the API's address."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A daemon may have no children, and the fleet has its worker for reports; that one dies with its parent.
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    imports_stay()
    site = load_site(setup.site)
    store = JournalStore(setup.journal)
    engine = FleetEngine(build_roadmap(site), units_of(site, setup.robots), journal=store.own_and_read())
    out: list[RobotMessage] = []
    service = FleetService(engine, store, out.append)
    url, stop = _start_api(setup, site, service, store)
    gc.collect()  # as every host of nodes does before it works
    gc.freeze()
    link.send(url)
    while True:
        try:
            now, events = link.recv()
        except (EOFError, OSError):
            break
        for event in events:
            service.post(event)
        service.advance(now)
        link.send(out)
        out.clear()
    stop()
    store.close()


def _start_api(setup: Setup, site: Site, service: FleetService, store: JournalStore) -> tuple[str, Callable[[], None]]:
    """Start the API where it is wanted; return its address and what ends it."""
    told = ApiSetup(
        site=site, site_name=setup.site, fleet=FleetSettings(), database=setup.journal, users=Path(setup.users),
        first_password=Path(setup.users).with_name("first.txt"), login="none",
    )  # fmt: skip
    if not setup.apart:
        serving = serve(told, EngineParts(fleet=service, journal=store))
        return serving.url, serving.stop
    keeper = ApiKeeper(
        told, service, port=0, say=lambda line: sys.stderr.write(f"{line}\n"), calls=calls_of(store.tree)
    )
    keeper.start()
    return keeper.url, keeper.close


_Given = TypeVar("_Given")
_Told = TypeVar("_Told")
_Setting = TypeVar("_Setting")


class SteppedProcess(Generic[_Given, _Told]):
    """A process that does a step when it is told to: (s of the bench's clock, what is given to it) in, answers out."""

    who: ClassVar[str]

    def __init__(self, serve: Callable[[_Setting, Connection], None], setup: _Setting) -> None:
        ours, theirs = CONTEXT.Pipe()
        self._link: Connection = ours
        # A daemon: it cannot outlive a caller that fails.
        self._process = CONTEXT.Process(target=serve, args=(setup, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def step(self, now: float, given: Sequence[_Given]) -> list[_Told] | None:
        """Let it do one step; None when the process is dead. Raises RuntimeError for one that hangs."""
        try:
            self._link.send((now, list(given)))
            if not self._link.poll(ANSWER_S):
                raise RuntimeError(f"the {self.who} has not answered for {ANSWER_S:g} s")
            return cast("list[_Told]", self._link.recv())
        except (EOFError, OSError):
            return None


def api_of(fleet: int) -> int:
    """Return the process id of the API that the fleet with this process id has started; 0 = there is none."""
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes()
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if b"amr_fleet.api_process.main" in words and parent == fleet:
            return int(entry.name)
    return 0


class FleetProcess(SteppedProcess[Event, RobotMessage]):
    """One life of the fleet process: events in, commands out."""

    who = "fleet"

    def __init__(self, setup: Setup) -> None:
        """Start it; it is not there before `wait_ready` says so."""
        super().__init__(_serve, setup)
        self.url = ""

    @property
    def pid(self) -> int:
        """The process id."""
        return cast(int, self._process.pid)

    @property
    def api(self) -> int:
        """The process id of an API of its own: the fleet's child that runs it; 0 = there is none."""
        return api_of(self.pid)

    def kill_api(self) -> bool:
        """kill -9 of an API of its own; return whether there was one."""
        victim = self.api
        if victim:
            with contextlib.suppress(ProcessLookupError):  # it went at this very moment
                os.kill(victim, signal.SIGKILL)
        return victim > 0

    def wait_ready(self, seconds: float = 60.0) -> bool:
        """Return whether the API answers; False when the process died before."""
        try:
            if not self._link.poll(seconds):
                return False
            self.url = self._link.recv()
        except (EOFError, OSError):
            return False
        return True

    def kill(self) -> None:
        """kill -9."""
        if self._process.is_alive():
            with contextlib.suppress(ProcessLookupError):  # it went at this very moment
                os.kill(self.pid, signal.SIGKILL)

    def close(self, *, kill: bool = False) -> None:
        """End it, in order or not, and wait until it is gone."""
        if kill:
            self.kill()
        self._link.close()
        self._process.join(20.0)
        self.kill()
        self._process.join()


def make_users(path: Path, kind: str = "token") -> str:
    """Create the users' database with one operator; return a token of that user."""
    users = UserStore(path)
    users.add("bench", os.urandom(12).hex(), "operator")
    token = users.open_session("bench", kind, "bench")
    users.close()
    return token


def headers(token: str) -> dict[str, Any]:
    """Return the headers of a machine that works as the bench's operator."""
    return {"Authorization": f"Bearer {token}"}
