"""base:=simulated: the embedded simulator as the base of one robot, alone and on the computer's time."""

from __future__ import annotations

import time
from typing import Any

import pytest
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import LaserScan

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_interfaces.msg import GroundTruth
from amr_ros import qos
from amr_ros.convert import from_duration, from_stamp
from amr_ros.host import ProcessHost
from amr_ros.steady import SteadyClock
from amr_sim.nodes.simulator import SimulatorNode


class Ear(Node):
    """Hears what a robot's own nodes would."""

    def __init__(self, host: ProcessHost, robot: str) -> None:
        super().__init__("ear", context=host.context)
        self.heard: dict[str, Any] = {}
        for kind, topic, profile in (
            (Odometry, f"/{robot}/odom", qos.SENSOR), (LaserScan, f"/{robot}/scan_front", qos.SENSOR),
            (GroundTruth, f"/{robot}/sim/ground_truth", qos.RELIABLE),
        ):  # fmt: skip
            self.create_subscription(kind, topic, lambda m, t=topic: self.heard.__setitem__(t, m), profile)

    def stamps(self) -> list[Any]:
        """Return the stamp of the newest of each."""
        return [m.stamp if isinstance(m, GroundTruth) else m.header.stamp for m in self.heard.values()]


def test_one_robot_alone_on_wall_time_without_a_clock(host: ProcessHost) -> None:
    params = {"site": "lab", "robot": "amr_02", "pose": [12.0, 4.0, 0.0]}
    base = host.build(SimulatorNode, "base", namespace="/amr_02", params=params)
    ear = Ear(host, "amr_02")
    host.adopt(ear)
    assert host.spin_until(lambda: len(ear.heard) == 3, 20.0)
    odometry, truth = ear.heard["/amr_02/odom"], ear.heard["/amr_02/sim/ground_truth"]
    age = time.time() - (odometry.header.stamp.sec + odometry.header.stamp.nanosec * 1e-9)
    assert abs(age) < 2.0
    assert [(b.name, round(b.x), round(b.y)) for b in truth.bodies if b.kind == 0][:1] == [("amr_02", 12, 4)]

    def foreign() -> list[str]:
        names = [name for name, _ in base.get_topic_names_and_types()]
        return [name for name in names if name == "/clock" or name.startswith(("/sim/", "/amr_01/"))]

    # The graph may still know nodes of the test before, which are gone.
    assert host.spin_until(lambda: not foreign(), 20.0), foreign()


def test_it_stamps_by_its_computers_clock_also_after_that_was_set(domain_id: int) -> None:
    """As a robot's drivers do, so that its other processes, which allow for the jump, find its scans fresh."""
    ahead = 0.0
    clock = SteadyClock(lambda: time.time() + ahead)
    with ProcessHost(participant="test", sim_time=False, domain_id=domain_id, clock=clock) as host:
        host.build(SimulatorNode, "base", namespace="/amr_02", params={"site": "lab", "robot": "amr_02"})
        ear = Ear(host, "amr_02")
        host.adopt(ear)
        assert host.spin_until(lambda: len(ear.heard) == 3, 20.0)
        ahead, set_at = 60.0, time.time()
        # What was on its way is of before.
        assert host.spin_until(lambda: all(from_duration(stamp) > set_at + 50.0 for stamp in ear.stamps()), 20.0)
        for stamp in ear.stamps():
            assert abs(time.time() + ahead - from_duration(stamp)) < 20.0
            assert abs(clock.now() - from_stamp(stamp)) < 20.0


def test_a_robot_that_the_site_does_not_have_is_refused(host: ProcessHost) -> None:
    with pytest.raises(AmrError, match=r"robot\.not_found"):
        host.build(SimulatorNode, "base", params={"site": "lab", "robot": "amr_77"})
    assert "amr_77" not in {robot.name for robot in load_site("lab").fleet}
