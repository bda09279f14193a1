"""SIGINT and SIGTERM for main programs: both end a process, also one that is in the middle of building its nodes."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import threading
import time
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
NUDGE = signal.SIGUSR1
"""What the process sends to its own main thread."""

NUDGE_S = 0.1
"""How often a main thread that has not noticed a signal is woken again."""

PATIENCE_S = 3.0
"""How long it may go on building after the signal, in a library that waits for something, before the process ends.

Less than the supervisor waits before it kills; what a dead process leaves in shared memory, the next start removes.
"""


class Stop(threading.Event):
    """The event that ends ProcessHost.spin().

    spinning: somebody looks at it. ending: the clean-up has begun, which no signal interrupts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.spinning = False
        self.ending = False

    def end(self) -> None:
        """Say that the clean-up begins."""
        self.ending = True


def stop_on_signals() -> Stop:
    """Return an event that SIGINT and SIGTERM set; whatever follows the first of them is ignored.

    For main programs: ros2 launch and a terminal both send SIGINT, and the second must not interrupt the clean-up.
    While nodes are being built, which can take many seconds, nobody looks at the event: the signal ends that at once.
    """
    stop = Stop()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if not stop.spinning and not stop.ending:
            raise SystemExit(0)

    for number in (*SIGNALS, NUDGE):
        signal.signal(number, on_signal)
    _Nudge(stop).start()
    atexit.register(stop.end)
    return stop


class _Nudge(threading.Thread):
    """Wakes the main thread, which makes this object, if it was told to stop while it builds and did not hear.

    Python runs a handler between two steps of the main thread. A signal that comes after the last look and before a
    call that waits (7 of 600 tries that aim at a sleep) is heard when the call returns; a SystemExit that comes up in
    a destructor or in somebody's `except BaseException` is lost. The kernel's handler writes to a socket at once,
    whatever the main thread does.
    """

    def __init__(self, stop: Stop) -> None:
        super().__init__(name="signals", daemon=True)
        self._stop_event = stop
        self._main = threading.get_ident()
        self._heard, written = socket.socketpair()
        written.setblocking(False)
        self._written = written  # kept open: the kernel's handler writes to it
        signal.set_wakeup_fd(written.fileno(), warn_on_full_buffer=False)

    def run(self) -> None:
        """Wait for the first signal, then wake the main thread until it has noticed."""
        while self._heard.recv(1)[0] not in SIGNALS:
            continue
        for _ in range(round(PATIENCE_S / NUDGE_S)):
            time.sleep(NUDGE_S)
            if self._stop_event.spinning or self._stop_event.ending:
                return
            signal.pthread_kill(self._main, NUDGE)
        os._exit(0)
