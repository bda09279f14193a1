"""Users: roles, passwords and PINs as Argon2 hashes, lock-out after wrong tries, sessions, enrolled tablets."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, get_args

from pwdlib import PasswordHash

from amr_core.errors import AmrError
from amr_core.plain_text import read_as
from amr_fleet.api import secrets_policy as policy
from amr_fleet.api.second_factor import SecondFactor
from amr_fleet.api.secrets_policy import Turnstile
from amr_fleet.api.tries import Tries
from amr_fleet.store.accounts import Account, AccountStore, AuditRow, SessionRow, identity_of
from amr_fleet.store.answers import AnswerStore
from amr_fleet.store.database import Database
from amr_fleet.store.second_steps import SecondStepStore
from amr_fleet.vocabulary import Role

ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""From the least to the most. An authority reads what a viewer reads and decides about its trials."""
PIN_ROLES: Final = ("worker", "viewer", "operator")  # a PIN is four to eight digits: not for those who change the site
ONE_TIME_USER: Final = "demo"
_OURS: Final = (ONE_TIME_USER, "admin")  # a start makes them, whoever is called so
# kind -> (longest life, longest idle), seconds. A PIN session ends soon when nobody touches the tablet.
LIFE: Final = {
    "password": (12 * 3600.0, 12 * 3600.0),
    "pin": (12 * 3600.0, 20 * 60.0),
    "oidc": (12 * 3600.0, 12 * 3600.0),
    "token": (366 * 86400.0, 366 * 86400.0),
    "device": (366 * 86400.0, 366 * 86400.0),
}
# s between two writes of when a session was used: one for each request would wear the database
_SEEN_EVERY: Final = 30.0
REMEMBER_S: Final = 1.0  # of what another process changes in the database, the server knows after this time
_MOST_KNOWN: Final = 1000


