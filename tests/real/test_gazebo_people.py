"""People of a site in Gazebo: a lidar sees them where they are, they keep to their routes, robots stop for them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import Twist
from nav2_msgs.action import AssistedTeleop
from rclpy.action import ActionClient
from sensor_msgs.msg import JointState, LaserScan
from shapely.geometry import LinearRing, Point

from amr_core.geometry import FloatArray, Pose2D, compose
from amr_core.robots import robot_type
from amr_core.site import load_site
from amr_core.site.build import build_site
from amr_core.site.generators.movers import mover_topic, pose_of
from amr_interfaces.msg import GroundTruth, GroundTruthBody
from amr_sim.movers import PERSON_RADIUS
from tests.real import changed_site
from tests.real.gazebo_client import GazeboClient, stamp
from tests.real.gazebo_hall import Hall
from tests.real.real_support import Real

pytestmark = pytest.mark.gazebo
ROBOT, PERSON = "amr_01", "person_01"
MOVER = next(mover for mover in load_site("lab").movers if mover.id == PERSON)
KIND = robot_type("lift_amr")
BEHIND = (14.0, 8.2)
"""m, behind the bay of the first robot."""


def echoes(scan: Any, robot: Pose2D) -> FloatArray:
    """Return the points (N, 2, m, map) of a front scan of a robot that stands at a pose."""
    ranges = np.asarray(scan.ranges, dtype=float)
    lidar = compose(robot, KIND.lidars[0].mount)
    angles = lidar.theta + scan.angle_min + scan.angle_increment * np.arange(len(ranges))
    points = np.column_stack((lidar.x + ranges * np.cos(angles), lidar.y + ranges * np.sin(angles)))
    return points[np.isfinite(ranges)]


@pytest.mark.timeout(200)
def test_a_lidar_sees_a_person_where_the_person_is(real: Real) -> None:
    hall = Hall(real, "lab", [ROBOT], people=True)
    client = hall.client
    try:
        truths = client.listen(GroundTruth, "/sim/ground_truth", 10)
        states = client.listen(JointState, mover_topic(PERSON, "joint_states"))
        hall.put(ROBOT, Pose2D(10.0, 6.2, math.pi / 2))
        scans = client.listen(LaserScan, f"/{ROBOT}/scan_front")
        client.until(lambda: bool(scans and states and truths), 30.0, "scans, the person and ground truth")
        client.pass_time(14.0)
        poses = [pose_of(MOVER, dict(zip(s.name, s.position, strict=True))) for s in states]
        times, places = np.array([stamp(s) for s in states]), np.array([(p.x, p.y) for p in poses if p is not None])
        assert len(times) == len(places) > 100
        route = LinearRing(MOVER.route)
        assert max(route.distance(Point(place)) for place in places) < 0.03, "it keeps to its route"
        assert np.linalg.norm(np.diff(places, axis=0), axis=1).sum() > 2.0, "it walks"
        off, aside = [], []
        robot = hall.bases[ROBOT].pose
        for scan in scans:
            at = np.array([np.interp(stamp(scan), times, places[:, axis]) for axis in (0, 1)])
            points = echoes(scan, robot) - at
            seen = points[np.linalg.norm(points, axis=1) < 0.5]
            assert len(seen) >= 3, f"nobody at {at} at {stamp(scan):.2f} s"
            ahead = (at - robot[:2]) / np.linalg.norm(at - robot[:2])
            off.append(float(np.median(np.linalg.norm(seen, axis=1))) - PERSON_RADIUS)
            aside.append(float(np.mean(seen @ np.array([-ahead[1], ahead[0]]))))
        assert len(off) > 100
        assert abs(float(np.median(off))) < 0.04, off
        assert float(np.quantile(np.abs(off), 0.95)) < 0.12, off
        assert abs(float(np.median(aside))) < 0.06, aside
        assert float(np.quantile(np.abs(aside), 0.95)) < 0.12, aside
        body = next(body for body in truths[-1].bodies if body.name == PERSON)
        assert body.kind == GroundTruthBody.KIND_PERSON
        assert math.dist((body.x, body.y), places[-1]) < 0.3, "ground truth names the person"
        assert truths[-1].collisions == 0
    finally:
        client.close()


@pytest.mark.timeout(250)
def test_a_robot_that_is_driven_at_a_person_stops(real: Real, tmp_path: Path) -> None:
    """Out of its bay in reverse by AssistedTeleop, towards somebody who stands behind it and leaves after a while."""
    site = changed_site.copy(tmp_path)
    changed_site.stand(site, PERSON, *BEHIND)
    build_site(str(site))
    program = real.launch("gazebo.launch.py", site=str(site), robots=1, navigation="embedded", gui="false")
    client = GazeboClient(real.domain, program)
    try:
        truths = client.listen(GroundTruth, "/sim/ground_truth", 10)
        client.until(lambda: bool(truths) and len(truths[-1].bodies) == 2, 120.0, "ground truth of both")
        teleop = ActionClient(client.node, AssistedTeleop, f"/{ROBOT}/assisted_teleop")
        client.until(teleop.server_is_ready, 60.0, "AssistedTeleop")
        goal = AssistedTeleop.Goal()
        goal.time_allowance.sec = 30
        sent = teleop.send_goal_async(goal)
        client.until(sent.done, 30.0, "an answer")
        assert sent.result().accepted
        sticks = client.node.create_publisher(Twist, f"/{ROBOT}/cmd_vel_teleop", 10)
        back = Twist()
        back.linear.x = -0.4
        client.node.create_timer(0.1, lambda: sticks.publish(back))
        begun = len(truths)
        client.until(lambda: math.dist(bodies(truths[-1])[PERSON], BEHIND) > 0.1, 120.0, "a person who is fed up")
        ways = [(bodies(truth)[ROBOT][1], bodies(truth)[PERSON]) for truth in truths[begun:-1]]
        gaps = [robot - KIND.rear - person[1] - PERSON_RADIUS for robot, person in ways]
        assert gaps[0] - gaps[-1] > 0.5, f"it drove at the person: {gaps}"
        assert 0.0 < min(gaps) < 1.0, f"and stopped before the person, not far before: {gaps}"
        assert gaps[-3] - gaps[-1] < 0.02, f"it stands there: {gaps}"
        assert truths[-1].collisions == 0
        assert truths[-1].min_separation == pytest.approx(min([0.5, *gaps]), abs=0.1), "ground truth counts people"
    finally:
        client.close()


def bodies(truth: Any) -> dict[str, tuple[float, float]]:
    """Return where everybody is by ground truth."""
    return {body.name: (body.x, body.y) for body in truth.bodies}
