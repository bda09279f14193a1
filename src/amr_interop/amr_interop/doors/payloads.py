"""What stands in payloads of doors and lifts over MQTT. Nothing that is no word of theirs is taken for one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

_LONGEST: Final = 16_384  # bytes of a state


def document(payload: bytes) -> Any:
    """Return what a payload says as JSON, None when that is nothing that can be read."""
    if len(payload) > _LONGEST:
        return None
    try:
        return json.loads(payload.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def part(found: Any, path: str) -> Any:
    """Return what stands in a JSON object at a path of names with dots between, None when nothing does."""
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def word_at(payload: bytes, path: str) -> str | None:
    """Return the word in a payload, None when there is none."""
    if path:
        found = part(document(payload), path)
        return found if isinstance(found, str) else None
    try:
        return payload.decode("utf-8") if len(payload) <= _LONGEST else None
    except ValueError:
        return None
