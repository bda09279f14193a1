"""/fleet_states for Open-RMF's read-only adapter. Only said: nothing of Open-RMF reaches the fleet by it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rmf_fleet_msgs.msg import FleetState, Location, RobotMode, RobotState

from amr_fleet.neighbours.levels import Levels
from amr_fleet.neighbours.rmf import RmfFleet, RmfPlace, RmfRobot
from amr_fleet.neighbours.settings import OpenRmf
from amr_fleet.ports import FleetSnapshot
from amr_ros import qos
from amr_ros.node import AmrNode


class OpenRmfPort:
    """Says the fleet on /fleet_states."""

    def __init__(self, node: AmrNode, settings: OpenRmf, levels: Levels) -> None:
        self._node, self._settings, self._fleet = node, settings, RmfFleet(settings, levels)
        self._count: Counter[str] = Counter()
        self._states = node.create_publisher(FleetState, "/fleet_states", qos.RELIABLE)
        self.period = 1.0 / settings.hz

    def say(self, snapshot: FleetSnapshot) -> None:
        """Publish where all robots are now."""
        stamp = self._node.stamp()
        robots = [self._state(robot, stamp) for robot in self._fleet.robots(snapshot)]
        self._states.publish(FleetState(name=self._settings.fleet, robots=robots))

    def _state(self, robot: RmfRobot, stamp: Any) -> RobotState:
        self._count[robot.name] += 1
        return RobotState(
            name=robot.name, model=robot.model, task_id=robot.task, seq=self._count[robot.name],
            mode=RobotMode(mode=int(robot.mode)), battery_percent=robot.battery,
            location=self._location(robot.place, stamp),
            path=[self._location(place, stamp, index) for index, place in enumerate(robot.path)],
        )  # fmt: skip

    def _location(self, place: RmfPlace, stamp: Any, index: int = 0) -> Location:
        return Location(t=stamp, x=place.x, y=place.y, yaw=place.yaw, level_name=place.level, index=index)
