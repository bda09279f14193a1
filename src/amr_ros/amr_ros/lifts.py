"""Lifts in the words of Open-RMF's rmf_lift_msgs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from builtin_interfaces.msg import Time
from rmf_lift_msgs.msg import LiftState

from amr_core.doors import DoorMode
from amr_core.lifts import LiftMode, LiftMotion, LiftSaid

MODES: Final[Mapping[LiftMode, int]] = {
    "UNKNOWN": LiftState.MODE_UNKNOWN, "HUMAN": LiftState.MODE_HUMAN, "AGV": LiftState.MODE_AGV,
    "FIRE": LiftState.MODE_FIRE, "OFFLINE": LiftState.MODE_OFFLINE, "EMERGENCY": LiftState.MODE_EMERGENCY,
}  # fmt: skip
DOORS: Final[Mapping[int, DoorMode]] = {
    LiftState.DOOR_CLOSED: "CLOSED", LiftState.DOOR_MOVING: "OPENING", LiftState.DOOR_OPEN: "OPEN",
}  # fmt: skip


_MOTIONS: Final[Mapping[LiftMotion, int]] = {
    "STOPPED": LiftState.MOTION_STOPPED, "UP": LiftState.MOTION_UP, "DOWN": LiftState.MOTION_DOWN,
    "UNKNOWN": LiftState.MOTION_UNKNOWN,
}  # fmt: skip
_LEAVES: Final[Mapping[DoorMode, int]] = {"CLOSED": LiftState.DOOR_CLOSED, "OPEN": LiftState.DOOR_OPEN}
"""The words know no other state of a door but that it moves: neither open nor closed, so nobody enters."""


def lift_state(lift: str, floors: Sequence[str], said: LiftSaid, stamp: Time) -> Any:
    """Return what a lift says of itself at a time as a LiftState; its floors are called as the site's levels."""
    return LiftState(
        lift_time=stamp,
        lift_name=lift,
        available_floors=list(floors),
        current_floor=said.level,
        destination_floor=said.target,
        door_state=_LEAVES.get(said.door, LiftState.DOOR_MOVING),
        motion_state=_MOTIONS[said.motion],
        available_modes=[LiftState.MODE_HUMAN, LiftState.MODE_AGV],
        current_mode=MODES[said.mode],
        session_id=said.session,
    )
