"""Nav2's localisation tests: a good initial pose converges, an absurd one is refused; forced update; services."""

from __future__ import annotations

import math
from typing import Any

import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped
from nav2_msgs.action import NavigateToPose
from nav2_msgs.msg import ParticleCloud
from nav2_msgs.srv import SetInitialPose
from rclpy.qos import QoSProfile, ReliabilityPolicy
from std_srvs.srv import Empty

from amr_interfaces.msg import GroundTruth, GroundTruthBody
from tests.system.nav2_client import LATCHED, Nav2Client, pose

pytestmark = pytest.mark.system
BEST_EFFORT = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)


def guess(x: float, y: float, theta: float, frame: str = "map") -> Any:
    message = PoseWithCovarianceStamped()
    message.header.frame_id = frame
    message.pose.pose = pose(x, y, theta).pose
    message.pose.covariance[0] = message.pose.covariance[7] = 0.25
    message.pose.covariance[35] = 0.07
    return message


def test_initial_pose_converges_to_the_truth_and_absurd_ones_are_refused(nav2: Nav2Client) -> None:
    goal = NavigateToPose.Goal(pose=pose(10, 4))
    assert nav2.run(NavigateToPose, "navigate_to_pose", goal)[0] == "SUCCEEDED"
    truths = nav2.listen(GroundTruth, "/sim/ground_truth", 10)
    nav2.until(lambda: bool(truths), 20.0, "the truth")
    truth = next(b for b in truths[-1].bodies if b.kind == GroundTruthBody.KIND_ROBOT)
    nav2.call(
        SetInitialPose, "set_initial_pose", SetInitialPose.Request(pose=guess(truth.x + 0.3, truth.y - 0.2, 0.15))
    )
    nav2.call(Empty, "request_nomotion_update")
    nav2.until(lambda: nav2.distance_to(truth.x, truth.y) < 0.1, 20.0, "the true pose on amcl_pose")
    for wrong in (guess(-2e5, -2e5, 0.0), guess(math.nan, 4.0, 0.0), guess(4.0, 4.0, 0.0, frame="odom")):
        nav2.call(SetInitialPose, "set_initial_pose", SetInitialPose.Request(pose=wrong))
    nav2.call(Empty, "request_nomotion_update")
    nav2.spin(0.5)
    assert nav2.distance_to(truth.x, truth.y) < 0.1


def test_a_standing_robot_updates_when_asked(nav2: Nav2Client) -> None:
    estimates = nav2.listen(PoseWithCovarianceStamped, "amcl_pose", LATCHED)
    nav2.until(lambda: bool(estimates), 20.0, "the latched pose")
    count = len(estimates)
    nav2.call(Empty, "request_nomotion_update")
    nav2.until(lambda: len(estimates) > count, 20.0, "an update")


def test_particles_are_shown_and_spread_over_the_hall_when_asked(nav2: Nav2Client) -> None:
    clouds = nav2.listen(ParticleCloud, "particle_cloud", BEST_EFFORT)
    nav2.until(lambda: bool(clouds), 20.0, "particles")
    before = nav2.pose
    assert before is not None
    assert sum(p.weight for p in clouds[-1].particles) == pytest.approx(1.0, abs=1e-3)
    assert spread(clouds[-1]) < 2.0
    seen = len(clouds)
    try:
        nav2.call(Empty, "reinitialize_global_localization")
        nav2.until(lambda: any(spread(cloud) > 2.0 for cloud in clouds[seen:]), 20.0, "particles all over the hall")
    finally:
        # Whatever has happened, the next test needs a robot that knows where it is.
        nav2.call(SetInitialPose, "set_initial_pose", SetInitialPose.Request(pose=guess(*before)))
    nav2.until(lambda: spread(clouds[-1]) < 1.5, 20.0, "particles around the robot again")
    nav2.until(lambda: nav2.distance_to(before[0], before[1]) < 0.1, 20.0, "the pose on amcl_pose")


def spread(cloud: Any) -> float:
    """Return how far the particles lie apart (m), along x or y."""
    positions = [(p.pose.position.x, p.pose.position.y) for p in cloud.particles]
    return float(max(max(axis) - min(axis) for axis in zip(*positions, strict=True)))
