"""The robots' bases in Gazebo keep the contract: what they are told is what they do, at the rates that are promised."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from nav_msgs.msg import Odometry
from sensor_msgs.msg import BatteryState, CameraInfo, Image, JointState, LaserScan
from std_msgs.msg import Float64

from amr_core.cameras import fixed_view
from amr_core.geometry import FloatArray, Pose2D, compose, distance, wrap_angle
from amr_core.site import load_site
from tests.real.gazebo_client import planar, rate
from tests.real.gazebo_hall import Hall
from tests.real.real_support import Real, need

pytestmark = pytest.mark.gazebo
ROBOTS = ("amr_01", "amr_02")
"""A lift AMR and a fork robot."""
VARIANCE = 1e-3
"""m^2 and rad^2: what docs/real.md says and the embedded simulator has."""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    need("gazebo")
    real = Real(tmp_path_factory.mktemp("hall"))
    try:
        made = Hall(real, "lab", ROBOTS)
        yield made
        made.client.close()
    finally:
        real.close()


def test_the_server_survives_its_robots(hall: Hall) -> None:
    scans = [hall.client.listen(LaserScan, f"/{robot}/scan_front") for robot in ROBOTS]
    hall.client.until(lambda: all(len(found) > 20 for found in scans), 60.0, "scans of both robots")
    assert "already exists" not in hall.program.words
    assert "process has died" not in hall.program.words


@pytest.mark.parametrize("robot", ROBOTS)
def test_a_robot_turns_as_fast_as_it_is_told(robot: str, hall: Hall) -> None:
    base = hall.bases[robot]
    base.drive(-0.3, 0.0, 2.5)  # out of the bay
    base.stop()
    base.drive(0.0, 0.5, 3.0)
    truth, odom = len(base.truth), len(base.odom)
    base.drive(0.0, 0.5, 6.0)
    turned = {}
    for name, found in (("truth", base.truth[truth:]), ("odom", base.odom[odom:])):
        poses = [planar(message) for message in found]
        angle = sum(wrap_angle(b.theta - a.theta) for a, b in itertools.pairwise(poses))
        seconds = (len(found) - 1) / rate(found)
        turned[name] = angle / seconds
    base.stop()
    assert turned["truth"] == pytest.approx(0.5, rel=0.01)
    assert turned["odom"] == pytest.approx(turned["truth"], rel=0.01)


def test_rates_are_those_of_the_contract(hall: Hall) -> None:
    client, robot = hall.client, "amr_01"
    kinds = {"odom": Odometry, "scan_front": LaserScan, "scan_rear": LaserScan, "joint_states": JointState}
    heard = {topic: client.listen(kind, f"/{robot}/{topic}") for topic, kind in kinds.items()}
    battery = client.listen(BatteryState, f"/{robot}/battery_state")
    client.pass_time(6.0)
    rates = {topic: rate(messages) for topic, messages in heard.items()}
    assert rates["odom"] == pytest.approx(20.0, rel=0.01)
    assert (rates["scan_front"], rates["scan_rear"]) == pytest.approx((10.0, 10.0), rel=0.02)
    assert rates["joint_states"] == pytest.approx(20.0, rel=0.1)
    assert 5 <= len(battery) <= 7


def test_odometry_says_how_sure_it_is(hall: Hall) -> None:
    message = hall.bases["amr_01"].odom[-1]
    assert (message.header.frame_id, message.child_frame_id) == ("odom", "base_link")
    for index in (0, 7, 35):
        assert message.pose.covariance[index] == pytest.approx(VARIANCE)
        assert message.twist.covariance[index] == pytest.approx(VARIANCE)


@pytest.mark.parametrize(("robot", "height"), [("amr_01", 0.05), ("amr_02", 0.15)])
def test_the_load_carrier_goes_up_and_down(robot: str, height: float, hall: Hall) -> None:
    client = hall.client
    joints = client.listen(JointState, f"/{robot}/joint_states")
    carrier = client.node.create_publisher(Float64, f"/{robot}/base/load_joint", 10)
    client.until(lambda: bool(joints) and carrier.get_subscription_count() > 0, 20.0, "joint states")

    def lifted() -> float:
        return float(joints[-1].position[joints[-1].name.index("load_joint")])

    def near(goal: float) -> bool:
        return abs(lifted() - goal) < 0.004

    for goal in (height, 0.0):
        carrier.publish(Float64(data=goal))
        client.until(functools.partial(near, goal), 60.0, f"load_joint at {goal}")
    client.pass_time(1.0)
    assert abs(lifted()) < 0.004


@pytest.mark.parametrize("lidar", ["scan_front", "scan_rear"])
@pytest.mark.parametrize("robot", ROBOTS)
def test_the_ends_of_a_lidar_see_what_is_there(robot: str, lidar: str, hall: Hall) -> None:
    """No return nearer than the walls at the first and last beam and at the seams of the renderer's cube."""
    client = hall.client
    scans = client.listen(LaserScan, f"/{robot}/{lidar}")
    client.until(lambda: len(scans) > 20, 60.0, "scans")
    ranges = np.array([scan.ranges for scan in scans])
    typical = np.median(ranges, axis=0)
    seams = [0, 1, 45, 90, 135, 180, 225, 269, 270]
    for beam in seams:
        near = [typical[k] for k in (beam - 2, beam - 1, beam + 1, beam + 2) if 0 <= k <= 270]
        # A single beam far in front of both its neighbours is a phantom: the lab has nothing as thin as that.
        assert typical[beam] > 0.8 * min(near), f"beam {beam}: {typical[beam]:.3f} m between {near}"
        assert ranges[:, beam].min() > 0.8 * min(near)
    assert scans[-1].angle_increment == pytest.approx(math.radians(1.0), rel=1e-3)


