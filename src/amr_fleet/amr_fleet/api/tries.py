"""Wrong tries: a lock for who guesses, at which name, of which kind, from where. Nobody locks others out.

There is no lock on a name alone: whoever reaches the server could hold the administrator out with it. What stands
against many clients that guess together is the strength of passwords (`secrets_policy`), and that a PIN needs an
enrolled tablet.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.api.limits import one_client
from amr_fleet.store.accounts import AccountStore

MAX_TRIES: Final = 5
LOCK_SECONDS: Final = 60.0
LONGEST_LOCK: Final = 3600.0
_LONGEST_KEY: Final = 200


class Tries:
    """Counts on disk, so a restart opens no lock. clock: Unix seconds. Safe to call from several threads."""

    def __init__(self, rows: AccountStore, clock: Callable[[], float]) -> None:
        self._rows = rows
        self._clock = clock
        self._counting = threading.Lock()

    def count(self, kind: str, name: str, client: str) -> None:
        """Count a try as wrong before it is looked at; raise auth.locked. Each further lock is twice as long."""
        key = _key(kind, name, client)
        with self._counting:
            now = self._clock()
            wrong, last = self._rows.wrong_tries(key)
            locks = wrong // MAX_TRIES
            lock = min(LONGEST_LOCK, LOCK_SECONDS * 2.0 ** min(locks - 1, 10)) if locks else 0.0
            if wrong % MAX_TRIES == 0 and now - last < lock:
                raise AmrError("auth.locked", seconds=max(1, round(lock - (now - last))))
            if now - last > 2 * LONGEST_LOCK:
                wrong = 0
            self._rows.set_wrong_tries(key, wrong + 1, now, now - 2 * LONGEST_LOCK)

    def forget(self, kind: str, name: str, client: str) -> None:
        """The try was right: its client starts anew."""
        self._rows.set_wrong_tries(_key(kind, name, client), 0, 0.0, 0.0)

    def forget_all(self, kind: str, name: str) -> None:
        """Somebody who may gave the name another secret: every lock of it opens."""
        self._rows.forget_tries(_key(kind, name, ""))


def _key(kind: str, name: str, client: str) -> str:
    # The name last but bounded: a client chooses it, and must not be able to write another's key.
    return f"{kind}:{len(name)}:{name[:64]}:{one_client(client)}"[:_LONGEST_KEY]
