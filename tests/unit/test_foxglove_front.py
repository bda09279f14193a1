"""The way in for Foxglove: who comes in, what is passed on, who is dropped; and the feed behind it."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.site import load_site
from amr_fleet.neighbours import foxglove_front, viewing
from amr_fleet.neighbours.foxglove_feed import TRANSFORMS, FoxgloveFeed, need_foxglove
from amr_fleet.neighbours.foxglove_front import PROTOCOL, FoxgloveFront, FoxgloveWay, passes, role_at, token_of
from amr_fleet.neighbours.foxglove_layout import layout_text
from amr_fleet.neighbours.viewing import ViewedOrder, ViewedRobot

SITE = load_site("lab")
ROBOTS = [
    ViewedRobot("amr_01", "pallet_truck", "BUSY", "o1", "n1", "wait.traffic", 0.5, 1.0, 2.0, 0.0),
    ViewedRobot("amr_02", "unknown", "IDLE", "", "n2", "", 1.0, 3.0, 2.0, 0.0),
]
ORDERS = [
    ViewedOrder("o1", "ref", "D1", "A1", "TO_PICK", "amr_01", "wait.traffic", 1),
    ViewedOrder("o2", "", "D1", "A2", "QUEUED", "", "wait.robot", 0),
]
ROLES = {"see": "viewer", "law": "authority", "drive": "operator", "dock": "worker", "": ""}


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


class Rig:
    """A feed behind a front, and the fleet's accounts."""

    def __init__(self, most: int = 3) -> None:
        self.roles = dict(ROLES)
        self.away = False
        self.feed = FoxgloveFeed("test", ["/amr_01/scan_front"])
        self.front = FoxgloveFront(FoxgloveWay("127.0.0.1", 0, most=most), self.feed.port, self.ask)
        self.front.start()

    def ask(self, token: str) -> str:
        if self.away:
            raise OSError("no answer")
        return self.roles.get(token, "")

    @contextlib.contextmanager
    def client(self, path: str = "/?token=see", **how: Any) -> Iterator[ClientConnection]:
        with connect(f"ws://127.0.0.1:{self.front.port}{path}", subprotocols=[PROTOCOL], proxy=None, **how) as made:
            yield made

    def refused(self, path: str = "/", **how: Any) -> int:
        with pytest.raises(InvalidStatus) as caught, self.client(path, **how):
            pass
        return int(caught.value.response.status_code)


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.front.close()
    made.feed.close()


def channels(client: ClientConnection) -> dict[str, dict[str, Any]]:
    """Return what the server has, by topic, after its greeting."""
    said = json.loads(client.recv(timeout=10.0))
    assert (said["op"], said["capabilities"]) == ("serverInfo", []), "there is nothing that a client may do"
    found: dict[str, dict[str, Any]] = {}
    while len(found) < len(viewing.TABLES) + 4:
        found |= {one["topic"]: one for one in json.loads(client.recv(timeout=10.0))["channels"]}
    return found


def subscribed(client: ClientConnection, *topics: str) -> list[str]:
    there = channels(client)
    wanted = [{"id": i, "channelId": there[topic]["id"]} for i, topic in enumerate(topics)]
    client.send(json.dumps({"op": "subscribe", "subscriptions": wanted}))
    return [there[topic]["encoding"] for topic in topics]


def message(client: ClientConnection) -> tuple[int, int, bytes]:
    """Return subscription, time (ns) and payload of the next message."""
    data = client.recv(timeout=10.0)
    assert isinstance(data, bytes)
    opcode, subscription, t = struct.unpack_from("<BIQ", data)
    assert opcode == 1
    return subscription, t, data[13:]


