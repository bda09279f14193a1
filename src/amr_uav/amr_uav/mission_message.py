"""The mission that a fleet sends, as a plan: what a simulated aircraft and a link to a real one read of it. No ROS."""

from __future__ import annotations

import math
from typing import Any, Final

from amr_uav.model import FlightPlan, Volume, Waypoint

_MOST_WAYPOINTS: Final = 5000


def plan_of(message: Any) -> FlightPlan | None:
    """Return the plan of a message with the fields of amr_interfaces/UavMission; its fence may have no corners.

    None when its lists do not belong together or hold what is no number.
    """
    lists = (message.x, message.y, message.z, message.yaw, message.scan)
    numbers = [v for values in (*lists[:4], message.fence_x, message.fence_y) for v in values]
    equal = {len(values) for values in lists} == {len(message.x)} and len(message.fence_x) == len(message.fence_y)
    finite = all(map(math.isfinite, [*numbers, message.fence_z, message.transit]))
    if not (equal and finite and 0 < len(message.x) <= _MOST_WAYPOINTS):
        return None
    fence = tuple(zip(message.fence_x, message.fence_y, strict=True))
    return FlightPlan(
        waypoints=tuple(Waypoint(*row) for row in zip(*lists, strict=True)), volume=Volume(fence, 0.0, message.fence_z),
        places=(), length=0.0, seconds=0.0, energy=0.0, transit=message.transit,
    )  # fmt: skip
