"""Where the fleet knows that robots are: what is seen there is a robot, no person and no thing."""

from __future__ import annotations

import math
from typing import Any, Final

from amr_core.robots import ROBOT_TYPES
from amr_perception.fixed.robots import KnownRobot

KEPT_S: Final = 3.0
"""Three reports of the fleet; after that nobody knows where the robots have driven."""
_REPORT_S: Final = 1.0  # from one report to the next: a robot is looked for no farther than it drives in that time
_SPEED: Final = 0.8  # m/s of a robot of an unknown type
_UNKNOWN: Final = ("OFFLINE", "ERROR")
"""Status of a robot that is silent, was never heard or is lost: a person may stand where it only was."""


class FleetPlaces:
    """The places of robots in the fleet's last report."""

    def __init__(self) -> None:
        self._heard: tuple[float, list[Any]] = (-math.inf, [])

    def hears(self, now: float, message: Any) -> None:
        """Take a FleetState."""
        self._heard = (now, [robot for robot in message.robots if robot.status not in _UNKNOWN])

    def _kept(self, now: float) -> list[Any]:
        heard, robots = self._heard
        return robots if now - heard < KEPT_S else []

    def at(self, now: float, besides: str = "") -> list[tuple[float, float]]:
        """Return where the robots in the report are (m, map frame), none when it is too old.

        besides: a robot that is left out.
        """
        return [(robot.x, robot.y) for robot in self._kept(now) if robot.robot != besides]

    def known(self, now: float) -> list[KnownRobot]:
        """Return the robots in the report with how far each reaches and may have driven, none when it is too old."""
        age = min(_REPORT_S, max(0.0, now - self._heard[0]))
        return [_known(robot, age) for robot in self._kept(now)]


def _known(robot: Any, age: float) -> KnownRobot:
    kind = ROBOT_TYPES.get(robot.robot_type)
    if kind is None:
        return KnownRobot(robot.x, robot.y, farthest=_SPEED * age, name=robot.robot)
    place = (robot.x, robot.y, robot.theta)
    return KnownRobot.heard(place, kind, robot.speed, age, loaded=robot.loaded, name=robot.robot)
