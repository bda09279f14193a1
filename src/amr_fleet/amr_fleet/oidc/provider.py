"""The provider as the fleet asks it: what it is (discovery), its keys, and the token for a code.

Every answer is limited in time and length; every address is judged before it is called, as for webhooks.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from pydantic import ValidationError

from amr_core.errors import AmrError
from amr_fleet.oidc.settings import OidcSettings
from amr_fleet.oidc.tokens import LogoutToken, UnknownKeyError, checked, checked_logout, refused
from amr_fleet.webhooks.delivery import exchange
from amr_fleet.webhooks.endpoint import HttpEndpoint
from amr_fleet.webhooks.guard import allowed_addresses

T = TypeVar("T")
GOOD_S: Final = 3600.0
"""s that what the provider says of itself is good."""
FRESH_S: Final = 5.0
"""The same where a browser is sent to it next: who is sent to one that is away sees no page of ours."""
_AGAIN_S: Final = 30.0  # between two looks for keys that are not known
_AWAY_S: Final = 5.0  # who comes so soon after a provider gave no answer does not wait for it, too
_MOST_KEYS: Final = 50
_BEARER: Final = re.compile(r"[A-Za-z0-9._~+/-]{1,16000}=*")  # RFC 6750: what may stand in a header


@dataclass(frozen=True)
class ProviderPlaces:
    """Its addresses. leave: where a browser logs out, userinfo: what else it says of a person, "" = nowhere."""

    authorize: str
    token: str
    keys: str
    leave: str
    userinfo: str


class Provider:
    """One provider. Safe to use from several threads. Failures are oidc.provider, or oidc.refused for what it said."""

    def __init__(self, settings: OidcSettings, clock: Callable[[], float] = time.time) -> None:
        """clock: Unix seconds."""
        self.settings, self._clock = settings, clock
        self._lock = threading.Lock()
        self._about: tuple[float, ProviderPlaces] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._away: tuple[float, AmrError] | None = None

    def about(self, life: float = GOOD_S) -> ProviderPlaces:
        """Return its addresses; life: s that what it said is good, else it is asked anew."""
        with self._lock:
            if self._about is not None and self._is_new(self._about[0], life):
                return self._about[1]
            if self._away is not None and self._is_new(self._away[0], _AWAY_S):
                raise self._away[1]
            try:
                self._about = (self._clock(), self._discover())
            except AmrError as error:
                self._away = (self._clock(), error)
                raise
            return self._about[1]

    def leave(self) -> str:
        """Return where a browser logs out, "" = nowhere that is known: what was said once will do."""
        known = self._about
        try:
            return (known[1] if known is not None else self.about()).leave
        except AmrError:
            return ""

    def _is_new(self, at: float, life: float) -> bool:
        return 0.0 <= self._clock() - at <= life  # a clock that was set back makes nothing last longer

    def claims(self, code: str, verifier: str, nonce: str) -> dict[str, Any]:
        """Return the claims of who came back with a code; name or role may be those of the userinfo endpoint."""
        settings = self.settings
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": settings.redirect,
            "client_id": settings.client_id, "code_verifier": verifier,
        }  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        secret = settings.secret()
        if secret:
            pair = f"{quote(settings.client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        answer = self._ask("POST", self.about().token, urlencode(form).encode(), headers)
        token = answer.get("id_token")
        claims = self._believed(lambda keys: checked(token, keys, settings, nonce, self._clock()))
        if settings.name_claim in claims and settings.role_claim in claims:
            return claims
        return self._more(claims["sub"], answer.get("access_token")) | claims

    def logout(self, token: object) -> LogoutToken:
        """Return what a logout token of the provider says."""
        return self._believed(lambda keys: checked_logout(token, keys, self.settings, self._clock()))

    def _believed(self, check: Callable[[KeySet], T]) -> T:
        try:
            return check(self._known_keys(anew=False))
        except UnknownKeyError:
            pass  # it may have taken new ones
        try:
            return check(self._known_keys(anew=True))
        except UnknownKeyError as error:
            raise refused(f"none of its keys has signed the token ({error})") from None

    def _more(self, subject: str, token: object) -> dict[str, Any]:
        """Return what the userinfo endpoint says of a person, where there is one (OpenID Connect Core 1.0, 5.3)."""
        userinfo = self.about().userinfo
        if not userinfo or not isinstance(token, str) or not _BEARER.fullmatch(token):
            return {}
        said = self._ask("GET", userinfo, headers={"Authorization": f"Bearer {token}"})
        if said.get("sub") != subject:
            raise refused("its userinfo endpoint speaks of somebody else")
        return said

    def _discover(self) -> ProviderPlaces:
        issuer = self.settings.issuer
        said = self._ask("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
        if said.get("issuer") != issuer:
            raise refused("it calls itself by another name than issuer in the settings")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        extra = ("end_session_endpoint", "userinfo_endpoint")
        return ProviderPlaces(
            *(self._address(name, said.get(name)) for name in needed),
            *(self._address(name, said[name]) if said.get(name) is not None else "" for name in extra),
        )

    def _address(self, name: str, url: object) -> str:
        if not isinstance(url, str):
            raise refused(f"it has no {name}")
        self._endpoint(url, name)
        return url

    def _endpoint(self, url: str, name: str) -> HttpEndpoint:
        s = self.settings
        common = {"networks": s.networks, "plain": s.plain, "ca_file": s.ca_file, "timeout": s.timeout}
        try:
            return HttpEndpoint.model_validate({"name": "oidc", "url": url, **common})
        except ValidationError as error:
            raise refused(f"its {name} is no address that may be called") from error

    def _known_keys(self, *, anew: bool) -> KeySet:
        with self._lock:
            if self._keys is not None and self._is_new(self._keys[0], _AGAIN_S if anew else GOOD_S):
                return self._keys[1]
        said = self._ask("GET", self.about().keys)
        rows = said.get("keys")
        if not isinstance(rows, list) or not 1 <= len(rows) <= _MOST_KEYS:
            raise refused("it has no keys")
        signing = [key for row in rows if (key := _signing_key(row)) is not None]
        if not signing:
            raise refused("its keys cannot be read")
        keys = KeySet(signing)
        with self._lock:
            self._keys = (self._clock(), keys)
        return keys

    def _ask(self, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None) -> dict[str, Any]:
        target = self._endpoint(url, "address")
        host = target.parts.hostname or ""
        common = {"Accept": "application/json", "User-Agent": "amr-oidc/1", "Connection": "close"}
        try:
            addresses = allowed_addresses(host, target.port, target.allowed(), loopback=self.settings.loopback)
            status, _, said = exchange(target, host, addresses, method, body, common | (headers or {}))
        except AmrError as error:
            raise AmrError("oidc.provider", reason=str(error.facts.get("reason", ""))[:100]) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise AmrError("oidc.provider", reason=f"{type(error).__name__}: {error}"[:100]) from error
        if status >= 500:
            raise AmrError("oidc.provider", reason=f"HTTP {status}")
        try:
            answer = json.loads(said)
        except (ValueError, RecursionError) as error:
            raise refused("its answer is no JSON") from error
        if status != 200 or not isinstance(answer, dict):
            raise refused(f"HTTP {status} {answer.get('error', '') if isinstance(answer, dict) else ''}".strip()[:100])
        return answer


def _signing_key(row: object) -> Key | None:
    """Return a key that a signature is checked with, None for another one, or one that is not understood (RFC 7517, 5).

    No shared secret.
    """
    if not isinstance(row, dict) or row.get("use", "sig") != "sig" or row.get("kty") not in ("RSA", "EC"):
        return None
    try:
        return JWKRegistry.import_key(row)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
