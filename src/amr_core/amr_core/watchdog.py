"""Tells systemd that the fleet's engine, or a robot's agent, steps: what hangs is started again by its unit.

The protocol is sd_notify(3): one datagram to the socket that $NOTIFY_SOCKET names. Who says it is a child of the unit's
main process, so $WATCHDOG_PID is not looked at and the unit says NotifyAccess=all. Without systemd nothing happens.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping


class Watchdog:
    """Call step() after each step; it speaks at most four times in a watchdog's period."""

    def __init__(
        self, environment: Mapping[str, str] = os.environ, clock: Callable[[], float] = time.monotonic
    ) -> None:
        name = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + name[1:] if name.startswith("@") else name
        microseconds = environment.get("WATCHDOG_USEC", "")
        self._period = int(microseconds) / 4e6 if microseconds.isdigit() else float("inf")
        self._clock = clock
        self._due = -float("inf")
        self._began = False
        self._socket: socket.socket | None = None

    def step(self) -> None:
        """Say READY=1 with the first step, and WATCHDOG=1 with this one when it is time."""
        if not self._address or (self._began and self._clock() < self._due):
            return
        self._due = self._clock() + self._period
        self._say(b"WATCHDOG=1" if self._began else b"READY=1\nWATCHDOG=1")
        self._began = True

    def _say(self, words: bytes) -> None:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        with contextlib.suppress(OSError):  # nobody listens, or is slow: the next step says it again
            self._socket.sendto(words, self._address)

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
