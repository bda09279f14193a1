"""Where the fleet knows that robots are: what is seen there is a robot, no person and no thing."""

from __future__ import annotations

import math
from typing import Any, Final

KEPT_S: Final = 3.0
"""Three reports of the fleet; after that nobody knows where the robots have driven."""
_UNKNOWN: Final = ("OFFLINE", "ERROR")
"""Status of a robot that is silent, was never heard or is lost: a person may stand where it only was."""


class FleetPlaces:
    """The places of robots in the fleet's last report."""

    def __init__(self) -> None:
        self._heard: tuple[float, list[tuple[str, float, float]]] = (-math.inf, [])

    def hears(self, now: float, message: Any) -> None:
        """Take a FleetState."""
        known = [(robot.robot, robot.x, robot.y) for robot in message.robots if robot.status not in _UNKNOWN]
        self._heard = (now, known)

    def at(self, now: float, besides: str = "") -> tuple[float, list[tuple[float, float]]]:
        """Return how old the report is (s) and where the robots in it are, none when it is too old.

        besides: a robot that is left out.
        """
        heard, robots = self._heard
        age = now - heard
        return age, [(x, y) for name, x, y in robots if name != besides] if age < KEPT_S else []
