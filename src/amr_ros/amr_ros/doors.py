"""Doors in the words of Open-RMF's rmf_door_msgs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from builtin_interfaces.msg import Time
from rmf_door_msgs.msg import DoorMode, DoorState

from amr_core.doors import DoorMode as Mode

_WORDS: Final[Mapping[Mode, int]] = {
    "CLOSED": DoorMode.MODE_CLOSED, "OPENING": DoorMode.MODE_MOVING, "CLOSING": DoorMode.MODE_MOVING,
    "OPEN": DoorMode.MODE_OPEN, "FAULT": DoorMode.MODE_OFFLINE, "OFFLINE": DoorMode.MODE_OFFLINE,
    "UNKNOWN": DoorMode.MODE_UNKNOWN,
}  # fmt: skip


def door_state(door: str, mode: Mode, stamp: Time) -> Any:
    """Return what a door says of itself at a time as a DoorState."""
    return DoorState(door_time=stamp, door_name=door, current_mode=DoorMode(value=_WORDS[mode]))
