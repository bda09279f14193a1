"""Lifts in the words of Open-RMF's rmf_lift_msgs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from builtin_interfaces.msg import Time
from rmf_lift_msgs.msg import LiftState

from amr_core.doors import DoorMode
from amr_core.lifts import LiftMode, SimulatedLift

MODES: Final[Mapping[LiftMode, int]] = {
    "UNKNOWN": LiftState.MODE_UNKNOWN, "HUMAN": LiftState.MODE_HUMAN, "AGV": LiftState.MODE_AGV,
    "FIRE": LiftState.MODE_FIRE, "OFFLINE": LiftState.MODE_OFFLINE, "EMERGENCY": LiftState.MODE_EMERGENCY,
}  # fmt: skip
DOORS: Final[Mapping[int, DoorMode]] = {
    LiftState.DOOR_CLOSED: "CLOSED", LiftState.DOOR_MOVING: "OPENING", LiftState.DOOR_OPEN: "OPEN",
}  # fmt: skip


def lift_state(lift: SimulatedLift, stamp: Time) -> Any:
    """Return what a lift says of itself at a time as a LiftState; its floors are called as the site's levels."""
    return LiftState(
        lift_time=stamp,
        lift_name=lift.way.id,
        available_floors=[stop.level for stop in lift.way.stops],
        current_floor=lift.nearest.level,
        destination_floor=lift.target,
        door_state=next(value for value, word in DOORS.items() if word == lift.door),
        motion_state=_motion(lift),
        available_modes=[LiftState.MODE_HUMAN, LiftState.MODE_AGV],
        current_mode=MODES[lift.mode],
        session_id=lift.session,
    )


def _motion(lift: SimulatedLift) -> int:
    if lift.stands and not lift.moving:
        return int(LiftState.MOTION_STOPPED)
    if not lift.moving:
        return int(LiftState.MOTION_UNKNOWN)  # between floors, and nobody knows why
    return int(LiftState.MOTION_UP if lift.rises else LiftState.MOTION_DOWN)
