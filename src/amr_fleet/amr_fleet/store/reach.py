"""Connections to a PostgreSQL that may fall silent: a cut in the network closes nothing, it only answers no more.

Who waits for an answer gives up after some silence. While the server is silent nobody else waits for it: a thread tries
to reach it, and everybody is refused at once until it did.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Any, Final

import psycopg

CONNECT_S: Final = 3
SILENCE_S: Final = 30.0
"""s without a byte until an answer is given up: a large journal is read in one statement, which may think."""
HURRY_S: Final = 3.0
"""The same for who must not wait: robots stop when they hear no beat for so long."""
# chosen: so late the server is known to be back; each try opens a connection in a thread of its own
_TRY_EVERY_S: Final = 0.5
_SLOW_S: Final = 1.0  # who fails sooner was refused, and holds nobody up
_LOST_HOST: Final = {
    "connect_timeout": CONNECT_S, "tcp_user_timeout": 5000, "keepalives_idle": 2, "keepalives_interval": 1,
    "keepalives_count": 3,
}  # fmt: skip


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server says nothing for `silence` s. lost: called then."""

    silence = SILENCE_S
    lost: Callable[[], None] | None = None

    def hurry(self) -> None:
        """Wait for HURRY_S only."""
        self.silence = HURRY_S

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Do what psycopg does, as long as the server speaks."""
        return super().wait(self._heard(gen), interval, timeout)

    def _heard(self, gen: Any) -> Generator[Any, Any, Any]:
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = time.monotonic()
                if ready:
                    heard = now
                elif now - heard > self.silence:
                    gen.close()
                    self.pgconn.finish()
                    if self.lost is not None:
                        self.lost()
                    raise psycopg.OperationalError(f"the server said nothing for {self.silence:g} s")
                wanted = gen.send(ready)
        except StopIteration as done:
            return done.value


class Reach:
    """Makes the connections of one database. Safe to use from several threads."""

    def __init__(self) -> None:
        self._silence = SILENCE_S
        self._away = False
        self._lock = threading.Lock()
        self._over = threading.Event()

    def connect(self, *arguments: Any, **options: Any) -> PatientConnection:
        """Return a new connection; raise psycopg.OperationalError, at once while the server is known to be silent."""
        if self._away:
            raise psycopg.OperationalError("the server does not answer")
        began = time.monotonic()
        try:
            made = PatientConnection.connect(*arguments, **options | _LOST_HOST)
        except psycopg.OperationalError:
            if time.monotonic() - began > _SLOW_S:
                self._lost(arguments, options)
            raise
        made.silence = self._silence
        made.lost = lambda: self._lost(arguments, options)
        return made

    def hurry(self) -> None:
        """Give connections to come HURRY_S of silence only."""
        self._silence = HURRY_S

    def close(self) -> None:
        """End the thread that tries to reach the server."""
        self._over.set()

    def _lost(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        with self._lock:
            if self._away or self._over.is_set():
                return
            self._away = True
        threading.Thread(target=self._look, args=(arguments, options), name="database_reach", daemon=True).start()

    def _look(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        while not self._over.wait(_TRY_EVERY_S):
            try:
                PatientConnection.connect(*arguments, **options | _LOST_HOST).close()
            except psycopg.errors.ConnectionTimeout:
                continue  # silent as before
            except psycopg.OperationalError:
                pass
            self._away = False  # it answers, be it with a refusal: everybody may hear that for themselves
            return
