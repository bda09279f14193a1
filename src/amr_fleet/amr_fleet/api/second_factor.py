"""The second step of a log-in: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for who lost it.

A code is good once, for its own 30 s and those before and after it, however the clocks differ. Wrong ones are counted
for the account, from wherever they come: who gets this far knows the password, and six digits are soon tried out.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from amr_core.errors import AmrError
from amr_fleet.api.secrets_policy import legible
from amr_fleet.api.tries import Tries
from amr_fleet.qr_code import qr_rows
from amr_fleet.store.accounts import Account
from amr_fleet.store.second_steps import SecondStepStore

ISSUER: Final = "AMR"
STEP_S: Final = 30
DIGITS: Final = 6
SKEW: Final = 1  # steps that a phone's clock may be off
SECRET_BYTES: Final = 20  # as RFC 4226 recommends
RECOVERY_CODES: Final = 8
# chosen: an app is installed and a code typed in it; longer, a secret on a screen may be used by who finds it
PENDING_S: Final = 600.0
_MOST_PENDING: Final = 100
# chosen: so late a role set in another process counts; each request asks, and each read is one of the database
_REMEMBER_S: Final = 1.0
_GROUPS: Final = 4  # 79 bits
_SEPARATORS: Final = re.compile(r"[\s\-]")


@dataclass(frozen=True)
class Enrolment:
    """What an app is told: the secret (base32), the same as an otpauth URI, and that as QR code (rows, 1 = dark)."""

    secret: str
    uri: str
    qr: Sequence[str]


class SecondFactor:
    """The second step of all users. Safe to call from several threads. clock: Unix seconds."""

    def __init__(self, rows: SecondStepStore, tries: Tries, clock: Callable[[], float]) -> None:
        """Keep nothing in memory but set-ups that were begun; a restart asks for them anew."""
        self._rows, self._tries, self._clock = rows, tries, clock
        self._lock = threading.Lock()
        self._pending: dict[str, tuple[str, float]] = {}
        self._roles: tuple[float, tuple[str, ...]] = (-_REMEMBER_S, ())

    # Set-up

    def begin(self, name: str) -> Enrolment:
        """Return a new secret for a user; it counts from `confirm` on."""
        key = secrets.token_bytes(SECRET_BYTES)
        secret, now = base64.b32encode(key).decode(), self._clock()
        with self._lock:
            for old in [who for who, (_, since) in self._pending.items() if now - since > PENDING_S]:
                del self._pending[old]
            if name not in self._pending and len(self._pending) >= _MOST_PENDING:
                raise AmrError("auth.busy")
            self._pending[name] = (secret, now)
        uri = _totp(secret).get_provisioning_uri(name, ISSUER)
        return Enrolment(secret, uri, qr_rows(uri))

    def confirm(self, name: str, code: str) -> tuple[str, list[str]]:
        """Return the secret and new recovery codes once the app shows the right code; raise auth.code_*."""
        with self._lock:
            secret, since = self._pending.get(name, ("", 0.0))
        if not secret or self._clock() - since > PENDING_S:
            raise AmrError("auth.code_begin")
        self._tries.count("code", name, "")
        step = matching_step(secret, _plain(code), self._clock())
        if step is None:
            raise AmrError("auth.code_wrong")
        with self._lock:
            self._pending.pop(name, None)
        self._tries.forget_all("code", name)
        codes = _new_codes()
        self._rows.begin(name, step, [_hashed(one) for one in codes])
        return secret, codes

    def new_codes(self, name: str) -> list[str]:
        """Return new recovery codes; the old ones are worth nothing."""
        codes = _new_codes()
        self._rows.set_codes(name, [_hashed(one) for one in codes])
        return codes

    def codes_left(self, name: str) -> int:
        """Return how many recovery codes a user has left."""
        return self._rows.codes_left(name)

    def forget(self, name: str) -> None:
        """Drop what is known of a user, and open every lock."""
        self._rows.forget(name)
        self._tries.forget_all("code", name)

    # Log in

    def check(self, account: Account, code: str) -> None:
        """Use up a code or a recovery code; raise auth.code_needed, auth.code_wrong or auth.locked."""
        if not account.totp:
            return
        given = _plain(code)
        if not given:
            raise AmrError("auth.code_needed")
        self._tries.count("code", account.name, "")
        if not self._use(account, given):
            raise AmrError("auth.code_wrong")
        self._tries.forget_all("code", account.name)

    def _use(self, account: Account, given: str) -> bool:
        if not _is_code(given):
            return self._rows.take_code(account.name, _hashed(given))
        now = self._clock()
        step = matching_step(account.totp, given, now)
        return step is not None and self._rows.take_step(account.name, step, _step(now) + SKEW)

    # Who needs it

    def roles(self) -> tuple[str, ...]:
        """Return the roles that need a second step; what another process changed is known after a moment."""
        now = time.monotonic()
        if now - self._roles[0] >= _REMEMBER_S:
            try:
                self._roles = (now, self._rows.roles())
            except AmrError:  # who is logged in goes on seeing the fleet while nothing can be read
                return self._roles[1]
        return self._roles[1]

    def set_roles(self, roles: Sequence[str]) -> None:
        """Set the roles that need a second step."""
        self._rows.set_roles(roles)
        self._roles = (-_REMEMBER_S, ())

    def owed(self, account: Account, kind: str) -> bool:
        """Return whether a user's session may do nothing but set a second step up.

        Machines have tokens; a PIN works on an enrolled tablet only, which is a second factor.
        """
        return kind in ("password", "oidc") and not account.totp and account.role in self.roles()


def matching_step(secret: str, code: str, now: float) -> int | None:
    """Return the time step whose code this is, among those that the skew allows, None for a wrong code."""
    totp, present = _totp(secret), _step(now)
    for step in (present, *(present + sign * n for n in range(1, SKEW + 1) for sign in (-1, 1))):
        try:
            totp.verify(code.encode(), step * STEP_S)
        except InvalidToken:
            continue
        return step
    return None


def _totp(secret: str) -> TOTP:
    # SHA-1 is what every app can; HMAC does not lean on its resistance to collisions.
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_S)


def _step(now: float) -> int:
    return int(now // STEP_S)


def _is_code(given: str) -> bool:
    return len(given) == DIGITS and given.isascii() and given.isdigit()


def _plain(code: str) -> str:
    """Return what was typed without what makes it easier to read."""
    return _SEPARATORS.sub("", code).lower()


def _new_codes() -> list[str]:
    return [legible(_GROUPS) for _ in range(RECOVERY_CODES)]


def _hashed(code: str) -> str:
    # 79 random bits need no slow hash.
    return hashlib.sha256(_plain(code).encode("utf-8", "surrogatepass")).hexdigest()
