"""What is hashed of a row: its columns as canonical JSON (RFC 8785), the same bytes whoever computes them."""

from __future__ import annotations

from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any, Final

import rfc8785

from amr_core.merkle import leaf_hash

_WHOLE: Final = 2**53  # below it every whole number is a float of its own
_PLAIN: Final = (1e-4, float(_WHOLE))  # where Python's shortest decimal form of a part and ECMAScript's are the same


def number(value: float) -> str:
    """Return a finite number in canonical form; raise ValueError for any other."""
    if abs(value) < _WHOLE and value == int(value):
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


JOURNAL: Final = ("seq", "t", "kind", "order_id", "robot", "payload")
"""The columns of a journal's row that are hashed, as `journal_content` takes them."""


def journal_content(seq: int, t: float, kind: str, order_id: str, robot: str, payload: str) -> bytes:
    """Return what is hashed of a row of the journal, as `content` would; a month has millions of them."""
    if not (type(kind) is type(order_id) is type(robot) is type(payload) is str and type(seq) is int):
        return content(seq=seq, t=t, kind=kind, order_id=order_id, robot=robot, payload=payload)
    text = encode_basestring
    at = repr(t) if type(t) is float and 1.0 <= t < _PLAIN[1] and not t.is_integer() else _value(t)
    return (
        f'{{"kind":{text(kind)},"order_id":{text(order_id)},"payload":{text(payload)},"robot":{text(robot)}'
        f',"seq":{seq if 0 <= seq < _WHOLE else number(seq)},"t":{at}}}'
    ).encode()


def journal_leaf(row: Mapping[Any, Any]) -> bytes:
    """Return the hash of a row of the journal."""
    return leaf_hash(journal_content(*[row[name] for name in JOURNAL]))


AUDIT: Final = ("id", "at", "name", "role", "client", "action", "what", "result")
"""The columns of a row of the audit trail that are hashed, as `audit_content` takes them."""


def audit_content(*columns: str | float) -> bytes:
    """Return what is hashed of a row of the audit trail."""
    return content(**dict(zip(AUDIT, columns, strict=True)))


def audit_leaf(row: Mapping[Any, Any]) -> bytes:
    """Return the hash of a row of the audit trail."""
    return leaf_hash(audit_content(*(row[name] for name in AUDIT)))


def account_leaf(row: Mapping[Any, Any]) -> bytes:
    """Return the hash of what an account was changed to; one without second step and provider is hashed as ever."""
    names = ("name", "role", "hash", "pin_hash", *(name for name in ("totp", "identity") if row.get(name)))
    flags = ("must_change", *(("role_there",) if row.get("role_there") else ()))
    return leaf_hash(content(**{name: row[name] for name in names}, **{name: bool(row[name]) for name in flags}))


def removed_account_leaf(name: str) -> bytes:
    """Return the hash that stands for an account that was removed."""
    return leaf_hash(content(name=name, removed=True))
