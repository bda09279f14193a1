"""What a provider said is over, lately: each word counts once, also for log-ins on their way.

In memory; which words were used is in the database as well, over a restart (`AccountStore.log_out_is_used`).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.oidc.flow import LIFE_S
from amr_fleet.oidc.tokens import LEEWAY_S, OLDEST_S

MOST: Final = 20_000
GOOD_S: Final = OLDEST_S + 2 * LEEWAY_S
"""s that a logout token may be believed."""


def used_already() -> AmrError:
    """Return the error of a logout token that comes once more."""
    return AmrError("oidc.bad_log_out", reason="the logout token was used already")


class Endings:
    """Safe to use from several threads. Of too many the oldest go."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._used: OrderedDict[str, float] = OrderedDict()
        self._over: deque[tuple[float, str, str]] = deque(maxlen=MOST)

    def use(self, jti: str) -> None:
        """Note that a logout token was used, or raise oidc.bad_log_out when it was before."""
        with self._lock:
            now = self._clock()
            while self._used and (len(self._used) >= MOST or next(iter(self._used.values())) < now - GOOD_S):
                self._used.popitem(last=False)
            if jti in self._used:
                raise used_already()
            self._used[jti] = now

    def unused(self, jti: str) -> None:
        """Take a token back that did nothing: the provider may send it again."""
        with self._lock:
            self._used.pop(jti, None)

    def add(self, identity: str, sid: str) -> None:
        """Note that sessions of somebody (identity), of one session there (sid), or of both are over."""
        with self._lock:
            while self._over and self._over[0][0] < self._clock() - LIFE_S:
                self._over.popleft()
            self._over.append((self._clock(), identity, sid))

    def cover(self, identity: str, sid: str, since: float) -> bool:
        """Return whether a log-in of somebody, begun then (s of the same clock), was said to be over meanwhile."""
        with self._lock:
            over = [(whose, there) for at, whose, there in self._over if at >= since]
        return any(
            whose in ("", identity) and (there in ("", sid) or (bool(whose) and not sid)) for whose, there in over
        )
