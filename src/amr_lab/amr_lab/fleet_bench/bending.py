"""Bends messages in JSON into what nobody would send."""

from __future__ import annotations

import copy
import json
import random
from typing import Any, Final

# What stands in for any value: no counts of anything.
_ODD: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 2**31, 2**63, 1e308, -1e-308, "", "x" * 20_000, "\u202eabc", "\x00", "NaN", [], {}, [[]],
    [None] * 50, {"a": {"b": {}}}, "2026-02-30T25:61:61Z", "9" * 400, ["node"], [{}], "\ud800",
)  # fmt: skip
_BYTES: Final = (
    b"", b"null", b"[]", b"\xff\xfe\x00", b"[" * 200_000, b'{"a":' * 50_000, b"NaN", b"1e999999", b'{"headerId":1' * 9,
    b"\xef\xbb\xbf{}", b"{}" * 1000, b'"\\ud800"',
)  # fmt: skip


def bent(payload: bytes, chance: random.Random) -> bytes:
    """Return a message in JSON with one to three things wrong in it.

    Half of the changes are in the JSON, so that they come past the parser; half in the bytes.
    """
    if chance.random() < 0.5:
        body = json.loads(payload)
        if not isinstance(body, dict | list):
            return json.dumps(chance.choice(_ODD)).encode()
        for _ in range(chance.choice((1, 1, 1, 3))):
            _bend(body, chance)
        return json.dumps(body).encode()
    if chance.random() < 0.05:
        return chance.choice(_BYTES)
    raw = bytearray(payload)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(raw))
        how = chance.randrange(3)
        if how == 0:
            raw[at] = chance.randrange(256)
        elif how == 1:
            del raw[at : at + chance.randint(1, 30)]
        else:
            raw[at:at] = bytes(chance.choices(range(256), k=chance.randint(1, 5)))
        if not raw:
            break
    return bytes(raw)


def _bend(body: Any, chance: random.Random) -> None:
    """Change something in a message, at any depth."""
    while True:
        keys = list(body) if isinstance(body, dict) else list(range(len(body)))
        if not keys:
            return
        key = chance.choice(keys)
        inner = body[key]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.7:
            body = inner
            continue
        how = chance.randrange(4)
        if how == 0:
            del body[key]
        elif how == 1 and isinstance(body, list):
            body += body[:20]
        elif how == 2 and isinstance(inner, int | float) and not isinstance(inner, bool) and abs(inner) < 2**63:
            body[key] = chance.choice((-inner, inner * 1e300, inner + 0.5, str(inner), inner + 1))
        else:
            body[key] = copy.deepcopy(chance.choice(_ODD))  # else one message bends the next one
        return
