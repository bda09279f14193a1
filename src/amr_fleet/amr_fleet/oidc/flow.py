"""Log-ins that were begun and are not done: what the browser's answer is compared with. In memory only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# chosen: password and second step at the provider; longer, a log-in that was left open may be ended by another
LIFE_S: Final = 600.0
MOST: Final = 2000


@dataclass(frozen=True)
class BegunLogin:
    """state, nonce, verifier: random texts; user, identity: whose account waits for a code, and whose it is there.

    link_to: whose account is linked, "" = a log-in; session: the one that it was begun in; sid: the provider's.
    """

    state: str
    nonce: str
    verifier: str
    begun: float
    link_to: str = ""
    session: str = ""
    user: str = ""
    identity: str = ""
    sid: str = ""

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier (RFC 7636, S256)."""
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")

    def is_state(self, given: str) -> bool:
        """Return whether this is the state that the browser was sent away with."""
        return hmac.compare_digest(self.state.encode(), given.encode("utf-8", "surrogatepass"))


class BegunLogins:
    """By the token that the browser keeps in a cookie. Safe to use from several threads.

    Where there are too many the oldest goes: whoever begins many and goes on with none keeps nobody out.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._begun: dict[str, BegunLogin] = {}

    def begin(self, link_to: str = "", session: str = "") -> tuple[str, BegunLogin]:
        """Return a new one with its token."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        made = BegunLogin(state, nonce, verifier, self._clock(), link_to, session)
        return self._keep(made), made

    def wait_for_code(self, user: str, identity: str, sid: str) -> str:
        """Return the token of a log-in that wants only the code of a second step."""
        return self._keep(BegunLogin("", "", "", self._clock(), user=user, identity=identity, sid=sid))

    def _keep(self, made: BegunLogin) -> str:
        token = secrets.token_urlsafe(32)
        with self._lock:
            while len(self._begun) >= MOST:
                del self._begun[next(iter(self._begun))]
            self._begun[token] = made
        return token

    def take(self, token: str) -> BegunLogin | None:
        """Return one and forget it: it is good once."""
        with self._lock:
            found = self._begun.pop(token, None)
        return found if found is not None and self._clock() - found.begun <= LIFE_S else None

    def waiting(self, token: str) -> BegunLogin | None:
        """Return a log-in that waits for a code; it stays."""
        with self._lock:
            found = self._begun.get(token)
        return found if found is not None and found.user and self._clock() - found.begun <= LIFE_S else None