def test_who_may_look_sees_map_robots_orders_and_waits(rig: Rig) -> None:
    with rig.client() as client:
        topics = (viewing.MAP, viewing.SCENE, viewing.ROBOTS, viewing.ORDERS, viewing.WAITS)
        assert subscribed(client, *topics) == ["json"] * 5
        until(lambda: all(rig.feed.wanted(topic) for topic in topics))
        assert rig.feed.news(viewing.MAP)
        assert not rig.feed.news(viewing.MAP)
        rig.feed.say(viewing.MAP, viewing.map_message(SITE, 1.0), 1.0)
        rig.feed.say(viewing.SCENE, viewing.scene_message(ROBOTS, {"amr_01": Pose2D(5.0, 6.0, 0.0)}, 2.0), 2.0)
        for topic, table in viewing.table_messages(ROBOTS, ORDERS, 3.0).items():
            rig.feed.say(topic, table, 3.0)
        heard = {}
        for _ in topics:
            subscription, t, data = message(client)
            heard[topics[subscription]] = (t, json.loads(data))
    assert heard[viewing.MAP][0] == 1_000_000_000
    assert len(heard[viewing.MAP][1]["entities"][0]["lines"]) == len(SITE.walls)
    scene = {entity["id"]: entity for entity in heard[viewing.SCENE][1]["entities"]}
    assert {"amr_01", "amr_02"} <= set(scene)
    assert scene["amr_01"]["texts"][0]["pose"]["position"] == {"x": 5.0, "y": 6.0, "z": 0.9}
    rows = heard[viewing.ROBOTS][1]["robots"]
    assert (rows[0]["robot"], rows[0]["battery"], rows[0]["waits"]) == ("amr_01", 50.0, "wait.traffic")
    assert [row["order"] for row in heard[viewing.ORDERS][1]["orders"]] == ["o1", "o2"]
    assert heard[viewing.WAITS][1]["waits"] == [
        {"robot": "amr_01", "order": "o1", "reason": "wait.traffic"},
        {"robot": "", "order": "o2", "reason": "wait.robot"},
    ]
    until(lambda: not rig.feed.wanted(viewing.MAP))


def test_frames_and_scans_are_foxgloves_own_messages(rig: Rig) -> None:
    with rig.client() as client:
        assert subscribed(client, TRANSFORMS, "/amr_01/scan_front") == ["protobuf", "protobuf"]
        until(lambda: rig.feed.wanted(TRANSFORMS) and rig.feed.wanted("/amr_01/scan_front"))
        rig.feed.place({"amr_01": Pose2D(1.0, 2.0, 0.5)}, 4.0)
        rig.feed.scan("/amr_01/scan_front", "amr_01", Pose2D(0.4, 0.0, 0.0), (-1.0, 1.0), [1.0, 2.0], 5.0)
        got = {subscription: (t, data) for subscription, t, data in (message(client), message(client))}
    assert [got[i][0] for i in (0, 1)] == [4_000_000_000, 5_000_000_000]
    assert b"map" in got[0][1]
    assert struct.pack("<2d", 1.0, 2.0) in got[1][1], "packed ranges"


@pytest.mark.parametrize(
    ("path", "header", "status"),
    [
        ("/", "", 401),
        ("/?token=", "", 401),
        ("/?token=nobody", "", 401),
        ("/?token=dock", "", 403),
        ("/?token=drive", "", 403),
        ("/", "Bearer dock", 403),
        ("/", "Bearer nobody", 401),
        ("/", "Basic see", 401),
        (f"/?token={'x' * 3000}", "", 401),
        (f"/?{'a=1&' * 50}", "", 401),
    ],
)
def test_who_may_not_look_does_not_come_in(rig: Rig, path: str, header: str, status: int) -> None:
    how = {"additional_headers": {"Authorization": header}} if header else {}
    assert rig.refused(path, **how) == status
    assert rig.front.counts["served"] == 0


@pytest.mark.parametrize("header", ["Bearer drive", "bearer see", "Bearer law"])
def test_a_token_in_a_header_may_be_anybodys_who_sees_the_fleet(rig: Rig, header: str) -> None:
    with rig.client("/", additional_headers={"Authorization": header}) as client:
        assert channels(client)


def test_a_fleet_that_does_not_answer_lets_nobody_in(rig: Rig) -> None:
    rig.away = True
    assert rig.refused("/?token=see") == 503


def test_no_more_come_in_than_may(rig: Rig) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            channels(stack.enter_context(rig.client()))
        assert rig.refused("/?token=see") == 503
    until(lambda: rig.front._inside == 0)
    with rig.client() as client:
        assert channels(client)


def test_who_may_no_more_is_out_and_a_fleet_that_starts_anew_ends_nobody(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foxglove_front, "CHECK_S", 0.1)
    with rig.client() as client:
        channels(client)
        rig.away = True
        with pytest.raises(TimeoutError):
            client.recv(timeout=0.5)
        rig.away = False
        del rig.roles["see"]
        with pytest.raises(WebSocketException):
            client.recv(timeout=10.0)
    assert rig.front.counts["ended"] == 1


@pytest.mark.parametrize(
    ("said", "passed"),
    [
        ('{"op": "subscribe", "subscriptions": []}', True),
        ('{"op": "unsubscribe", "subscriptionIds": []}', True),
        ('{"op": "advertise", "channels": []}', False),
        ('{"op": "setParameters", "parameters": []}', False),
        ('{"op": "fetchAsset", "uri": "file:///etc/passwd"}', False),
        ('{"op": ["subscribe"]}', False),
        ("[]", False), ("{", False), ("", False), ("[" * 5000, False), (b"\x01abc", False), (b"", False),
    ],
)  # fmt: skip
def test_only_what_asks_to_see_is_passed_on(said: str | bytes, passed: bool) -> None:
    assert passes(said) is passed


