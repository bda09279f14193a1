"""What one broker, one bridge and one PostgreSQL carry at most: floods without robots, each until a second is a second.

The broker is asked by plain sockets: packets are made once and sent as they are, so that what is measured is mosquitto.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import socket
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any, Final

from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.journal import JournalStore
from amr_interop.mqtt.link import Broker

STATE_BYTES: Final = 2800
"""Of a robot at work, see `load`."""
ROWS: Final = 4
"""Of a transaction, about as many as a step of an engine with work for all writes."""
_WARM_S: Final = 1.0  # chosen: sockets and buffers are full by then; longer only costs time
_PATIENCE_S: Final = 60.0  # chosen: a flooded machine answers late; only what never comes ends the bench
_TOPIC: Final = b"flood/state"
_CONTEXT: Final = multiprocessing.get_context("spawn")


def _packet(kind: int, body: bytes) -> bytes:
    """Return a packet of MQTT 3.1.1: type and flags, length in sevens of bits, body."""
    head, left = bytearray([kind]), len(body)
    while True:
        head.append(left % 128 | (128 if left >= 128 else 0))
        left //= 128
        if not left:
            return bytes(head) + body


def _text(word: bytes) -> bytes:
    return len(word).to_bytes(2, "big") + word


_STATE: Final = _packet(0x30, _text(_TOPIC) + b"x" * STATE_BYTES)


def _connect(address: Broker, name: str) -> socket.socket:
    line = socket.create_connection((address.host, address.port), _PATIENCE_S)
    line.sendall(_packet(0x10, _text(b"MQTT") + b"\x04\x02\x00\x00" + _text(name.encode())))
    if line.recv(4) != b"\x20\x02\x00\x00":
        raise OSError("the broker does not let the flood in")
    return line


def _talk(address: Broker, number: int, stop: threading.Event) -> None:
    """Publish states until told to stop, as fast as the broker takes them."""
    with _connect(address, f"flood-{number}") as line, contextlib.suppress(OSError):
        while not stop.is_set():
            line.sendall(20 * _STATE)


def messages(into: Broker, out: Broker, seconds: float, talkers: int = 2) -> float:
    """Return how many states a second come out of one broker that go into another, or the same."""
    stop = threading.Event()
    with _connect(out, "flood-ear") as ear:
        ear.sendall(_packet(0x82, b"\x00\x01" + _text(_TOPIC) + b"\x00"))
        # Threads: each sends what is made already, and waits for the broker without Python's lock.
        threads = [threading.Thread(target=_talk, args=(into, n, stop), daemon=True) for n in range(talkers)]
        for thread in threads:
            thread.start()
        try:
            _count(ear, min(_WARM_S, seconds))
            began = time.monotonic()
            return _count(ear, seconds) / len(_STATE) / (time.monotonic() - began)
        finally:
            stop.set()
            ear.close()
            for thread in threads:
                thread.join(_PATIENCE_S)


def _count(ear: socket.socket, seconds: float) -> int:
    """Return how many bytes come in some seconds."""
    end, found = time.monotonic() + seconds, 0
    while not found or time.monotonic() < end:
        came = ear.recv(1 << 20)
        if not came:
            raise OSError("the broker hung up on the flood")
        found += len(came)
    return found


def _write(where: str, seconds: float, link: Connection) -> None:
    """Append to a journal as an engine does, one transaction after the other."""
    store = JournalStore(where)
    store.own()
    entry = JournalEntry(t=1.0, kind="robot_time", robot="amr_01", facts={"node": "N1", "seconds": 10.0, "v": 1.0})
    link.send(True)
    link.recv()
    began, commits = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        store.append([entry] * ROWS)
        commits += 1
    link.send(commits / (time.monotonic() - began))
    store.close()


def commits(databases: Sequence[str], seconds: float) -> float:
    """Return how many transactions a second all journals together take, each written by a process of its own."""
    lines = []
    for where in databases:
        ours, theirs = _CONTEXT.Pipe()
        _CONTEXT.Process(target=_write, args=(where, seconds, theirs), daemon=True).start()
        lines.append(ours)
    for line in lines:
        _answer(line)
    for line in lines:
        line.send(True)
    return sum(float(_answer(line, seconds)) for line in lines)


def _answer(line: Connection, seconds: float = 0.0) -> Any:
    if not line.poll(seconds + _PATIENCE_S):
        raise TimeoutError("a process of the flood has not answered")
    return line.recv()
