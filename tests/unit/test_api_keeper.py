"""The keeper of the API's process: it comes up, it falls, it is started again, it ends with the engine."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api_process import keeper as keeping
from amr_fleet.api_process.calls import TREE, calls_of
from amr_fleet.api_process.engine_side import EngineSide
from amr_fleet.api_process.keeper import BACK_OFF, ApiKeeper
from amr_fleet.api_process.setup import ApiSetup
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.rehearsal import units_of
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from tests.waiting import until

SITE = load_site("lab")
FRAMES = """
import pickle, socket, sys
from amr_fleet.api_process.frames import *
link = socket.socket(fileno=int(sys.argv[1]))
kind, content = receive(link)
"""
COME_UP = """
send(link, LISTENS, b"")
receive(link)
send(link, UP, b'{"user": "run"}')
"""
READ = """
setup, calls = pickle.loads(content)
send(link, UP, b'{"user": "%s", "password": "%s"}' % (setup.login.encode(), " ".join(calls).encode()))
"""
STAY = """
try:
    while True:
        receive(link)
except LinkGoneError:
    pass
"""


class Kept:
    """A keeper whose process is a small program of the test; `lives` of them were started."""

    def __init__(self, folder: Path, *programs: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """The last program is started again and again."""
        self.programs, self.lives, self.said = programs, 0, cast("list[str]", [])
        self.waits: list[float] = []

        store = JournalStore(":memory:")
        service = FleetService(FleetEngine(build_roadmap(SITE), units_of(SITE, 0)), store, lambda _command: None)
        setup = ApiSetup(
            site=SITE, site_name="lab", fleet=FleetSettings(), database=":memory:", users=folder / "u.sqlite3",
            first_password=folder / "p", login="run",
        )  # fmt: skip
        monkeypatch.setattr(keeping, "BACK_OFF", tuple(wait / 100 for wait in BACK_OFF))
        self.keeper = ApiKeeper(
            setup, service, port=0, say=self.said.append, calls=calls_of(store.tree), spawn=self._spawn
        )

    def _spawn(self, link: socket.socket, _listener: socket.socket) -> subprocess.Popen[bytes]:
        program = self.programs[min(self.lives, len(self.programs) - 1)]
        self.lives += 1
        return subprocess.Popen(
            [sys.executable, "-c", FRAMES + program, str(link.fileno())],
            pass_fds=[link.fileno()], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


Make = Callable[..., Kept]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    made: list[Kept] = []

    def make(*programs: str) -> Kept:
        made.append(Kept(tmp_path, *programs, monkeypatch=monkeypatch))
        return made[-1]

    yield make
    for one in made:
        one.keeper.close()


def test_it_waits_until_the_first_one_answers_and_returns_its_login(kept: Make) -> None:
    one = kept(READ + STAY)
    assert one.keeper.start() == {"user": "run", "password": TREE}
    assert one.keeper.url.startswith("http://127.0.0.1:")
    pid = one.keeper.pid
    assert pid
    one.keeper.close()
    assert not Path(f"/proc/{pid}").exists()
    assert one.lives == 1


def test_one_that_is_killed_comes_back_and_makes_no_second_login(kept: Make, tmp_path: Path) -> None:
    note = tmp_path / "logins"
    one = kept(READ + f"with open({str(note)!r}, 'a') as file: file.write(setup.login + ' ')" + STAY)
    login = one.keeper.start()
    first = one.keeper.pid
    assert until(lambda: note.exists() and note.read_text())
    os.kill(first, signal.SIGKILL)
    assert until(lambda: note.read_text().split() == ["run", "none"])
    assert one.keeper.pid != first
    assert login["user"] == "run"
    assert any("ended" in line for line in one.said)


def test_one_that_falls_again_and_again_is_started_less_and_less_often(
    kept: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = kept(COME_UP, "raise SystemExit(3)")
    over = one.keeper._over
    wait = over.wait

    def waited(seconds: float) -> bool:
        one.waits.append(round(100 * seconds, 2))
        return wait(seconds)

    monkeypatch.setattr(over, "wait", waited)
    one.keeper.start()
    assert until(lambda: len(one.waits) >= 9)
    assert one.waits[:9] == [0.0, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert BACK_OFF == (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


def test_what_keeps_the_first_one_from_starting_is_raised_with_its_code(kept: Make) -> None:
    facts = {"path": "x.yaml", "option": "enrolment", "value": "v", "reason": "r"}
    said = json.dumps({"code": "run.bad_option", "facts": facts})
    one = kept(f"send(link, FAILED, {said.encode()!r})")
    with pytest.raises(AmrError) as error:
        one.keeper.start()
    assert (error.value.code, error.value.facts) == ("run.bad_option", facts)
    assert (one.lives, one.keeper.pid) == (1, 0)


def test_facts_may_have_any_name(kept: Make) -> None:
    said = b'{"code": "internal", "facts": {"code": "x", "self": "y"}}'
    with pytest.raises(AmrError) as error:
        kept(f"send(link, FAILED, {said!r})").keeper.start()
    assert (error.value.code, error.value.facts) == ("internal", {"code": "x", "self": "y"})


def test_whatever_goes_wrong_the_process_is_ended_and_another_one_started(
    kept: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours in a life must not be the end of the keeper: no screen until the fleet is started again."""
    one = kept(COME_UP + STAY)
    serve, ended = EngineSide.serve, cast("list[int]", [])

    def faulty(side: EngineSide, other: Callable[[bytes, bytes], None]) -> None:
        if not ended:
            ended.append(one.keeper.pid)
            raise ValueError("a fault of ours")
        serve(side, other)

    monkeypatch.setattr(EngineSide, "serve", faulty)
    assert one.keeper.start()["user"] == "run"
    assert not Path(f"/proc/{ended[0]}").exists()
    assert one.lives == 2
    assert any("ValueError: a fault of ours" in line for line in one.said)