def test_a_robot_that_drives_onto_its_charger_charges(hall: Hall) -> None:
    client, robot, charger = hall.client, "amr_01", load_site("lab").chargers[0].pose
    hall.put(robot, compose(charger, Pose2D(-0.8, 0.0, 0.0)))
    battery = client.listen(BatteryState, f"/{robot}/battery_state")
    client.until(lambda: bool(battery), 20.0, "a battery")
    assert battery[-1].current < 0.0
    hall.bases[robot].drive(0.3, 0.0, 2.75)  # 0.025 m less by the way to its speed than by that to its stop
    hall.bases[robot].stop()
    assert distance(hall.bases[robot].pose, charger) < 0.1
    client.until(lambda: bool(battery) and battery[-1].current > 0.0, 20.0, "a current")
    first = len(battery)
    client.pass_time(12.0)
    gained = battery[-1].percentage - battery[first].percentage
    assert 0.0 < battery[-1].percentage < 1.0
    assert gained > 0.002, f"{battery[first].percentage:.4f} -> {battery[-1].percentage:.4f}"
    hall.put(robot, Pose2D(10.0, 6.0, 0.0))
    client.until(lambda: battery[-1].current < 0.0, 20.0, "the end of charging")


def stopping_distance(hall: Hall, start: Pose2D) -> float:
    """Return how far (m) a robot still goes after a stop from 1 m/s, with the stop 2.4 m behind start."""
    base = hall.bases["amr_01"]
    hall.put("amr_01", start)
    base.drive(1.0, 0.0, 3.3)
    braking = base.pose
    assert base.truth[-1].twist.twist.linear.x == pytest.approx(1.0, abs=0.05)
    base.drive(0.0, 0.0, 4.0)
    return distance(braking, base.pose)


def test_a_wet_floor_lengthens_the_way_to_a_stop(hall: Hall) -> None:
    (wet,) = (c for c in load_site("lab").conditions if c.kind == "wet")
    west = wet.x - wet.size_x / 2
    dry = stopping_distance(hall, Pose2D(west - 2.3, 3.2, 0.0))
    slippery = stopping_distance(hall, Pose2D(west - 2.3, wet.y, 0.0))
    assert dry == pytest.approx(1.0 / (2 * 0.9) + 0.1, abs=0.2), "with a tenth of a second until the stop is known"
    assert slippery > dry + 0.25


def test_a_fixed_camera_sees_the_robot_where_it_stands(hall: Hall) -> None:
    client, camera = hall.client, load_site("lab").cameras[0]
    view = fixed_view(camera)
    pictures = client.listen(Image, f"/cameras/{camera.id}/image_raw")
    about = client.listen(CameraInfo, f"/cameras/{camera.id}/camera_info")
    at = Pose2D(10.0, 4.0, 0.0)
    hall.put("amr_01", Pose2D(4.0, 4.0, 0.0))
    client.until(lambda: len(pictures) > 2 and bool(about), 60.0, "pictures without the robot")
    empty = grey(pictures[-1])
    hall.put("amr_01", at)
    seen = len(pictures)
    client.until(lambda: len(pictures) > seen + 2, 60.0, "pictures with the robot")
    changed = np.abs(grey(pictures[-1]) - empty) > 25.0
    rows, columns = np.nonzero(changed)
    assert len(rows) > 500, "the robot is in the picture"
    u, v, w = view.floor_to_picture @ np.array([at.x, at.y, 1.0])
    assert np.median(columns) == pytest.approx(u / w, abs=15.0)
    assert np.median(rows) == pytest.approx(v / w, abs=25.0)
    assert about[-1].k[0] == pytest.approx(view.focal, rel=0.01)
    assert pictures[-1].encoding == "mono8"


def grey(image: Any) -> FloatArray:
    """Return a mono8 picture as (height, width) numbers."""
    return np.frombuffer(bytes(image.data), dtype=np.uint8).reshape(image.height, image.width).astype(float)
