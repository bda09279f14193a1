"""Wrong tries: a lock for who guesses, at which name, of which kind, from where. Nobody locks others out.

There is no lock on a name alone: whoever reaches the server could hold the administrator out with it. What stands
against many clients that guess together is the strength of passwords (`secrets_policy`), and that a PIN needs an
enrolled tablet.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.api.limits import one_client
from amr_fleet.store.accounts import AccountStore

MAX_TRIES: Final = 5
NETWORK_TRIES: Final = 10 * MAX_TRIES
"""Of one public IPv6 network: its owner has 2^64 addresses, but all computers of a site may be behind it, too."""
LOCK_SECONDS: Final = 60.0  # chosen: who mistyped waits a minute once, who guesses gets twice as long each time
LONGEST_LOCK: Final = 3600.0  # s; chosen: guessing gets nowhere, and who forgot is not out for a shift
_LONGEST_KEY: Final = 200


class Tries:
    """Counts on disk, so a restart opens no lock. clock: Unix seconds. Safe to call from several threads."""

    def __init__(self, rows: AccountStore, clock: Callable[[], float]) -> None:
        self._rows = rows
        self._clock = clock
        self._counting = threading.Lock()

    def count(self, kind: str, name: str, client: str) -> None:
        """Count a try as wrong before it is looked at; raise auth.locked. Each further lock is twice as long."""
        with self._counting:
            now = self._clock()
            counted = [(key, self._wrong(key, most, now)) for key, most in _keys(kind, name, client)]
            for key, wrong in counted:  # none of them when one is locked: who is, locks nobody beside him
                self._rows.set_wrong_tries(key, wrong + 1, now, now - 2 * LONGEST_LOCK)

    def _wrong(self, key: str, most: int, now: float) -> int:
        """Return how many wrong tries count yet; raise auth.locked."""
        wrong, last = self._rows.wrong_tries(key)
        locks = wrong // most
        lock = min(LONGEST_LOCK, LOCK_SECONDS * 2.0 ** min(locks - 1, 10)) if locks else 0.0
        if wrong % most == 0 and 0.0 <= now - last < lock:  # last is to come where the clock was set back: no lock
            raise AmrError("auth.locked", seconds=max(1, round(lock - (now - last))))
        return 0 if now - last > 2 * LONGEST_LOCK else wrong

    def forget(self, kind: str, name: str, client: str) -> None:
        """The try was right: its client starts anew."""
        for key, _ in _keys(kind, name, client):
            self._rows.set_wrong_tries(key, 0, 0.0, 0.0)

    def forget_all(self, kind: str, name: str) -> None:
        """Somebody who may gave the name another secret: every lock of it opens."""
        self._rows.forget_tries(_key(kind, name, ""))


def _keys(kind: str, name: str, client: str) -> list[tuple[str, int]]:
    """Return what a try counts for, and how many lock it: the address, and of public IPv6 its network, too."""
    network = one_client(client)
    if "/" not in network or network == client:
        return [(_key(kind, name, network), MAX_TRIES)]
    address = str(ipaddress.IPv6Address(client))
    return [(_key(kind, name, address), MAX_TRIES), (_key(kind, name, network), NETWORK_TRIES)]


def _key(kind: str, name: str, client: str) -> str:
    # The name last but bounded: a client chooses it, and must not be able to write another's key.
    return f"{kind}:{len(name)}:{name[:64]}:{client}"[:_LONGEST_KEY]
