"""The live feed over a real socket, and the server's thread."""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import sys
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import cast

import httpx
import pytest
from fastapi import WebSocket
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as ws_connect
from websockets.typing import Origin

from amr_core.errors import AmrError
from amr_fleet.api import live, server
from amr_fleet.api.auth import COOKIE
from amr_fleet.api.live import LiveFeed, _encode
from amr_fleet.api.users import UserStore
from tests.api.api_support import PASSWORD
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site


@pytest.fixture
def api(fleet: FakeFleet, users: UserStore) -> Iterator[server.ApiHandle]:
    handle = server.start(fleet, small_site(4), port_number=0, users=users)
    yield handle
    handle.stop()


def _cookie(api: server.ApiHandle) -> dict[str, str]:
    answer = httpx.post(f"{api.url}/api/v1/login", json={"user": "viewer", "password": PASSWORD}, timeout=60.0)
    return {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}


def _live(api: server.ApiHandle) -> str:
    return api.url.replace("http", "ws") + "/api/v1/live"


def _read_on(socket: ClientConnection) -> None:
    while True:
        socket.recv(timeout=0.6)


def test_snapshots_come_at_five_hertz(api: server.ApiHandle, fleet: FakeFleet) -> None:
    fleet.seed([("DOCK-01", "BLK-01", "QUEUED", "", 0.0)])
    with ws_connect(_live(api), additional_headers=_cookie(api)) as socket:
        first = json.loads(socket.recv(timeout=20))
        assert first["type"] == "snapshot"
        assert first["fleet_ready"] is True
        assert len(first["robots"]) == 4
        assert first["orders"][0]["state"] == "QUEUED"
        took = []
        for _ in range(4):  # the best of them: a busy machine may keep one waiting
            begin = time.monotonic()
            times = [json.loads(socket.recv(timeout=20))["t"] for _ in range(5)]
            took.append(time.monotonic() - begin)
            assert times == sorted(times)
        assert statistics.median(took) > 0.6
        assert min(took) < 2.5


def test_a_packed_client_gets_the_same_in_far_fewer_bytes(api: server.ApiHandle, fleet: FakeFleet) -> None:
    cookie = _cookie(api)
    with (
        ws_connect(_live(api) + "?packed=1", additional_headers=cookie) as packed,
        ws_connect(_live(api), additional_headers=cookie) as plain,
    ):
        assert packed.response is not None
        assert "Sec-WebSocket-Extensions" not in packed.response.headers  # no compression per client beside it
        for _ in range(3):
            frame, text = packed.recv(timeout=20), plain.recv(timeout=20)
            assert isinstance(frame, bytes)
            unpacked = zlib.decompress(frame)
            assert json.loads(unpacked).keys() == json.loads(text).keys()
            assert len(frame) < len(unpacked) / 2


def test_a_client_that_reads_nothing_slows_nobody(api: server.ApiHandle) -> None:
    cookie = _cookie(api)
    with (
        ws_connect(_live(api), additional_headers=cookie, max_queue=1, close_timeout=0.1),
        ws_connect(_live(api), additional_headers=cookie) as quick,
    ):
        ages = []
        for _ in range(10):
            json.loads(quick.recv(timeout=20))
            ages.append(time.monotonic())
        assert statistics.median(b - a for a, b in itertools.pairwise(ages)) < 1.0


def test_without_a_session_there_is_no_socket_and_the_end_of_one_is_said(
    api: server.ApiHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    for nobody in ({}, {"Cookie": f"{COOKIE}=ended"}):
        with pytest.raises(InvalidStatus):  # the page asks who it is, and goes to its login
            ws_connect(_live(api), additional_headers=nobody)
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.2)
    cookie = _cookie(api)
    with ws_connect(_live(api), additional_headers=cookie) as socket:
        assert socket.recv(timeout=20)
        assert httpx.post(f"{api.url}/api/v1/logout", headers=cookie, timeout=60.0).status_code == 200
        with pytest.raises(ConnectionClosed) as closed:
            list(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_other_origins_get_no_socket(api: server.ApiHandle) -> None:
    with pytest.raises(InvalidStatus):
        ws_connect(_live(api), additional_headers=_cookie(api), origin=Origin("http://evil.example"))


def test_a_broken_snapshot_does_not_end_the_feed(api: server.ApiHandle, fleet: FakeFleet) -> None:
    with ws_connect(_live(api), additional_headers=_cookie(api)) as socket:
        socket.recv(timeout=20)
        fleet.broken = True
        with pytest.raises(TimeoutError):
            _read_on(socket)
        fleet.broken = False
        assert json.loads(socket.recv(timeout=20))["type"] == "snapshot"


def test_a_taken_port_and_a_missing_build_are_said_clearly(
    fleet: FakeFleet, users: UserStore, tmp_path: object
) -> None:
    handle = server.start(fleet, small_site(4), port_number=0, users=users, static=tmp_path)  # type: ignore[arg-type]
    try:
        page = httpx.get(handle.url, timeout=60.0)
        assert page.status_code == 503
        assert "make setup" in page.text
        with pytest.raises(AmrError, match=r"run\.port_taken"):
            server.start(fleet, small_site(4), port_number=int(handle.url.rsplit(":", 1)[1]), users=users)
    finally:
        handle.stop()


class Taking:
    """A client that takes what it is sent and says nothing."""

    def __init__(self) -> None:
        self.taken = 0

    async def send_text(self, text: str) -> None:
        self.taken += 1

    async def receive(self) -> object:
        return await asyncio.Event().wait()


def test_no_client_costs_a_copy_of_the_picture_that_all_have() -> None:
    feed, clients = LiveFeed(FakeFleet()), [Taking() for _ in range(20)]
    size = sys.getsizeof(_encode(FakeFleet().snapshot()))

    async def served() -> int:
        tracemalloc.start()
        try:
            serving = [asyncio.create_task(feed.serve(cast(WebSocket, one), lambda: None)) for one in clients]
            while min(one.taken for one in clients) < 2:
                await asyncio.sleep(0.01)
            kept = tracemalloc.take_snapshot()
        finally:
            tracemalloc.stop()
        for one in serving:
            one.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        return sum(0.9 < trace.size / size < 1.1 for trace in kept.traces)

    assert asyncio.run(served()) <= 3  # the one that is sent, the next one in the making
