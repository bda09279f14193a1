"""The demo's broker with the clients that we use, and what VDA 5050 needs of a broker."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from amr_core.errors import AmrError
from amr_interop.mqtt.demo_broker import matches, serving
from amr_interop.mqtt.link import Broker, Letter, MqttLink, Received


@pytest.fixture
def port() -> Iterator[int]:
    with serving() as number:
        yield number


def test_a_broker_that_ends_leaves_no_task_no_thread_and_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that is left behind speaks up when memory is tidied, in the middle of whatever runs then."""
    made, loops = asyncio.new_event_loop, list[asyncio.AbstractEventLoop]()

    def kept() -> asyncio.AbstractEventLoop:
        loops.append(made())
        return loops[-1]

    monkeypatch.setattr(asyncio, "new_event_loop", kept)
    with serving() as number:
        one = client(number, "one", "x", will=Letter("w", {}))
        mute = socket.create_connection(("127.0.0.1", number))  # it never says who it is
        until(lambda: len(asyncio.all_tasks(loops[0])) >= 2)
        tasks = asyncio.all_tasks(loops[0])
    one.close()
    mute.close()
    assert loops[0].is_closed()
    assert all(task.done() for task in tasks)
    assert "demo_broker" not in {thread.name for thread in threading.enumerate()}


def test_a_port_that_is_taken_is_an_error_and_leaves_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.new_event_loop()
    monkeypatch.setattr(asyncio, "new_event_loop", lambda: loop)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match=r".+"), serving(int(taken.getsockname()[1])):
            pass
    assert loop.is_closed()


def until(happened: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def client(port: int, name: str, *topics: str, will: Letter | None = None) -> MqttLink:
    link = MqttLink(Broker(port=port), name, topics, will)
    link.start()
    assert link.wait_ready(10.0)
    return link


def heard(link: MqttLink, count: int) -> list[Received]:
    found: list[Received] = []

    def enough() -> bool:
        found.extend(link.take())
        return len(found) >= count

    until(enough)
    return found


@pytest.mark.parametrize(
    ("pattern", "topic", "fits"),
    [
        ("a/+/c", "a/b/c", True), ("a/+/c", "a/b/d", False), ("a/#", "a/b/c", True), ("#", "a", True),
        ("+", "a/b", False),
        ("a/b", "a/b/c", False), ("#", "$SYS/x", False), ("$SYS/#", "$SYS/x", True),
    ],
)  # fmt: skip
def test_filters(pattern: str, topic: str, fits: bool) -> None:
    assert matches(pattern, topic) is fits


def test_a_message_reaches_who_asked_and_a_kept_one_whoever_comes_later(port: int) -> None:
    first = client(port, "first", "x/#")
    sender = client(port, "sender")
    sender.send(Letter("x/1/order", {"a": 1}))
    sender.send(Letter("x/1/connection", {"b": 2}, retain=True, qos=1))
    assert [(m.topic, json.loads(m.payload), m.retained) for m in heard(first, 2)] == [
        ("x/1/order", {"a": 1}, False),
        ("x/1/connection", {"b": 2}, False),
    ]
    late = client(port, "late", "#")
    assert [(m.topic, m.retained) for m in heard(late, 1)] == [("x/1/connection", True)]
    for link in (first, sender, late):
        link.close()


def test_many_messages_of_any_length_come_whole_and_in_order_also_after_a_cut(port: int) -> None:
    """They are read ahead, and the thread rests between two looks."""
    hearer = MqttLink(Broker(port=port), "hearer", ["m/#"], gather=0.02)
    hearer._client._ahead = b"\x30"  # what a connection before broke off is no beginning of what comes in this one
    hearer.start()
    assert hearer.wait_ready(10.0)
    sender = client(port, "sender")
    for part in range(2):
        for n in range(150):
            sender.send(Letter("m/1", {"n": n, "fill": "x" * (n * n * 4 % 70_000)}))
        told = [json.loads(m.payload) for m in heard(hearer, 150)]
        assert [(t["n"], len(t["fill"])) for t in told] == [(n, n * n * 4 % 70_000) for n in range(150)]
        if not part:
            hearer._client._sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
            until(lambda: hearer.connects == 2)
    for link in (hearer, sender):
        link.close()


def test_a_will_is_said_when_a_client_falls_silent_and_not_when_it_leaves(port: int) -> None:
    watcher = client(port, "watcher", "will/#")
    polite = client(port, "polite", will=Letter("will/polite", {}))
    rude = client(port, "rude", will=Letter("will/rude", {"x": 1}, retain=True))
    polite.close()
    rude._client._sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
    assert heard(watcher, 1)[0].topic == "will/rude"
    for link in (watcher, rude):
        link.close()


def test_the_same_client_id_takes_over_and_its_old_will_comes_first(port: int) -> None:
    watcher = client(port, "watcher", "r/#")
    old = client(port, "robot", will=Letter("r/connection", {"s": "BROKEN"}))
    new = client(port, "robot", will=Letter("r/connection", {"s": "BROKEN"}))
    new.send(Letter("r/connection", {"s": "ONLINE"}))
    assert json.loads(heard(watcher, 1)[0].payload) == {"s": "BROKEN"}
    old.close()
    for link in (watcher, new):
        link.close()


@pytest.mark.parametrize(
    "rubbish",
    [b"GET / HTTP/1.1\r\n\r\n", b"\x10\x00", b"\x10\xff\xff\xff\xff\xff", b"\x30\x05\x00\x03abc", b"\x10\x02\x00\x09"],
    ids=repr,
)
def test_who_does_not_speak_mqtt_is_cut_off_and_the_others_go_on(port: int, rubbish: bytes) -> None:
    watcher = client(port, "watcher", "x")
    with socket.create_connection(("127.0.0.1", port), 5.0) as stranger:
        stranger.settimeout(5.0)
        stranger.sendall(rubbish)
        stranger.shutdown(socket.SHUT_WR)
        while stranger.recv(100):
            pass
    sender = client(port, "sender")
    sender.send(Letter("x", {}))
    assert heard(watcher, 1)
    for link in (watcher, sender):
        link.close()


def test_without_a_broker_nothing_waits() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    link = MqttLink(Broker(port=port), "lonely", ["x"])
    link.start()
    began = time.monotonic()
    assert not link.send(Letter("x", {}))
    assert time.monotonic() - began < 1.0
    assert not link.ready
    link.close()


@pytest.mark.parametrize("text", ["", ":1", "h:", "h:0", "h:70000", "h:x", "h:²"])
def test_an_address_that_is_none(text: str) -> None:
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        Broker.parse(text)
