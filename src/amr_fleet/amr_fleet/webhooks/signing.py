"""Signatures of Standard Webhooks: `v1,` and base64 of HMAC-SHA256 over id, time and body.

Source: standard-webhooks/spec/standard-webhooks.md. While a secret is changed there are two, and two signatures.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from amr_core.errors import AmrError

PREFIX: Final = "whsec_"
_SIZES: Final = range(24, 65)  # bytes of a secret


def secret_of(text: str, name: str) -> bytes:
    """Return the bytes of a secret as it is written (whsec_<base64>); raise webhook.secret, which never shows it."""
    text = text.strip()
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True) if text.startswith(PREFIX) else b""
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in _SIZES:
        raise AmrError("webhook.secret", target=name, reason="it must be whsec_ and base64 of 24 to 64 bytes")
    return key


def signature(event_id: str, timestamp: int, body: bytes, secrets: Sequence[bytes]) -> str:
    """Return the header webhook-signature: one signature for each secret, by spaces. timestamp: Unix seconds."""
    said = b".".join((event_id.encode(), str(timestamp).encode(), body))
    made = (base64.b64encode(hmac.new(secret, said, hashlib.sha256).digest()).decode() for secret in secrets)
    return " ".join(f"v1,{one}" for one in made)
