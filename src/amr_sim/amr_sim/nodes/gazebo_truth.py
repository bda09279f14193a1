"""GazeboTruthNode: publishes /sim/ground_truth in Gazebo, as the embedded simulator does; only reports read it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import PoseWithCovarianceStamped
from nav_msgs.msg import Odometry
from pydantic import BaseModel, ConfigDict, Field
from std_msgs.msg import String

from amr_core.site import load_site
from amr_core.site.build import world_path
from amr_interfaces.msg import GroundTruth, GroundTruthBody
from amr_ros import qos
from amr_ros.convert import from_stamp, pose_from_msg, to_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.standalone import run_node
from amr_ros.ticker import Ticker
from amr_sim.gazebo_truth import GazeboTruth
from amr_sim.nodes.body_port import hear_bodies
from amr_sim.nodes.contact_port import ContactPort
from amr_sim.nodes.gazebo_robots import kinds_of
from amr_sim.nodes.leaf_port import hear_leaves
from amr_sim.nodes.simulator import mover_body, site_world

CHECK_PERIOD, PUBLISH_PERIOD = 0.1, 0.2  # s; the second as in the embedded simulator (TRUTH_STEPS)


class GazeboTruthParams(BaseModel):
    """Parameters: the site and the names of its robots in Gazebo."""

    model_config = ConfigDict(frozen=True)
    site: str
    robots: list[str] = Field(min_length=1)


class GazeboTruthNode(AmrNode):
    """Hears true poses, loads, pose estimates and contact sensors of all robots."""

    def __init__(self, name: str = "gazebo_truth", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        params = load_params(self, GazeboTruthParams)
        site = load_site(params.site)
        world = site_world(params.site, site)
        self.truth = GazeboTruth(world, params.robots, kinds_of(site, params.robots), site)
        hear_leaves(self, site, self.truth.set_leaf)
        hear_bodies(self, site, self.truth.movers.hear)
        self.contacts = ContactPort(self, world_path(params.site, site), params.robots)
        self._out = self.create_publisher(GroundTruth, "/sim/ground_truth", qos.RELIABLE)
        for index, robot in enumerate(params.robots):
            self.create_subscription(Odometry, f"/{robot}/base/pose", self._pose_of(index), qos.SENSOR)
            self.create_subscription(String, f"/{robot}/load_state", self._load_of(index), qos.LATCHED)
            estimate = self._estimate_of(index)
            self.create_subscription(PoseWithCovarianceStamped, f"/{robot}/amcl_pose", estimate, qos.RELIABLE)
        ticker.add(self.truth.check, CHECK_PERIOD)
        ticker.add(self.publish, PUBLISH_PERIOD)

    def _pose_of(self, index: int) -> Callable[[Any], None]:
        return lambda message: self.truth.set_pose(index, pose_from_msg(message.pose))

    def _load_of(self, index: int) -> Callable[[Any], None]:
        return lambda message: self.truth.set_load(index, message.data)

    def _estimate_of(self, index: int) -> Callable[[Any], None]:
        def take(message: Any) -> None:
            position = message.pose.pose.position
            self.truth.estimates.observe(index, from_stamp(message.header.stamp), position.x, position.y)

        return take

    def destroy_node(self) -> None:
        """Remove the node, and what listens for it."""
        self.contacts.close()
        super().destroy_node()

    def publish(self, now: float) -> None:
        """Tell what is true."""
        truth = self.truth
        robots = zip(truth.names, truth.poses, truth.loads, strict=True)
        self._out.publish(
            GroundTruth(
                stamp=to_stamp(now),
                bodies=[
                    GroundTruthBody(
                        name=name, kind=GroundTruthBody.KIND_ROBOT, x=p.x, y=p.y, theta=p.theta, v=math.nan, load=load
                    )
                    for name, p, load in robots
                    if p is not None
                ]
                + [mover_body(mover) for mover in truth.movers.all()],
                collisions=truth.monitor.episodes,
                min_separation=truth.min_separation,
                collision_log=[f"{c.time:.2f} {c.first} {c.second}" for c in truth.monitor.log],
                distance_driven=truth.driven,
                loads_picked=truth.taken,
                loads_dropped=truth.given,
                localization_error_p95=truth.estimates.p95,
                docking_offset_max=truth.dockings.offset,
                docking_angle_max=truth.dockings.angle,
            )
        )


def main() -> None:
    """Entry point of `ros2 run amr_sim gazebo_truth`."""
    run_node(GazeboTruthNode, "gazebo_truth")
