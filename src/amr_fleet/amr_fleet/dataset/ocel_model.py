"""The types of the OCEL 2.0 log: which journal kinds are events, what objects there are, and their attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

AttributeType = Literal["string", "integer", "float", "boolean"]

EVENT_TYPES: Final[Mapping[str, Mapping[str, AttributeType]]] = {
    "order_created": {"priority": "integer"},
    "order_assigned": {},
    "order_picked": {"off": "float", "turn": "float"},
    "order_attempt": {"code": "string"},
    "order_evidence": {"read": "string", "valid": "boolean", "match": "string"},
    "order_requeued": {},
    "order_cancelled": {},
    "order_done": {"off": "float", "turn": "float"},
    "order_failed": {"code": "string"},
    "mission_started": {"kind": "string"},
    "mission_retargeted": {"kind": "string"},
    "mission_ended": {"result": "string"},
    "robot_online": {},
    "robot_offline": {},
    "alarm_raised": {"code": "string"},
    "alarm_cleared": {"code": "string"},
    "zone_set": {"kind": "string", "source": "string"},
    "zone_cleared": {},
}
"""Attributes of each event type, which is a journal kind."""

OBJECT_TYPES: Final[Mapping[str, Mapping[str, AttributeType]]] = {
    "order": {"priority": "integer"},
    "load": {"place": "string", "kind": "string"},
    "container": {},
    "robot": {"model": "string"},
    "station": {"kind": "string"},
    "zone": {"kind": "string"},
    "mission": {"kind": "string"},
    "charger": {},
}
"""Attributes of each object type; priority and place change, each change with its time."""

SQL_TYPES: Final[Mapping[AttributeType, str]] = {
    "string": "TEXT", "integer": "INTEGER", "float": "REAL", "boolean": "BOOLEAN",
}  # fmt: skip


def table_name(kind: str) -> str:
    """Return the type as it is part of a table's name: order_created -> OrderCreated."""
    return "".join(part.capitalize() for part in kind.split("_"))
