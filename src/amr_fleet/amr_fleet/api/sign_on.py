"""Log-in at the site's provider: from the button to the session, by the rules of the accounts here."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from amr_core.errors import AmrError
from amr_fleet.api.limits import ClientLimit
from amr_fleet.api.users import ROLES, UserStore
from amr_fleet.oidc.endings import GOOD_S, Endings, used_already
from amr_fleet.oidc.flow import BegunLogin, BegunLogins
from amr_fleet.oidc.provider import FRESH_S, Provider
from amr_fleet.oidc.settings import OidcSettings
from amr_fleet.oidc.tokens import refused, session_there
from amr_fleet.store.accounts import Account, identity_of

COOKIE: Final = "amr_oidc"
PATH: Final = "/api/v1/oidc"
LOG_OUTS: Final = (200.0, 10.0)
"""Log-outs of one provider at once, and a second after that: a whole shift leaves, a flood does not get in."""
T = TypeVar("T")


@dataclass(frozen=True)
class CameBack:
    """What a browser says that comes back from the provider."""

    state: str = ""
    code: str = ""
    error: str = ""
    iss: str = ""


@dataclass(frozen=True)
class CameIn:
    """Whose log-in it is, of which session at the provider ("" = unknown), and when it was begun (monotonic s)."""

    account: Account
    sid: str
    begun: float


class SignOn:
    """Log-ins over one provider. Its calls wait for the provider: `apart` runs them in threads of their own."""

    def __init__(self, settings: OidcSettings, users: UserStore, provider: Provider | None = None) -> None:
        self.settings, self._users = settings, users
        self.provider = provider or Provider(settings)
        self.begun, self._endings = BegunLogins(), Endings()
        self.log_outs = ClientLimit(*LOG_OUTS)
        self._threads = ThreadPoolExecutor(4, "oidc")

    async def apart(self, call: Callable[[], T]) -> T:
        """Run a call that asks the provider, four at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def start(self, link_to: str = "", session: str = "") -> tuple[str, str]:
        """Return the token for the browser's cookie, and where it is sent. Raises oidc.provider and oidc.refused.

        link_to, session: whose account is linked, and the session that asks for it.
        """
        about, s = self.provider.about(FRESH_S), self.settings
        token, begun = self.begun.begin(link_to, session)
        asked = {
            "response_type": "code", "client_id": s.client_id, "redirect_uri": s.redirect, "scope": " ".join(s.scopes),
            "state": begun.state, "nonce": begun.nonce, "code_challenge": begun.challenge,
            "code_challenge_method": "S256",
        }  # fmt: skip
        if link_to:
            asked["prompt"] = "login"  # not whoever the provider still knows in this browser
        return token, f"{about.authorize}{'&' if '?' in about.authorize else '?'}{urlencode(asked)}"

    def finish(self, token: str, said: CameBack, facts: dict[str, str]) -> CameIn:
        """Return whose log-in, or link, it is; facts gets what the audit trail says of it. Raises oidc.* and auth.*."""
        begun = self.begun.take(token)
        if begun is None or not begun.state or not begun.is_state(said.state):
            raise refused("it was not begun in this browser, or too long ago")
        if begun.link_to:
            facts["linked"] = begun.link_to
            row = self._users.rows.session(begun.session)
            if row is None or row.name != begun.link_to:  # somebody else may sit there by now
                raise refused("the session that it was begun in is over")
        claims = self._claims(begun, said)
        issuer, subject = self.settings.issuer, claims["sub"]
        facts["subject"] = subject
        if begun.link_to:
            self._users.link(issuer, subject, begun.link_to)
            return CameIn(self._users.known(begun.link_to), "", begun.begun)
        name = claims.get(self.settings.name_claim)
        name = name if isinstance(name, str) else ""
        facts["name"] = name[:64]
        account = self._users.sign_on(issuer, subject, name, self.role_of(claims))
        facts["account"] = account.name
        if self._users.second.owed(account, "oidc"):
            raise AmrError("auth.code_set_up", role=account.role)
        return CameIn(account, session_there(claims), begun.begun)

    def open(self, came: CameIn, client: str) -> str:
        """Return the token of a new session. Raises oidc.refused when the provider has said that it is over."""
        account = came.account
        try:
            token = self._users.open_session(account.name, "oidc", client, came.sid, account)
        except AmrError as error:
            if error.code != "auth.wrong":
                raise
            raise refused("the account has changed meanwhile") from error
        if self._endings.cover(account.identity, came.sid, came.begun):  # looked at after it is open: none slips by
            self._users.close_session(token)
            raise refused("the provider has ended it meanwhile")
        return token

    def log_out(self, token: object, facts: dict[str, str]) -> str:
        """End the sessions that a logout token names; return whose. facts: as in `finish`. Raises oidc.*."""
        try:
            said = self.provider.logout(token)
        except AmrError as error:
            code = "oidc.bad_log_out" if error.code == "oidc.refused" else error.code  # 400, as the standard wants it
            raise AmrError(code, **error.facts) from error
        facts |= {name: value for name, value in (("subject", said.subject), ("sid", said.sid)) if value}
        issuer, word = self.settings.issuer, hashlib.sha256(f"{self.settings.issuer}\n{said.jti}".encode()).hexdigest()
        self._endings.use(said.jti)
        try:
            if self._users.rows.log_out_was_used(word, time.time()):
                raise used_already()
            self._endings.add(identity_of(issuer, said.subject) if said.subject else "", said.sid)
            names = self._users.signed_off(issuer, said.subject, said.sid)
            # Behind it: who was killed between the two does it again when the provider sends it again.
            self._users.rows.log_out_is_used(word, time.time(), time.time() + GOOD_S)
        except AmrError:
            self._endings.unused(said.jti)
            raise
        facts["ended"] = str(len(names))
        return ", ".join(sorted(set(names)))

    def _claims(self, begun: BegunLogin, said: CameBack) -> dict[str, Any]:
        if said.error:
            raise refused("".join(c for c in said.error if c.isascii() and (c.isalnum() or c == "_"))[:60] or "error")
        if said.iss and said.iss != self.settings.issuer:  # RFC 9207
            raise refused("another issuer answers")
        if not 1 <= len(said.code) <= 4096:
            raise refused("no code")
        return self.provider.claims(said.code, begun.verifier, begun.nonce)

    def role_of(self, claims: dict[str, Any]) -> str:
        """Return the highest role that a person's claims give, "" = none."""
        value = claims.get(self.settings.role_claim)
        values = value if isinstance(value, list) else [value]
        found = {self.settings.roles[one] for one in values if isinstance(one, str) and one in self.settings.roles}
        return max(found, key=ROLES.index, default="")

    def leaving(self) -> str:
        """Return where a browser logs out at the provider, "" = nowhere that is known."""
        leave = self.provider.leave()
        asked = {"client_id": self.settings.client_id, "post_logout_redirect_uri": self.settings.url.rstrip("/") + "/"}
        return f"{leave}{'&' if '?' in leave else '?'}{urlencode(asked)}" if leave else ""

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
