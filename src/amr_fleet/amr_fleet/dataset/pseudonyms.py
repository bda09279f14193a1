"""Random names for what could lead to a person or a customer: HMAC-SHA256 under a key of the release.

A public release's key is made for it and destroyed with it, so that two releases cannot be joined and nobody, the
publisher included, can go back. A partner's key stays with the publisher: the same load has the same name next month.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path
from typing import Final

from amr_core import check_digits
from amr_core.errors import AmrError

KEY_BYTES: Final = 32
EXAMPLE_PREFIX: Final = "9520000"
"""GS1 keeps prefix 952 for demonstrations: a pseudonym that looks like an SSCC is never a real one."""


class Pseudonyms:
    """The same text of the same kind has the same pseudonym under one key; kinds do not mix."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise AmrError("dataset.key", reason=f"{len(key)} bytes; at least {KEY_BYTES} are needed")
        self._key = key

    def _digest(self, kind: str, text: str) -> bytes:
        return hmac.new(self._key, f"{kind}\0{text}".encode(), hashlib.sha256).digest()

    def name(self, kind: str, text: str) -> str:
        """Return for instance `order-3f9ac01b22d4`; "" stays ""."""
        return f"{kind}-{self._digest(kind, text)[:6].hex()}" if text else ""

    def sscc(self, text: str) -> str:
        """Return an SSCC of GS1's example range for a load; "" stays ""."""
        if not text:
            return ""
        serial = int.from_bytes(self._digest("load", text)[:8], "big") % 10**9
        digits = f"0{EXAMPLE_PREFIX}{serial:09d}"
        return digits + check_digits.gs1(digits)


def fresh_key() -> bytes:
    """Return a new random key."""
    return os.urandom(KEY_BYTES)


def seeded_key(seed: int) -> bytes:
    """Return the key that a seed stands for: anybody can make it, so only for simulated data."""
    return hashlib.sha256(f"amr dataset seed {seed}".encode()).digest()


def kept_key(path: Path) -> bytes:
    """Return the key in a file, which is made (0600) when there is none; raise dataset.key."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(fresh_key().hex() + "\n")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise AmrError("dataset.key", reason=f"{path}: {error}") from None
    if len(key) < KEY_BYTES:
        raise AmrError("dataset.key", reason=f"{path} has {len(key)} bytes; at least {KEY_BYTES} are needed")
    return key
