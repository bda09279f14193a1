"""Numbers of MAVLink and of PX4's modes that both ends of the link use (mavlink.io, PX4 `px4_custom_mode.h`)."""

from __future__ import annotations

from typing import Final

from amr_uav.model import FlightMode

ARM: Final = 400  # MAV_CMD_COMPONENT_ARM_DISARM
SET_MODE: Final = 176  # MAV_CMD_DO_SET_MODE
GO_HOME: Final = 20  # MAV_CMD_NAV_RETURN_TO_LAUNCH
WAYPOINT: Final = 16  # MAV_CMD_NAV_WAYPOINT
LAND: Final = 21  # MAV_CMD_NAV_LAND
TAKE_OFF: Final = 22  # MAV_CMD_NAV_TAKEOFF
FENCE_CORNER: Final = 5001  # MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION
RELATIVE: Final = 6  # MAV_FRAME_GLOBAL_RELATIVE_ALT_INT
MISSION, FENCE = 0, 1  # MAV_MISSION_TYPE
ACCEPTED: Final = 0
IN_PROGRESS: Final = 5  # MAV_RESULT
GROUND_STATION, MULTICOPTER = 6, 2  # MAV_TYPE
NO_AUTOPILOT, PX4 = 8, 12  # MAV_AUTOPILOT
ARMED, CUSTOM = 128, 1  # MAV_MODE_FLAG
CRITICAL: Final = 5  # MAV_STATE
ON_GROUND, IN_AIR, TAKING_OFF, LANDING = 1, 2, 3, 4  # MAV_LANDED_STATE
POSITION_KNOWN: Final = 16  # ESTIMATOR_POS_HORIZ_ABS
AUTO: Final = 4
SUB: Final[dict[FlightMode, int]] = {"TAKEOFF": 2, "HOLD": 3, "MISSION": 4, "RETURN": 5, "LAND": 6}
_MODES: Final = {sub: mode for mode, sub in SUB.items()}


def custom_mode(mode: FlightMode) -> int:
    """Return PX4's number of a mode; on the ground it waits in hold."""
    return AUTO << 16 | SUB.get(mode, SUB["HOLD"]) << 24


def mode_of(custom: int, landed: int) -> FlightMode:
    """Return the mode of PX4's number. A pilot who flies by hand holds the flight; not known to stand is in the air."""
    if landed == ON_GROUND:
        return "LANDED"
    if custom >> 16 & 0xFF != AUTO:
        return "HOLD"
    mode = _MODES.get(custom >> 24 & 0xFF, "HOLD")
    return "TAKEOFF" if mode == "MISSION" and landed == TAKING_OFF else mode
