"""A detector that never fires proves nothing: robots are driven into things, and both judges must say so."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from std_msgs.msg import String

from amr_core.geometry import Pose2D
from amr_interfaces.msg import GroundTruth
from tests.real.gazebo_hall import Hall
from tests.real.real_support import Real

pytestmark = pytest.mark.gazebo
LIFT, FORK = "amr_01", "amr_02"


def last(messages: list[Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(messages[-1].data)
    return told


@pytest.mark.timeout(230)
def test_contact_sensors_and_ground_truth_see_a_robot_in_a_rack_and_in_another_robot(real: Real) -> None:
    hall = Hall(real, "lab", [LIFT, FORK], people=True)
    client = hall.client
    try:
        truths = client.listen(GroundTruth, "/sim/ground_truth", 10)
        sensors = client.listen(String, "/sim/contacts", 10)
        client.until(lambda: bool(truths and sensors), 60.0, "both judges")
        # On wheels and casters, in its bay and under way: nothing to tell.
        hall.bases[LIFT].drive(-0.3, 0.0, 2.5)
        hall.bases[LIFT].stop()
        assert (truths[-1].collisions, last(sensors)["contacts"]) == (0, 0), last(sensors)

        # The rack's face is at x = 11.6 m; the robot's front is 0.675 m before its middle.
        hall.put(LIFT, Pose2D(10.0, 6.0, 0.0))
        assert (truths[-1].collisions, last(sensors)["contacts"]) == (0, 0), last(sensors)
        hall.bases[LIFT].drive(0.6, 0.0, 3.0)
        hall.bases[LIFT].stop()
        assert hall.bases[LIFT].pose.x == pytest.approx(11.6 - 0.675, abs=0.05), "the rack is a body"
        client.until(lambda: truths[-1].collisions > 0 and last(sensors)["contacts"] > 0, 20.0, "a contact by both")
        assert last(sensors)["log"][-1].split()[1:] == [LIFT, "building"]
        assert truths[-1].collision_log[-1].split()[1] == LIFT
        by_truth, by_sensors = truths[-1].collisions, last(sensors)["contacts"]
        assert (by_truth, by_sensors) == (1, 1), (truths[-1].collision_log, last(sensors))

        # Away from it, and the fork robot into the lift AMR from behind.
        hall.put(LIFT, Pose2D(8.0, 4.0, 0.0))
        hall.put(FORK, Pose2D(6.0, 4.0, 0.0))
        client.pass_time(1.5)
        hall.bases[FORK].drive(0.6, 0.0, 3.0)
        hall.bases[FORK].stop()
        client.until(lambda: truths[-1].collisions > 1 and last(sensors)["contacts"] > 1, 20.0, "a second one by both")
        assert last(sensors)["log"][-1].split()[1:] == [LIFT, FORK]
        assert set(truths[-1].collision_log[-1].split()[1:]) == {LIFT, FORK}
        assert math.isclose(truths[-1].min_separation, 0.0, abs_tol=0.02)
    finally:
        client.close()
