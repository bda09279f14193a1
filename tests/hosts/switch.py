"""A switch of our own between the computers of a test: what a network does to frames, seeded, and what it counts.

The kernel's netem is not in every kernel, so frames pass through this process: a tap device of each computer is a port.
One thread owns everything; tests change the two ways of a port and read its counters while it runs.
"""

from __future__ import annotations

import heapq
import os
import random
import selectors
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Final

_HEADER: Final = 14
_LONGEST: Final = 65536
_GROUP_BIT: Final = 1


@dataclass
class Way:
    """What happens to frames on one way of a port, and what passed. loss: 0..1; delay, jitter: s; mtu: B, 0 = any.

    in_order: jitter does not change the order of frames. sent, frames: what was put on this way, lost ones too.
    """

    loss: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    mtu: int = 0
    cut: bool = False
    in_order: bool = True
    sent: int = 0
    frames: int = 0
    dropped: int = 0
    newest: float = field(default=0.0, repr=False)

    def pass_at(self, now: float, frame: bytes, chance: random.Random) -> float | None:
        """Return when a frame that is put on this way at now (s) comes out of it, None when it does not."""
        self.sent += len(frame)
        self.frames += 1
        if self.cut or chance.random() < self.loss or (self.mtu and len(frame) - _HEADER > self.mtu):
            self.dropped += 1
            return None
        at = now + self.delay + self.jitter * chance.random()
        if self.in_order:
            at = self.newest = max(at, self.newest)
        return at


@dataclass(eq=False)
class Port:
    """One computer at the switch. up: from it; down: to it; wire: computers of one wire hear each other."""

    name: str
    fd: int
    wire: str
    up: Way = field(default_factory=Way)
    down: Way = field(default_factory=Way)

    def set(self, **conditions: float | bool) -> None:
        """Give both ways the same conditions."""
        for way in (self.up, self.down):
            for name, value in conditions.items():
                setattr(way, name, value)


class Switch:
    """Carries frames between its ports until close()."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._ports: list[Port] = []
        self._places: dict[tuple[str, bytes], Port] = {}
        self._due: list[tuple[float, int, Port, bytes]] = []
        self._count = 0
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._over = False
        self._new: list[Port] = []
        self._thread = threading.Thread(target=self._run, name="switch", daemon=True)
        self._thread.start()

    def plug(self, name: str, fd: int, wire: str) -> Port:
        """Return a new port; the switch owns fd, a tap device, from now on."""
        os.set_blocking(fd, False)
        port = Port(name, fd, wire)
        self._new.append(port)
        self._wake.send(b".")
        return port

    def close(self) -> None:
        """End the thread and the devices."""
        self._over = True
        self._wake.send(b".")
        self._thread.join()
        for port in self._ports:
            os.close(port.fd)
        self._selector.close()
        self._wake.close()
        self._woken.close()

    def _run(self) -> None:
        while not self._over:
            wait = max(0.0, self._due[0][0] - time.monotonic()) if self._due else None
            for key, _ in self._selector.select(wait):
                if key.data is None:
                    self._woken.recv(64)
                else:
                    self._read(key.data)
            while self._new:
                port = self._new.pop()
                self._ports.append(port)
                self._selector.register(port.fd, selectors.EVENT_READ, port)
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                _, _, port, frame = heapq.heappop(self._due)
                _write(port.fd, frame)

    def _read(self, port: Port) -> None:
        while True:
            try:
                frame = os.read(port.fd, _LONGEST)
            except OSError:  # nothing more, or the device is down
                return
            self.carry(time.monotonic(), port, frame)

    def carry(self, now: float, port: Port, frame: bytes) -> None:
        """Take a frame from a port at now (s): learn where its sender is, put it on the ways of its receivers."""
        if len(frame) < _HEADER:
            return
        receiver, sender = frame[:6], frame[6:12]
        self._places[port.wire, sender] = port
        out = port.up.pass_at(now, frame, self._chance)
        if out is None:
            return
        known = None if receiver[0] & _GROUP_BIT else self._places.get((port.wire, receiver))
        others = [p for p in self._ports if p.wire == port.wire] if known is None else [known]
        for other in others:
            if other is not port and (at := other.down.pass_at(out, frame, self._chance)) is not None:
                self._count += 1
                heapq.heappush(self._due, (at, self._count, other, frame))


def _write(fd: int, frame: bytes) -> None:
    try:
        os.write(fd, frame)
    except OSError:  # the device is down: nobody hears
        return
