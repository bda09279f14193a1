"""A fleet as Open-RMF's read-only adapter wants it: where each robot is, what it does, and the way it may drive.

The adapter compares what is left of a way with what it had, from its end and to 1e-8 m and rad, and takes any other way
to be a new one (rmf_fleet_adapter, src/read_only): a point that stays keeps its heading. No ROS in here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from amr_core.robots import STANDING
from amr_fleet.neighbours.levels import Levels
from amr_fleet.neighbours.settings import OpenRmf
from amr_fleet.ports import FleetSnapshot, RobotView


class RmfMode(IntEnum):
    """rmf_fleet_msgs/RobotMode, those of a fleet that Open-RMF only watches."""

    IDLE = 0
    CHARGING = 1
    MOVING = 2
    PAUSED = 3
    WAITING = 4
    EMERGENCY = 5
    GOING_HOME = 6


@dataclass(frozen=True)
class RmfPlace:
    """x, y (m) and yaw (rad) in Open-RMF's frame of a level; level: its name there, "" for what lies on none."""

    x: float
    y: float
    yaw: float
    level: str = ""


@dataclass(frozen=True)
class RmfRobot:
    """One robot. battery: 0..100; path: what is left of the way that is released to it."""

    name: str
    model: str
    task: str
    mode: RmfMode
    battery: float
    place: RmfPlace
    path: tuple[RmfPlace, ...]


def mode_of(robot: RobotView) -> RmfMode:
    """Return what a robot does. One that is not heard or has a fault is an emergency: nobody knows what it does."""
    if robot.status in ("OFFLINE", "ERROR") or robot.e_stop:
        return RmfMode.EMERGENCY
    if robot.status == "PAUSED":
        return RmfMode.PAUSED
    if robot.charging:
        return RmfMode.CHARGING
    if abs(robot.v) > STANDING:
        return RmfMode.GOING_HOME if robot.status == "PARKING" else RmfMode.MOVING
    return RmfMode.WAITING if robot.waiting is not None or robot.order_id or robot.base else RmfMode.IDLE


class RmfFleet:
    """Says the fleet anew; keeps what headings it has said."""

    def __init__(self, settings: OpenRmf, levels: Levels | None = None) -> None:
        self._settings = settings
        self._levels = levels or Levels()
        self._said: dict[str, tuple[RmfPlace, ...]] = {}

    def robots(self, snapshot: FleetSnapshot) -> list[RmfRobot]:
        """Return every robot that has not been taken out of the site's traffic; what is not finite is left out."""
        return [
            self._robot(robot)
            for robot in snapshot.robots
            if robot.integration != "ignored" and all(map(math.isfinite, (robot.x, robot.y, robot.theta)))
        ]

    def _robot(self, robot: RobotView) -> RmfRobot:
        place = self._place(robot.x, robot.y, robot.theta)
        way = [self._place(x, y, 0.0) for x, y in robot.base[1:] if math.isfinite(x) and math.isfinite(y)]
        path = self._headed(robot.name, place, way)
        battery = 100.0 * robot.soc if math.isfinite(robot.soc) else 0.0
        return RmfRobot(
            robot.name, robot.type, robot.order_id, mode_of(robot), min(100.0, max(0.0, battery)), place, path
        )

    def _headed(self, name: str, place: RmfPlace, way: Sequence[RmfPlace]) -> tuple[RmfPlace, ...]:
        """Return a way with the headings that were said of it, or those of driving along it."""
        before = self._said.get(name, ())
        rest = before[len(before) - len(way) :] if len(way) <= len(before) else ()
        if len(rest) == len(way) and all(
            (a.x, a.y, a.level) == (b.x, b.y, b.level) for a, b in zip(rest, way, strict=True)
        ):
            path = rest
        else:
            starts = [place, *way]
            legs = [math.atan2(b.y - a.y, b.x - a.x) for a, b in zip(starts, way, strict=False)]
            path = tuple(replace(p, yaw=yaw) for p, yaw in zip(way, [*legs[1:], *legs[-1:]], strict=True))
        self._said[name] = path
        return path

    def _place(self, x: float, y: float, yaw: float) -> RmfPlace:
        s = self._settings
        cos, sin = math.cos(s.yaw), math.sin(s.yaw)
        turned = yaw + s.yaw
        level, x, y = self._levels.place(x, y)
        name = s.levels.get(level, level) if self._levels.ids else s.level
        return RmfPlace(
            s.x + cos * x - sin * y, s.y + sin * x + cos * y, math.atan2(math.sin(turned), math.cos(turned)), name
        )
