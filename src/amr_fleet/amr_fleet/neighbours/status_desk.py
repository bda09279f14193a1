"""Status of robots for receivers of MassRobotics' standard: a thread and a WebSocket for each, nothing kept for later.

A receiver that is away, or takes nothing for its time-out, is left alone for a while and then told how the robots are
by then. What it says is thrown away. The engine knows nothing of all this: what is said comes from its last snapshot.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from amr_core.errors import AmrError
from amr_core.identity.tls import trusting
from amr_fleet.neighbours.levels import Levels
from amr_fleet.neighbours.massrobotics import AmrReports
from amr_fleet.neighbours.settings import MassRobotics, StatusReceiver
from amr_fleet.ports import FleetSnapshot
from amr_fleet.webhooks.delivery import connect as connect_to
from amr_fleet.webhooks.guard import allowed_addresses
from amr_fleet.webhooks.threads import Threads

PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""s that a receiver is left alone after its first, second ... failure in a row."""
HELD_S: Final = 10.0
"""s after which a connection counts as one that holds."""
_LONGEST_WORD: Final = 65_536  # bytes of what a receiver may say at once
_MOST_WORDS: Final = 100  # between two reports


@dataclass
class _Way:
    """To one receiver. since: when the connection was made; sent: reports since the start."""

    receiver: StatusReceiver
    socket: ClientConnection | None = None
    since: float = 0.0
    failures: int = 0
    resume: float = 0.0
    sent: int = 0


class StatusDesk(Threads):
    """Sends. snapshot: returns the fleet as it is; log: what an engineer should know."""

    def __init__(
        self,
        settings: MassRobotics,
        site: str,
        robots: Mapping[str, str],
        snapshot: Callable[[], FleetSnapshot],
        log: Callable[[str], object],
        *,
        steady: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
        levels: Levels | None = None,
    ) -> None:
        """robots: name -> type."""
        super().__init__("massrobotics", self._say)
        self._settings, self._snapshot, self._log, self._steady, self._clock = settings, snapshot, log, steady, clock
        self.reports = AmrReports(settings, site, robots, levels)
        self._said: dict[str, str] = {}
        self._ways = {receiver.name: _Way(receiver) for receiver in settings.receivers}

    def start(self) -> None:
        """Start the threads."""
        for name in self._ways:
            self._thread(name, partial(self.tell, name), 1.0 / self._settings.hz)

    def close(self) -> None:
        """End the threads and connections."""
        self.end()
        for way in self._ways.values():
            _hang_up(way)

    def sent(self, name: str) -> int:
        """Return how many reports a receiver was sent since the start."""
        return self._ways[name].sent

    def tell(self, name: str) -> None:
        """Say how all robots are, at the beginning of a connection who they are, too."""
        way = self._ways[name]
        if self._steady() < way.resume:
            return
        try:
            at = self._clock()
            if way.socket is None:
                way.socket, way.since = open_socket(way.receiver, loopback=self._settings.loopback), self._steady()
                self._send(way, self.reports.identities(at))
            _throw_away(way.socket)
            self._send(way, self.reports.statuses(self._snapshot(), at, way.receiver.states))
        except (OSError, WebSocketException, ValueError, AmrError) as error:
            self._away(way, error)
        else:
            if self._steady() - way.since >= HELD_S:
                way.failures = 0
            self._say(name, "it is told")

    def _send(self, way: _Way, reports: list[dict[str, object]]) -> None:
        for report in reports:
            if self._stop.is_set() or way.socket is None:
                return
            way.socket.send(json.dumps(report, allow_nan=False))
            way.sent += 1

    def _away(self, way: _Way, error: Exception) -> None:
        _hang_up(way)
        way.resume = self._steady() + PAUSES[min(way.failures, len(PAUSES) - 1)]
        way.failures += 1
        reason = error.facts.get("reason", "") if isinstance(error, AmrError) else error
        self._say(way.receiver.name, f"{type(error).__name__}: {' '.join(str(reason).split())}"[:200])

    def _say(self, about: str, text: str) -> None:
        if self._said.get(about) != text:
            self._said[about] = text
            self._log(f"massrobotics: {about}: {text}")


def open_socket(receiver: StatusReceiver, *, loopback: bool) -> ClientConnection:
    """Connect to a receiver whose address is allowed. Raises OSError, WebSocketException or webhook.address."""
    host = receiver.parts.hostname or ""
    addresses = allowed_addresses(host, receiver.port, receiver.allowed(), loopback=loopback)
    sock = connect_to(addresses, receiver.port, receiver.timeout)
    try:
        # A send that takes longer fails: who reads nothing would hold its thread, and its end, for ever.
        sock.settimeout(None)
        seconds = struct.pack("ll", int(receiver.timeout), int(1e6 * (receiver.timeout % 1.0)))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, seconds)
        secured = None if receiver.plain else trusting(receiver.ca_file)
        made = connect(
            receiver.url, sock=sock, ssl=secured, server_hostname=None if secured is None else host, proxy=None,
            compression=None, open_timeout=receiver.timeout, close_timeout=1.0, max_size=_LONGEST_WORD,
        )  # fmt: skip
        return made.__enter__()  # ended by close(), in another call
    except BaseException:
        sock.close()
        raise


def _throw_away(connection: ClientConnection) -> None:
    """Take what the other side says, so that its pings are answered; raises when it has gone."""
    with suppress(TimeoutError):
        for _ in range(_MOST_WORDS):
            connection.recv(timeout=0)


def _hang_up(way: _Way) -> None:
    if way.socket is not None:
        with suppress(OSError, WebSocketException):
            way.socket.close()
        way.socket = None