class UserStore:
    """The users of one installation. Safe to call from several threads."""

    def __init__(
        self, where: Path | str | Database, *, evidence: Path | None = None,
        clock: Callable[[], float] = time.time, hasher: PasswordHash | None = None,
    ) -> None:  # fmt: skip
        """Open the database, or create the file at a path, readable for its owner only. clock: Unix seconds.

        evidence: folder of the key and the high-water mark; None = beside a file, nowhere for another database.
        """
        database = where if isinstance(where, Database) else Database(where)
        self.rows = AccountStore(database, evidence)
        self.answers = AnswerStore(database)
        self._clock = clock
        self._tries = Tries(self.rows, clock)
        self.second = SecondFactor(SecondStepStore(database), self._tries, clock)
        self._turnstile = Turnstile()
        self._known: dict[str, tuple[int, float, tuple[SessionRow, Account]]] = {}
        self._hasher = hasher or policy.hasher()
        self._no_user = policy.nobodys()

    def close(self) -> None:
        """Close the database."""
        self._turnstile.close()
        self.rows.close()

    # Accounts

    def add(self, name: str, password: str, role: str, *, must_change: bool = False) -> None:
        """Add a user, or give a known one a new password and role; raise request.invalid for a bad one.

        Sessions of one that had another role, or was somebody's at a provider, end.
        """
        _check_role(role)
        policy.check_name(name)
        hashed, ends = self._hash(password, name), False

        def added(old: Account | None) -> Account:
            nonlocal ends
            ends = old is not None and (bool(old.identity) or old.role != role)
            pin = old.pin_hash if old is not None and role in PIN_ROLES else ""
            return Account(name, role, hashed, pin, must_change, old.totp if old is not None else "")

        self.rows.change(name, added)
        if ends:
            self.rows.end_sessions(name)
        self._tries.forget_all("password", name)

    def _hash(self, password: str, name: str) -> str:
        policy.check_password(password, name)
        with self._turnstile.turn():
            return self._turnstile.run(self._hasher.hash, password)

    def known(self, name: str) -> Account:
        """Return an account, or raise user.not_found."""
        account = self.rows.account(name)
        if account is None:
            raise AmrError("user.not_found", user=name[:64])
        return account

    def _change(self, name: str, change: Callable[[Account], Account]) -> Account:
        def known(now: Account | None) -> Account:
            if now is None:  # removed meanwhile
                raise AmrError("user.not_found", user=name[:64])
            return change(now)

        return self.rows.change(name, known)

    def set_password(self, name: str, password: str, *, must_change: bool, shown: Account | None = None) -> Account:
        """Give a user a new password, unless it is no more the one of `shown`: auth.wrong. All sessions end."""
        self.known(name)
        hashed = self._hash(password, name)

        def given(now: Account) -> Account:
            if shown is not None and now.hash != shown.hash:
                raise AmrError("auth.wrong")
            return replace(now, hash=hashed, must_change=must_change)

        account = self._change(name, given)
        self.rows.end_sessions(name)
        self._tries.forget_all("password", name)
        return account

    def set_role(self, name: str, role: str) -> None:
        """Give a user another role."""
        _check_role(role)
        account = self.known(name)
        if account.role == "admin" and role != "admin":
            self._another_admin(name)
        self._change(name, lambda now: replace(now, role=role, pin_hash=now.pin_hash if role in PIN_ROLES else ""))

    def set_pin(self, name: str, pin: str) -> None:
        """Give a user whose role is among PIN_ROLES a PIN for tablets, or none (""); sessions of the old one end."""

        def given(now: Account) -> Account:
            if pin and now.role not in PIN_ROLES:
                raise AmrError("user.no_pin", role=now.role)
            return replace(now, pin_hash=hashed)

        hashed = ""
        given(self.known(name))
        if pin:
            policy.check_pin(pin)
        with self._turnstile.turn():
            hashed = self._turnstile.run(self._hasher.hash, pin) if pin else ""
        self._change(name, given)
        self.rows.end_sessions(name, "pin")
        self._tries.forget_all("pin", name)

    def remove(self, name: str) -> None:
        """Remove a user; an unknown one is no error, the last administrator stays."""
        account = self.rows.account(name)
        if account is not None and account.role == "admin":
            self._another_admin(name)
        self.rows.remove(name)
        self.second.forget(name)

    def _another_admin(self, name: str) -> None:
        if not any(a.role == "admin" and a.name != name for a in self.rows.all()):
            raise AmrError("user.last_admin", user=name)

    def role(self, name: str) -> str | None:
        """Return the role of a user, or None when there is no such user."""
        account = self.rows.account(name)
        return account.role if account is not None else None

    def names(self) -> list[str]:
        """Return the names of all users in order."""
        return [account.name for account in self.rows.all()]

    # Second step

    def turn_on_second(self, name: str, code: str, session_id: str = "") -> list[str]:
        """Begin to ask for codes once the app shows the right one; return recovery codes. Other log-ins end."""
        if self.known(name).totp:
            raise AmrError("auth.code_on")
        secret, codes = self.second.confirm(name, code)
        self._change(name, lambda now: replace(now, totp=secret))
        self.rows.end_sessions(name, "password", session_id)
        self.rows.end_sessions(name, "oidc")
        return codes

    def turn_off_second(self, name: str) -> None:
        """Ask a user for no more codes; raise auth.code_off when nobody did."""
        if not self.known(name).totp:
            raise AmrError("auth.code_off")
        self._change(name, lambda now: replace(now, totp=""))
        self.second.forget(name)

    # Log in

    def log_in(self, name: str, password: str, code: str, client: str) -> Account:
        """Return the account as its password was checked; raise auth.*. Without a second step no code is asked."""
        account = self.shown("password", name, password, client)
        self.second.check(self.known(name), code)
        return account

    def check(self, name: str, password: str, client: str = "") -> str:
        """Return the role when the password is right; raise auth.wrong, or auth.locked after too many wrong tries."""
        return self.shown("password", name, password, client).role

    def check_pin(self, name: str, pin: str, client: str = "") -> Account:
        """Return the account whose PIN is right; raise auth.wrong or auth.locked. PINs have a lock of their own."""
        return self.shown("pin", name, pin, client)

    def shown(self, kind: str, name: str, secret: str, client: str) -> Account:
        """Return the account with the hash that a secret ("password", "pin") was checked against; raise as `check`."""
        account = self.rows.account(name)
        hashed = "" if account is None else account.pin_hash if kind == "pin" else account.hash
        with self._turnstile.turn():
            self._tries.count(kind, name, client)
            # An unknown name takes as long as a known one, so the answer's time does not tell them apart.
            right = self._turnstile.run(self._hasher.verify, secret, hashed or self._no_user)
        if account is None or not hashed or not right:
            raise AmrError("auth.wrong")
        self._tries.forget(kind, name, client)
        return account

    # Log in at a provider

    def sign_on(self, issuer: str, subject: str, name: str, role: str) -> Account:
        """Return the account of somebody whom a provider knows; it is made at the first log-in, never an administrator.

        name, role: what the provider's claims give, role "" = none. The role of an account that was made so is the
        provider's each time; one that was linked by its owner has its own. Raises oidc.*.
        """
        account = self.rows.account_of(identity_of(issuer, subject))
        if account is not None and (not account.role_there or account.role == "admin"):
            return account
        if not role or role == "admin":
            if account is not None:
                self.rows.end_sessions(account.name)
            raise AmrError("oidc.no_role", user=(account.name if account is not None else name)[:64])
        if account is None:
            return self._made(issuer, subject, name, role)
        if account.role != role:
            self.set_role(account.name, role)
        return self.known(account.name)

    def _made(self, issuer: str, subject: str, name: str, role: str) -> Account:
        _check_role(role)
        identity = identity_of(issuer, subject)
        if self.rows.was_removed(identity):
            raise AmrError("oidc.removed", user=name[:64])
        try:
            policy.check_name(name)
        except AmrError as error:
            raise AmrError("oidc.refused", reason="its name for this person cannot be one here") from error
        if read_as(name) in map(read_as, (*self.names(), *_OURS)):
            raise AmrError("oidc.name_taken", user=name)
        made = Account(name, role, "", identity=identity, role_there=True)

        def fresh(old: Account | None) -> Account:
            if old is not None:  # of somebody else, for all we know
                raise AmrError("oidc.name_taken", user=name)
            return made

        self.rows.change(name, fresh)
        return made

    def link(self, issuer: str, subject: str, name: str) -> None:
        """Make an account somebody's at a provider, too. Raises oidc.linked when that person has another one."""
        identity = identity_of(issuer, subject)
        other = self.rows.account_of(identity)
        if other is not None and other.name != name:
            raise AmrError("oidc.linked", user=other.name)
        if other is None:
            self._change(name, lambda now: replace(now, identity=identity, role_there=False))

    def unlink(self, name: str) -> None:
        """Make an account nobody's at a provider; log-ins over it end. Raises oidc.not_linked."""
        account = self.known(name)
        if not account.identity:
            raise AmrError("oidc.not_linked", user=name[:64])
        self._change(name, lambda now: replace(now, identity="", role_there=False))
        self.rows.end_sessions(name, "oidc")

    def signed_off(self, issuer: str, subject: str, sid: str) -> list[str]:
        """End what a provider says is over: a person's sessions (subject), or those of one there (sid, or both).

        Return whose they were, once for each session. One of subject and sid may be "".
        """
        account = self.rows.account_of(identity_of(issuer, subject)) if subject else None
        if subject and account is None:
            return []
        return self.rows.end_provider_sessions(account.name if account is not None else "", sid)

    # Sessions

    def open_session(self, name: str, kind: str, client: str, sid: str = "", shown: Account | None = None) -> str:
        """Return the token of a new session; only its hash is kept. sid: of the session at a provider.

        shown: the account as it let somebody in; raises auth.wrong when what was shown is good no more.
        """
        token, now = secrets.token_urlsafe(32), self._clock()
        row = SessionRow(_digest(token), name, kind, client[:120], now, now, now + LIFE[kind][0], sid)
        self.rows.open_session(row, shown)
        return token

    def close_session(self, token: str) -> None:
        """End the session of a token."""
        self.rows.end_session(_digest(token))

    def session(self, token: str, *, touch: bool = True) -> tuple[SessionRow, Account] | None:
        """Return the session of a token and its user, None when it is over. touch: the user did something."""
        found = self._found(_digest(token)) if token else None
        now = self._clock()
        if found is None:
            return None
        row, account = found
        if row.kind == "device" or now >= row.expires or now - row.seen > LIFE[row.kind][1]:
            return None
        if row.kind == "pin" and not account.pin_hash:
            return None  # it was taken away, or the role is one now that no PIN is enough for
        if touch and abs(now - row.seen) > _SEEN_EVERY:  # to come, where the clock was set back
            with contextlib.suppress(AmrError):  # nothing can be written just now; who only looks needs no writing
                self.rows.touch(row.id, now)
        return row, account

    def _found(self, digest: str) -> tuple[SessionRow, Account] | None:
        """Return a session and its user; what was read is good until somebody writes, or for a moment."""
        version, now = self.rows.version, time.monotonic()
        known = self._known.get(digest)
        if known is not None and known[0] == version and now - known[1] < REMEMBER_S:
            return known[2]
        try:
            row = self.rows.session(digest)
            account = self.rows.account(row.name) if row is not None else None
        except AmrError:
            if known is None:
                raise
            return known[2]  # nobody can change it either, and the page must stay up
        if row is None or account is None:
            return None
        if len(self._known) >= _MOST_KNOWN:
            self._known = {}
        self._known[digest] = (version, now, (row, account))
        return row, account

    def device(self, token: str) -> SessionRow | None:
        """Return the enrolled tablet of a token."""
        row = self.rows.session(_digest(token)) if token else None
        return row if row is not None and row.kind == "device" and self._clock() < row.expires else None

    def pin_names(self) -> list[str]:
        """Return who may log in with a PIN."""
        return [a.name for a in self.rows.all() if a.pin_hash and a.role in PIN_ROLES]

    def sessions(self) -> list[SessionRow]:
        """Return the sessions that are not over."""
        return self.rows.all_sessions(self._clock())

    # First start and trail

    def create_one_time_login(self, role: str = "admin") -> tuple[str, str]:
        """Return name and password of a user for this run; the one of an earlier run stops working."""
        password = new_password()
        account = self.rows.account(ONE_TIME_USER)
        if account is not None and account.totp:
            self.turn_off_second(ONE_TIME_USER)  # an earlier run's phone
        self.add(ONE_TIME_USER, password, role)
        return ONE_TIME_USER, password

    def ensure_admin(self, tell: Callable[[str, str], None] | None = None) -> tuple[str, str] | None:
        """Make an administrator with a password of its own when there is none, and return both; else None.

        tell gets both before: when it fails there is no account whose password nobody knows.
        """
        if any(a.role == "admin" and a.name != ONE_TIME_USER for a in self.rows.all()):
            return None
        password = new_password()
        if tell is not None:
            tell("admin", password)
        self.add("admin", password, "admin", must_change=True)
        return "admin", password

    def audit_row(self, *, name: str, role: str, client: str, action: str, what: str, result: str) -> AuditRow:
        """Return a row of the audit trail with the time of now."""
        return AuditRow(self._clock(), name[:64], role, client, action, what, result)


def new_password() -> str:
    """Return a password that is easy to type: three groups of four."""
    return policy.legible(3)


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise AmrError("request.invalid", where="role", reason=f"{role[:20]} is not one of {', '.join(ROLES)}")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