def test_the_process_is_not_told_of_the_engine_s_watchdog(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a word of it to systemd would count as one of the engine: the unit says NotifyAccess=all."""
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("AMR_SITE", "lab")
    seen: dict[str, str] = {}
    monkeypatch.setattr(subprocess, "Popen", lambda _command, **how: seen.update(how["env"]))
    here, there = socket.socketpair()
    with here, there:
        keeping.spawn(here, there)
    assert seen["AMR_SITE"] == "lab"
    assert not {name for name in seen if name == "NOTIFY_SOCKET" or name.startswith("WATCHDOG_")}


@pytest.mark.parametrize("said", [b"{}", b'{"code": "no.such", "facts": {}}', b'{"code": "internal", "facts": 1}'])
def test_a_failure_of_no_known_code_is_internal(kept: Make, said: bytes) -> None:
    with pytest.raises(AmrError, match="internal"):
        kept(f"send(link, FAILED, {said!r})").keeper.start()


@pytest.mark.parametrize(
    "said", ["send(link, b'z', b'')", "send(link, UP, b'rubbish')", "link.sendall(b'n' + b'\\xff' * 100)"]
)
def test_one_that_talks_rubbish_is_ended_and_another_one_started(kept: Make, said: str) -> None:
    one = kept(said + STAY, COME_UP + STAY)
    assert one.keeper.start()["user"] == "run"
    assert one.lives == 2


def test_one_that_never_answers_is_given_up(kept: Make) -> None:
    one = kept(STAY)
    with pytest.raises(AmrError, match="did not start"):
        one.keeper.start(0.5)
    assert one.keeper.pid == 0


def test_a_process_that_cannot_be_made_is_tried_again(kept: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = kept(COME_UP + STAY)
    spawn, tries = one._spawn, [OSError("no memory")]

    def sometimes(link: socket.socket, listener: socket.socket) -> subprocess.Popen[bytes]:
        if tries:
            raise tries.pop()
        return spawn(link, listener)

    monkeypatch.setattr(one.keeper, "_spawn", sometimes)
    assert one.keeper.start()["user"] == "run"
    assert any("no memory" in line for line in one.said)


def test_it_can_be_closed_while_it_starts(kept: Make) -> None:
    one = kept(STAY)
    one.keeper._thread.start()
    assert until(lambda: one.keeper.pid)
    began = time.monotonic()
    one.keeper.close()
    assert not one.keeper._thread.is_alive()
    assert time.monotonic() - began < 30.0


def test_the_listener_outlives_the_process(kept: Make) -> None:
    """Browsers wait meanwhile instead of being refused; a port that is taken is said before anything is started."""
    one = kept(COME_UP + STAY)
    one.keeper.start()
    first, port = one.keeper.pid, int(one.keeper.url.rsplit(":", 1)[1])
    os.kill(first, signal.SIGKILL)
    with socket.create_connection(("127.0.0.1", port), 10.0):
        pass
    with pytest.raises(AmrError, match=r"run\.port_taken"):
        ApiKeeper(one.keeper._setup, cast(Any, SimpleNamespace()), port=port, say=print, calls={})


def test_the_address_says_tls_when_the_dashboard_has_its_own(kept: Make) -> None:
    setup = replace(kept(STAY).keeper._setup, certificate="dashboard.crt")
    keeper = ApiKeeper(setup, cast(Any, SimpleNamespace()), port=0, say=print, calls={})
    assert keeper.url.startswith("https://127.0.0.1:")
    keeper.close()
