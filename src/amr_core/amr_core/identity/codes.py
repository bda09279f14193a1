"""One-time codes: a person carries one from the dashboard to a new robot.

The code itself never goes over the network. Its first four signs say which one it is, the rest (80 random bits) is a
secret that both sides prove to have: the robot with its request, the server with its answer. So neither a stranger on
the line nor a false server gets a certificate or a robot, also without TLS; without it a stranger reads what a robot
gets (certificate, broker, site files), which opens nothing without the robot's key.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final, NamedTuple

from amr_core.errors import AmrError

_SIGNS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: none that is read as another
_ID, _SECRET, _GROUP = 4, 16, 4
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


class OneTimeCode(NamedTuple):
    """number: says which code it is, not secret; secret: what both sides prove to know."""

    number: str
    secret: str

    @property
    def text(self) -> str:
        """As a person reads it: five groups of four signs."""
        whole = self.number + self.secret
        return "-".join(whole[at : at + _GROUP] for at in range(0, len(whole), _GROUP))


def new_code() -> OneTimeCode:
    """Return a code that nobody can guess."""
    whole = "".join(secrets.choice(_SIGNS) for _ in range(_ID + _SECRET))
    return OneTimeCode(whole[:_ID], whole[_ID:])


def read_code(text: str) -> OneTimeCode:
    """Return the code that a person typed, whatever the case and the spaces, or raise enrol.code."""
    whole = "".join(sign for sign in text.upper() if sign not in "- \t\n").translate(_READ_AS)
    if len(whole) != _ID + _SECRET or not set(whole) <= set(_SIGNS):
        raise AmrError("enrol.code")
    return OneTimeCode(whole[:_ID], whole[_ID:])


def proof(secret: str, purpose: str, *parts: bytes) -> str:
    """Return what only somebody with the secret can say about these parts (HMAC-SHA256, hexadecimal)."""
    mac = hmac.new(secret.encode("ascii"), purpose.encode("ascii"), hashlib.sha256)
    for part in parts:
        mac.update(len(part).to_bytes(8, "big") + part)
    return mac.hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two proofs without telling by the time how far they agree."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
