"""The eventID of an EPCIS event: the hash of what it says, after CBV 2.0 section 8.9.2. Same event, same id, anywhere.

Only the fields that our events have; `make validators` compares it with an independent implementation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

_CBV: Final = {"bizStep": "https://ref.gs1.org/cbv/BizStep-", "disposition": "https://ref.gs1.org/cbv/Disp-"}
_ORDER: Final = (
    "eventTime", "eventTimeZoneOffset", "parentID", "epcList", "childEPCs", "action", "bizStep", "disposition",
    "readPoint", "bizLocation",
)  # fmt: skip
_LEFT_OUT: Final = frozenset({"type", "eventID", "recordTime", "errorDeclaration"})


def event_id(event: Mapping[str, Any]) -> str:
    """Return the ni-URI of an event; raise ValueError for a field that this function does not know."""
    unknown = event.keys() - set(_ORDER) - _LEFT_OUT
    if unknown:
        raise ValueError(f"no rule for {sorted(unknown)}")
    parts = [f"eventType={event['type']}"]
    parts += [_part(name, event[name]) for name in _ORDER if event.get(name)]
    return f"ni:///sha-256;{hashlib.sha256(''.join(parts).encode()).hexdigest()}?ver=CBV2.0"


def _part(name: str, value: Any) -> str:
    if name == "eventTime":
        return f"{name}={_utc(value)}"
    if isinstance(value, Mapping):
        return f"{name}id={value['id']}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return name + "".join(sorted(f"epc={item}" for item in value))
    return f"{name}={_CBV.get(name, '')}{value}"


def _utc(text: str) -> str:
    when = datetime.fromisoformat(text).astimezone(UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
