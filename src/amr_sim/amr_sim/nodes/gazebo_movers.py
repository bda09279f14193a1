"""GazeboMoversNode: leads the people and forklifts of a site in Gazebo, as the embedded simulator has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nav_msgs.msg import Odometry
from pydantic import BaseModel, ConfigDict, Field
from std_msgs.msg import Float64, String

from amr_core.site import load_site
from amr_core.site.generators.movers import JOINTS, mover_topic
from amr_ros import qos
from amr_ros.convert import pose_from_msg
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.standalone import run_node
from amr_ros.ticker import Ticker
from amr_sim.gazebo_movers import STEP, GazeboMovers
from amr_sim.nodes.body_port import hear_bodies
from amr_sim.nodes.gazebo_robots import kinds_of
from amr_sim.nodes.simulator import site_world


class GazeboMoversParams(BaseModel):
    """Parameters: the site, the names of its robots in Gazebo, a seed of how patient people are."""

    model_config = ConfigDict(frozen=True)
    site: str
    robots: list[str] = Field(min_length=1)
    seed: int = Field(default=1, ge=0)


class GazeboMoversNode(AmrNode):
    """Hears bodies and robots; tells the joints of the bodies where to be."""

    def __init__(self, name: str = "gazebo_movers", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        params = load_params(self, GazeboMoversParams)
        site = load_site(params.site)
        kinds = kinds_of(site, params.robots)
        self.movers = GazeboMovers(site, site_world(params.site, site), params.robots, kinds, params.seed)
        self._joints = {
            (mover.id, joint): self.create_publisher(Float64, mover_topic(mover.id, joint), qos.RELIABLE)
            for mover in site.movers
            for joint in JOINTS
        }
        hear_bodies(self, site, self.movers.hear, once=True)
        for robot in params.robots:
            self.create_subscription(Odometry, f"/{robot}/base/pose", self._pose_of(robot), qos.SENSOR)
            self.create_subscription(String, f"/{robot}/load_state", self._load_of(robot), qos.LATCHED)
        ticker.add(self.step, STEP)

    def _pose_of(self, robot: str) -> Callable[[Any], None]:
        def take(message: Any) -> None:
            twist = message.twist.twist
            self.movers.set_robot(robot, pose_from_msg(message.pose), twist.linear.x, twist.angular.z)

        return take

    def _load_of(self, robot: str) -> Callable[[Any], None]:
        return lambda message: self.movers.set_load(robot, loaded=bool(message.data))

    def step(self, now: float) -> None:
        """Move everybody and tell the joints that have moved."""
        for key, place in self.movers.step(now).items():
            self._joints[key].publish(Float64(data=place))


def main() -> None:
    """Entry point of `ros2 run amr_sim gazebo_movers`."""
    run_node(GazeboMoversNode, "gazebo_movers")
