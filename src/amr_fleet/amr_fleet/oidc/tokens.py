"""Whether an ID token is one for us, now, from the one issuer (OpenID Connect Core 1.0, 3.1.3.7)."""

from __future__ import annotations

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
_LONGEST: Final = 16_000


class UnknownKeyError(Exception):
    """No key that is known has signed the token: the provider may have taken new ones."""


def refused(reason: str) -> AmrError:
    """Return the error of an answer that is not believed."""
    return AmrError("oidc.refused", reason=reason)


def checked(token: object, keys: KeySet, settings: OidcSettings, nonce: str, now: float) -> dict[str, Any]:
    """Return the claims of an ID token (now: Unix seconds). Raises oidc.refused, or UnknownKeyError."""
    if not isinstance(token, str) or len(token) > _LONGEST:
        raise refused("no ID token")
    try:
        found = jwt.decode(token, keys, algorithms=list(settings.algorithms))
        claims = found.claims
        jwt.JWTClaimsRegistry(
            now=int(now), leeway=LEEWAY_S, iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.client_id}, sub={"essential": True}, exp={"essential": True},
            iat={"essential": True}, nonce={"essential": True, "value": nonce},
        ).validate(claims)  # fmt: skip
    except (InvalidKeyIdError, BadSignatureError) as error:
        raise UnknownKeyError(error.error) from error
    except JoseError as error:
        claim = getattr(error, "claim", "") or ""
        raise refused(f"{error.error} {claim}".strip()[:100]) from error
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise refused(f"the ID token cannot be read ({type(error).__name__})") from error
    _check_party(claims, settings.client_id)
    for name in ("iat", "exp"):
        if not is_number(claims[name]):  # NaN passes every comparison
            raise refused(f"invalid_claim {name}")
    if now - claims["iat"] > OLDEST_S:
        raise refused("invalid_claim iat")
    if not isinstance(claims["nonce"], str) or not 1 <= len(claims["sub"]) <= 255:
        raise refused("invalid_claim sub")
    return claims


def _check_party(claims: dict[str, Any], client_id: str) -> None:
    """A token for several is for the one that it was asked by: azp says who that is."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise refused("invalid_claim azp")
