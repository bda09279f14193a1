"""Whether an ID token is one for us, now, from the one issuer (OpenID Connect Core 1.0, 3.1.3.7); logout tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from amr_core.errors import AmrError
from amr_core.numbers import is_number
from amr_fleet.oidc.settings import OidcSettings

LEEWAY_S: Final = 60
"""s that the provider's clock may be off."""
OLDEST_S: Final = 600
"""s that a token may be old when it comes."""
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_TYPES: Final = ("", "jwt", "logout+jwt")  # many providers name none
_LONGEST: Final = 16_000
_LONGEST_NAME: Final = 255


@dataclass(frozen=True)
class LogoutToken:
    """What a provider says is over: who (subject), which session there (sid), or both; "" = not said.

    jti: the token's own name; it is good once.
    """

    jti: str
    subject: str
    sid: str


class UnknownKeyError(Exception):
    """No key that is known has signed the token: the provider may have taken new ones."""


def refused(reason: str) -> AmrError:
    """Return the error of an answer that is not believed."""
    return AmrError("oidc.refused", reason=reason)


def checked(token: object, keys: KeySet, settings: OidcSettings, nonce: str, now: float) -> dict[str, Any]:
    """Return the claims of an ID token (now: Unix seconds). Raises oidc.refused, or UnknownKeyError."""
    wanted = {"sub": {"essential": True}, "nonce": {"essential": True, "value": nonce}}
    claims, _ = _decoded(token, "ID token", keys, settings, now, wanted)
    if not isinstance(claims["nonce"], str) or not 1 <= len(claims["sub"]) <= _LONGEST_NAME:
        raise refused("invalid_claim sub")
    return claims


def checked_logout(token: object, keys: KeySet, settings: OidcSettings, now: float) -> LogoutToken:
    """Return what a logout token says (OpenID Connect Back-Channel Logout 1.0, 2.6). Raises as `checked` does."""
    claims, header = _decoded(token, "logout token", keys, settings, now, {"jti": {"essential": True}})
    kind = str(header.get("typ", "")).lower().removeprefix("application/")
    if kind not in _LOGOUT_TYPES:
        raise refused("its type is not that of a logout token")
    if "nonce" in claims:  # it would be an ID token
        raise refused("invalid_claim nonce")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise refused("invalid_claim events")
    for name in ("jti", "sub", "sid"):
        value = claims.get(name, "" if name != "jti" else None)
        if not isinstance(value, str) or len(value) > _LONGEST_NAME or (name in claims and not value):
            raise refused(f"invalid_claim {name}")
    if not claims.get("sub") and not claims.get("sid"):
        raise refused("it names neither sub nor sid")
    return LogoutToken(claims["jti"], claims.get("sub", ""), claims.get("sid", ""))


def session_there(claims: dict[str, Any]) -> str:
    """Return the session at the provider that an ID token came of, "" = it names none."""
    sid = claims.get("sid")
    return sid if isinstance(sid, str) and len(sid) <= _LONGEST_NAME else ""


def _decoded(
    token: object, what: str, keys: KeySet, settings: OidcSettings, now: float, wanted: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return claims and header of a token of the issuer, for this client, of now."""
    if not isinstance(token, str) or len(token) > _LONGEST:
        raise refused(f"no {what}")
    try:
        found = jwt.decode(token, keys, algorithms=list(settings.algorithms))
        claims = found.claims
        jwt.JWTClaimsRegistry(
            now=int(now), leeway=LEEWAY_S, iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.client_id}, exp={"essential": True}, iat={"essential": True},
            **wanted,
        ).validate(claims)  # fmt: skip
    except (InvalidKeyIdError, BadSignatureError) as error:
        raise UnknownKeyError(error.error) from error
    except JoseError as error:
        claim = getattr(error, "claim", "") or ""
        raise refused(f"{error.error} {claim}".strip()[:100]) from error
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise refused(f"the {what} cannot be read ({type(error).__name__})") from error
    _check_party(claims, settings.client_id)
    for name in ("iat", "exp"):
        if not is_number(claims[name]):  # NaN passes every comparison
            raise refused(f"invalid_claim {name}")
    if now - claims["iat"] > OLDEST_S:
        raise refused("invalid_claim iat")
    return claims, found.header


def _check_party(claims: dict[str, Any], client_id: str) -> None:
    """A token for several is for the one that it was asked by: azp says who that is."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise refused("invalid_claim azp")
