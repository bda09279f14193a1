"""Starts the process of API and dashboard, gives it the link and the listener, and starts it again when it ends."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from amr_core.errors import ERRORS, AmrError
from amr_fleet.api_process import codec
from amr_fleet.api_process.calls import Calls
from amr_fleet.api_process.engine_side import EngineSide
from amr_fleet.api_process.frames import FAILED, SETUP, UP, LinkGoneError, send
from amr_fleet.api_process.pulse import START_SECONDS
from amr_fleet.api_process.setup import ApiSetup
from amr_fleet.listener import listen, shown
from amr_fleet.ports import FleetPort

BACK_OFF: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""s before the first, second, .. start in a row of one that did not come up; the last goes on for ever."""
END_SECONDS: Final = 6.0
"""s for what is under way; one that has not come up, or hangs, has nothing under way."""

# s; chosen: what hangs before it came up has nothing under way, and each moment of it nobody sees a page
_AT_ONCE: Final = 0.5

Spawn = Callable[[socket.socket, socket.socket], "subprocess.Popen[bytes]"]


def spawn(link: socket.socket, listener: socket.socket) -> subprocess.Popen[bytes]:
    """Start the process with its ends of both. What it says to systemd would count as a word of the engine."""
    fds = (link.fileno(), listener.fileno())
    inherited = {k: v for k, v in os.environ.items() if k != "NOTIFY_SOCKET" and not k.startswith("WATCHDOG_")}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "amr_fleet.api_process.main", *map(str, fds)],
        pass_fds=fds,
        stdin=subprocess.DEVNULL,
        # glibc keeps what each thread once took: two arenas are enough for a server.
        env={**inherited, "MALLOC_ARENA_MAX": "2", "AMR_PARENT_PID": str(os.getpid())},
    )


class ApiKeeper:
    """One process at a time, for as long as the engine lives. say: a line for the log.

    calls: what it may ask beside the fleet's port. pid: of the process that lives, 0 = none.
    """

    def __init__(
        self, setup: ApiSetup, fleet: FleetPort, *, port: int, say: Callable[[str], object], calls: Calls,
        spawn: Spawn = spawn,
    ) -> None:  # fmt: skip
        """Listen on the port (0 = a free one), or raise run.port_taken; `start` does the rest."""
        self._setup, self._fleet, self._say, self._calls, self._spawn = setup, fleet, say, calls, spawn
        self._listener = listen(setup.host, port)
        self.url = shown(setup.host, self._listener, "https" if setup.certificate else "http")
        self.pid = 0
        self._side: EngineSide | None = None
        self._up = threading.Event()
        self._login: dict[str, str] = {}
        self._error: AmrError | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="api_keeper", daemon=True)

    def start(self, seconds: float = START_SECONDS) -> dict[str, str]:
        """Start it and wait until it answers; return the login that it made, or raise what kept it from that."""
        self._thread.start()
        if not self._up.wait(seconds) and self._error is None:
            self._error = AmrError("internal", reason="the process of the API did not start")
        if self._error is not None:
            self.close()
            raise self._error
        return self._login

    def close(self) -> None:
        """End it."""
        self._over.set()
        side = self._side
        if side is not None:
            side.close()
        if self._thread.is_alive():
            self._thread.join(END_SECONDS + 2.0)
        self._listener.close()

    # --- the keeper's thread: the kernel ends the process with the thread that started it

    def _keep(self) -> None:
        falls, pause = 0, BACK_OFF[0]
        while not self._over.wait(pause):
            came_up = False
            try:
                came_up = self._one_life()
            except OSError as error:  # no process, no memory: it may be there next time
                self._say(f"the process of the API could not be started: {error}")
            except Exception as error:  # a fault of ours: with the keeper the screen would be gone for good
                self._say(f"a fault ended the process of the API: {type(error).__name__}: {error}")
            if self._over.is_set() or (self._error is not None and not self._up.is_set()):
                break
            falls = 0 if came_up else falls + 1
            pause = BACK_OFF[min(falls, len(BACK_OFF) - 1)]
            self._say(f"the process of the API ended; starting it again in {pause:g} s")
        self._up.set()  # whoever waits looks at the error

    def _one_life(self) -> bool:
        """Start it, serve it until it is gone; return whether it came up."""
        ours, theirs = socket.socketpair()
        came_up, patience = False, _AT_ONCE

        def hear(kind: bytes, content: bytes) -> None:
            nonlocal came_up
            if kind == UP:
                came_up = True
                self._came_up(codec.loads(content))
            elif kind == FAILED:
                self._failed(codec.loads(content))
            else:
                raise LinkGoneError("a frame of no known kind")

        with ours:
            with theirs:
                process = self._spawn(theirs, self._listener)
            self.pid = process.pid
            try:
                send(ours, SETUP, pickle.dumps((self._setup, sorted(self._calls))))
                side = self._side = EngineSide(self._fleet, ours, self._calls)
                if self._over.is_set():  # close() may have looked for it before it was there
                    side.close()
                side.serve(hear)
                if side.fault:
                    self._say(f"the process of the API was cut off: {side.fault}")
                elif came_up:
                    patience = END_SECONDS
            except (LinkGoneError, AmrError) as error:
                self._say(f"the link to the process of the API is gone: {error}")
            finally:
                _end(process, patience)
                self.pid = 0
        return came_up

    def _came_up(self, said: dict[str, object]) -> None:
        if self._up.is_set():
            return
        self._login = {str(name): str(value) for name, value in said.items()}
        self._setup = replace(self._setup, login="none")  # the next life has what the first one made
        self._up.set()

    def _failed(self, said: dict[str, object]) -> None:
        error = _error(said)
        self._say(f"the API did not start: {error}")
        if not self._up.is_set():
            self._error = error


def _error(said: dict[str, object]) -> AmrError:
    """Return the error that kept it from starting."""
    code, facts = said.get("code"), said.get("facts")
    if not isinstance(code, str) or code not in ERRORS or not isinstance(facts, dict):
        return AmrError("internal", reason=str(said)[:300])
    return AmrError(code, **{str(name): value for name, value in facts.items()})


def _end(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
