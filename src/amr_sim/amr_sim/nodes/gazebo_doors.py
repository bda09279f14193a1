"""GazeboDoorsNode: the controllers of the site's doors in Gazebo, as in the simulator in the words of rmf_door_msgs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nav_msgs.msg import Odometry
from pydantic import BaseModel, ConfigDict, Field
from std_msgs.msg import Float64, String

from amr_core.doors import leaf_topic
from amr_core.geometry import FloatArray, Pose2D, transform
from amr_core.site import load_site
from amr_ros import qos
from amr_ros.convert import pose_from_msg, to_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.standalone import run_node
from amr_ros.ticker import Ticker
from amr_sim.gazebo_doors import GazeboDoors
from amr_sim.nodes.door_port import DoorPorts
from amr_sim.nodes.gazebo_robots import kinds_of
from amr_sim.nodes.leaf_port import hear_leaves

STEP_PERIOD = 0.1  # s; chosen: a leaf moves for seconds


class GazeboDoorsParams(BaseModel):
    """Parameters: the site and the names of its robots in Gazebo."""

    model_config = ConfigDict(frozen=True)
    site: str
    robots: list[str] = Field(min_length=1)


class GazeboDoorsNode(AmrNode):
    """Hears requests, leaves and robots; leads the leaves and says where they are."""

    def __init__(self, name: str = "gazebo_doors", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        params = load_params(self, GazeboDoorsParams)
        site = load_site(params.site)
        self.doors = GazeboDoors(site)
        self._poses: dict[str, Pose2D] = {}
        self._loads: dict[str, bool] = {}
        self._types = dict(zip(params.robots, kinds_of(site, params.robots), strict=True))
        self._ports = DoorPorts(self, self.doors.all)
        self._heights = {
            door: self.create_publisher(Float64, leaf_topic(door, "height"), qos.RELIABLE) for door in self.doors.all
        }
        hear_leaves(self, site, lambda door, height: self.doors.hear(door, height, self.now))
        for robot in params.robots:
            self.create_subscription(Odometry, f"/{robot}/base/pose", self._pose_of(robot), qos.SENSOR)
            self.create_subscription(String, f"/{robot}/load_state", self._load_of(robot), qos.LATCHED)
        ticker.add(self.step, STEP_PERIOD)

    def _pose_of(self, robot: str) -> Callable[[Any], None]:
        return lambda message: self._poses.__setitem__(robot, pose_from_msg(message.pose))

    def _load_of(self, robot: str) -> Callable[[Any], None]:
        return lambda message: self._loads.__setitem__(robot, bool(message.data))

    def _outlines(self) -> dict[str, FloatArray]:
        return {
            robot: transform(self._types[robot].footprint(loaded=self._loads.get(robot, False)), pose)
            for robot, pose in self._poses.items()
            if all(map(math.isfinite, pose))
        }

    def step(self, now: float) -> None:
        """Move the doors; lead their leaves, again and again: a bridge that comes late has heard nothing."""
        for door, height in self.doors.step(now, self._outlines()).items():
            self._heights[door].publish(Float64(data=height))
        self._ports.publish(now, to_stamp(now))


def main() -> None:
    """Entry point of `ros2 run amr_sim gazebo_doors`."""
    run_node(GazeboDoorsNode, "gazebo_doors")
