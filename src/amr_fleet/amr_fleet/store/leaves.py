"""What is hashed of a row: its columns as canonical JSON (RFC 8785), the same bytes whoever computes them."""

from __future__ import annotations

from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any, Final

import rfc8785

from amr_core.merkle import leaf_hash

_PLAIN: Final = (1e-4, 1e16)  # where Python's shortest decimal form and ECMAScript's are the same


def number(value: float) -> str:
    """Return a finite number in canonical form; raise ValueError for any other."""
    if abs(value) < 2**53 and value == int(value):
        return str(int(value))
    if _PLAIN[0] <= abs(value) < _PLAIN[1]:
        return repr(value)
    return rfc8785.dumps(value).decode()


def content(**columns: str | float | bool) -> bytes:
    """Return named columns as one canonical JSON object; raise ValueError for NaN, infinity and lone surrogates."""
    parts = (f"{encode_basestring(name)}:{_value(columns[name])}" for name in sorted(columns))
    return ("{" + ",".join(parts) + "}").encode()


def _value(value: str | float | bool) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, int | float):
        raise ValueError(f"{value!r} is neither text nor a number")
    return number(value)


def journal_leaf(row: Mapping[Any, Any]) -> bytes:
    """Return the hash of a row of the journal."""
    columns = {name: row[name] for name in ("seq", "t", "kind", "order_id", "robot", "payload")}
    return leaf_hash(content(**columns))


def audit_leaf(row: Mapping[Any, Any]) -> bytes:
    """Return the hash of a row of the audit trail."""
    names = ("id", "at", "name", "role", "client", "action", "what", "result")
    return leaf_hash(content(**{name: row[name] for name in names}))


def account_leaf(row: Mapping[Any, Any]) -> bytes:
    """Return the hash of what an account was changed to; one without second step and provider is hashed as ever."""
    names = ("name", "role", "hash", "pin_hash", *(name for name in ("totp", "identity") if row.get(name)))
    flags = ("must_change", *(("role_there",) if row.get("role_there") else ()))
    return leaf_hash(content(**{name: row[name] for name in names}, **{name: bool(row[name]) for name in flags}))


def removed_account_leaf(name: str) -> bytes:
    """Return the hash that stands for an account that was removed."""
    return leaf_hash(content(name=name, removed=True))