def test_what_is_not_passed_on_is_counted_and_ends_nobody(rig: Rig) -> None:
    with rig.client() as client:
        for said in (b"\x01" * 100, "rubbish", '{"op": "advertise"}'):
            client.send(said)
        assert channels(client)
        until(lambda: rig.front.counts["dropped"] == 3)
        client.send("x" * 100_000)
        with pytest.raises(WebSocketException):
            client.recv(timeout=10.0)


def test_one_that_takes_nothing_is_dropped_and_holds_up_neither_feed_nor_others(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foxglove_front, "SEND_S", 0.3)
    stuck = socket.create_connection(("127.0.0.1", rig.front.port))
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with contextlib.ExitStack() as stack:
        stack.callback(stuck.close)
        other = stack.enter_context(rig.client(max_size=None))
        subscribed(other, viewing.ORDERS)
        # A client that says what it wants and then never reads: its system takes a few kB.
        stuck.sendall(
            b"GET /?token=see HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Protocol: foxglove.sdk.v1\r\n\r\n"
        )
        until(lambda: rig.front.counts["served"] == 2)
        channel = rig.feed._json[viewing.ORDERS].id()
        said = json.dumps({"op": "subscribe", "subscriptions": [{"id": 1, "channelId": channel}]}).encode()
        stuck.sendall(bytes([0x81, 0x80 | len(said), 0, 0, 0, 0]) + said)
        until(lambda: rig.feed._wanted.count(viewing.ORDERS) == 2)
        table = viewing.table_messages([], ORDERS * 2000, 1.0)[viewing.ORDERS]
        began, took = time.monotonic(), []
        while rig.front.counts["slow"] == 0:
            assert time.monotonic() - began < 40.0
            before = time.monotonic()
            rig.feed.say(viewing.ORDERS, table, 1.0)
            took.append(time.monotonic() - before)
            assert len(message(other)[2]) > 100_000
        until(lambda: rig.feed._wanted.count(viewing.ORDERS) == 1)
        assert sorted(took)[len(took) // 2] < 1.0


def test_a_port_that_is_taken_is_said(rig: Rig) -> None:
    other = FoxgloveFront(FoxgloveWay("127.0.0.1", rig.front.port), rig.feed.port, rig.ask)
    with pytest.raises(OSError, match="in use"):
        other.start()


def test_a_token_is_read_from_a_header_before_an_address() -> None:
    assert token_of("/?token=a", "Bearer b") == ("b", False)
    assert token_of("/?token=a", "") == ("a", True)
    assert token_of("/x/?other=1", "Bearer ") == ("", True)


@contextlib.contextmanager
def api(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10.0)


def answering(status: int, body: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.mark.parametrize(
    ("status", "body", "role"),
    [
        (200, b'{"role": "viewer"}', "viewer"),
        (401, b"{}", ""),
        (403, b"no", ""),
        (200, b"[]", ""),
        (200, b'{"role": 1}', ""),
        (200, b'{"role": "viewer", "must_change": true}', ""),
        (200, b'{"role": "engineer", "must_enrol": true}', ""),
    ],
)
def test_the_fleet_says_what_role_a_token_has(status: int, body: bytes, role: str) -> None:
    with api(answering(status, body)) as url:
        assert role_at(url, "x") == role


@pytest.mark.parametrize(("status", "body"), [(503, b""), (429, b""), (200, b"{"), (200, b"\xff")])
def test_an_answer_that_says_nothing_is_no_answer(status: int, body: bytes) -> None:
    with api(answering(status, body)) as url, pytest.raises(OSError, match=r".*"):
        role_at(url, "x")
    with pytest.raises(OSError, match=r".*"):
        role_at("http://127.0.0.1:1", "x")
    with pytest.raises(OSError, match=r".*"):
        role_at("http://127.0.0.1:1", "a\r\nb")


def test_without_foxglove_sdk_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(AmrError) as caught:
        need_foxglove()
    assert (caught.value.code, caught.value.facts["extra"]) == ("extra.not_installed", "foxglove")


def test_the_shipped_layout_is_what_foxglove_sdk_makes_of_our_topics() -> None:
    shipped = (Path(__file__).parents[2] / "docs" / "examples" / "foxglove_layout.json").read_text()
    assert shipped == layout_text()
    for topic in (viewing.MAP, viewing.SCENE, *viewing.TABLES, "/amr_01/scan_front"):
        assert f'"{topic}' in shipped
