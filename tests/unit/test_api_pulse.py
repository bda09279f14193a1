"""The pulse of the API: felt over the link, missed when its event loop hangs, not when the engine stood still."""

from __future__ import annotations

import asyncio
import itertools
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.server import TurningServer
from amr_fleet.api_process import engine_side, pulse
from amr_fleet.api_process.calls import calls_of
from amr_fleet.api_process.engine_side import EngineSide
from amr_fleet.api_process.frames import BEAT, LISTENS, NEWS, LinkGoneError, receive, send
from amr_fleet.api_process.keeper import ApiKeeper
from amr_fleet.api_process.pulse import BEAT_S, HUNG_SECONDS, START_SECONDS, Pulse
from amr_fleet.api_process.setup import ApiSetup
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.rehearsal import units_of
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from tests.waiting import until

SITE = load_site("lab")
HANGS = """
import sys, time
from pathlib import Path
from amr_fleet.api_process import main, serving

start = serving.start

def hanging(*given, turned, **named):
    def turn():
        turned()
        if Path({note!r}).exists():
            Path({note!r}).unlink()
            time.sleep(3600.0)  # in the event loop
    return start(*given, turned=turn, **named)

serving.start = hanging
main.main()
"""


@pytest.fixture
def fleet() -> Iterator[FleetService]:
    store = JournalStore(":memory:")
    yield FleetService(FleetEngine(build_roadmap(SITE), units_of(SITE, 0)), store, lambda _command: None)
    store.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beat every 20 ms, and 2 s without one are too long."""
    monkeypatch.setattr(engine_side, "BEAT_S", 0.02)
    monkeypatch.setattr(pulse, "HUNG_SECONDS", 100 * BEAT_S)


def looks(one: Pulse) -> int:
    """Return how many looks without a beat it takes until there is no hope."""
    return next(i for i in range(1, 10_000) if not one.look())


def test_the_first_beat_may_take_longer_than_the_others() -> None:
    one = Pulse()
    assert looks(one) == START_SECONDS / BEAT_S
    one = Pulse()
    one.beat()
    assert one.look()
    assert looks(one) == HUNG_SECONDS / BEAT_S
    one.beat()
    assert one.look(), "one that turns again is well"


def test_one_look_after_a_long_standstill_blames_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGSTOP for the engine's process: what the other one said meanwhile is still in the socket."""
    one = Pulse()
    one.beat()
    one.look()
    monkeypatch.setattr(time, "monotonic", lambda: 1e9)
    assert one.look()


def test_a_link_without_a_pulse_is_cut_and_one_with_a_pulse_is_not(fleet: FleetService, quick: None) -> None:
    ours, theirs = socket.socketpair()
    side = EngineSide(fleet, ours, {})
    thread = threading.Thread(target=side.serve, args=(lambda *_: None,))
    thread.start()
    heard: list[bytes] = []

    def listen() -> None:
        try:
            while True:
                heard.append(receive(theirs)[0])
        except LinkGoneError:
            heard.append(b"gone")

    listener = threading.Thread(target=listen)
    listener.start()
    send(theirs, LISTENS, b"")
    begun = time.monotonic()
    while time.monotonic() < begun + 4.0:
        send(theirs, BEAT, b"")
        time.sleep(0.02)
    assert b"gone" not in heard
    assert NEWS in heard
    listener.join(60.0)
    assert heard[-1] == b"gone", "news and answers alone are no sign of life"
    thread.join(60.0)
    assert "event loop" in side.fault
    theirs.close()


def test_a_loop_that_turns_says_so_though_the_clock_was_set_back_or_each_turn_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[float] = []
    server = TurningServer(uvicorn.Config(FastAPI()), lambda: told.append(now[0]))
    now, wall = [50.0], [1.8e9]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "time", lambda: wall[0])

    async def turn(turns: int, seconds: float) -> None:
        for _ in range(turns):
            assert not await server.on_tick(next(counter))
            now[0] += seconds
            wall[0] += seconds

    counter = itertools.count()
    asyncio.run(turn(30, 0.1))
    assert len(told) == 3
    wall[0] -= 3600.0  # a time server, or a person
    asyncio.run(turn(30, 0.1))
    assert len(told) == 6
    asyncio.run(turn(3, 4.0))
    assert len(told) == 9, "a turn of 4 s is slow, and no loop that hangs"


def test_an_api_whose_event_loop_hangs_is_ended_and_started_again(
    fleet: FleetService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "HUNG_SECONDS", 5.0)
    setup = ApiSetup(
        site=SITE, site_name="lab", fleet=FleetSettings(), database=":memory:", users=tmp_path / "u.sqlite3",
        first_password=tmp_path / "p", login="none",
    )  # fmt: skip
    note, said = tmp_path / "hang", list[str]()

    def spawn(link: socket.socket, listener: socket.socket) -> subprocess.Popen[bytes]:
        fds = (link.fileno(), listener.fileno())
        program = [sys.executable, "-c", HANGS.format(note=str(note)), *map(str, fds)]
        return subprocess.Popen(program, pass_fds=fds, stdin=subprocess.DEVNULL)

    keeper = ApiKeeper(setup, fleet, port=0, say=said.append, calls=calls_of(lambda: None), spawn=spawn)  # type: ignore[arg-type, return-value]

    def answers() -> bool:
        try:
            return httpx.get(f"{keeper.url}/api/v1/ready", timeout=1.0).status_code in (200, 503)
        except httpx.HTTPError:
            return False

    try:
        keeper.start()
        assert until(answers)
        first = keeper.pid
        note.touch()
        assert until(lambda: not note.exists())
        assert not answers(), "the loop hangs, the process lives"
        assert until(lambda: keeper.pid not in (0, first))
        assert until(answers)
        assert not Path(f"/proc/{first}").exists()
        assert any("its event loop has not turned" in line for line in said)
    finally:
        keeper.close()
