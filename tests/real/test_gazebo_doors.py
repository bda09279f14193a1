"""The doors of a site in Gazebo: leaves that lidars see and robots cannot pass, moved by requests of rmf_door_msgs."""

from __future__ import annotations

import json
import math
import sqlite3
from typing import Any

import numpy as np
import pytest
from rmf_door_msgs.msg import DoorMode, DoorRequest, DoorState
from sensor_msgs.msg import LaserScan

from amr_core.geometry import Pose2D, compose
from amr_core.robots import robot_type
from amr_core.site import load_site
from tests.real.gazebo_hall import Hall
from tests.real.orders import Shift
from tests.real.real_support import Real

pytestmark = pytest.mark.gazebo
GATE = next(door for door in load_site("cai_cui").doors if door.id == "crossdock_gate")
ROBOT = "amr_01"
ACROSS = 368
"""A seed whose first order leads from A2E, in the west of the fire wall, to D07 in its east."""


class Gate:
    """The gate of the cross-dock and a robot 1.6 m before it, with the gate straight ahead."""

    def __init__(self, real: Real) -> None:
        self.hall = Hall(real, "cai_cui", [ROBOT])
        self.client, self.base = self.hall.client, self.hall.bases[ROBOT]
        self.states = self.client.listen(DoorState, "/door_states", 10)
        self.scans = self.client.listen(LaserScan, f"/{ROBOT}/scan_front")
        self._requests = self.client.node.create_publisher(DoorRequest, "/door_requests", 10)
        self.client.node.create_timer(0.5, self._ask)
        self.wanted: int | None = None
        self.hall.put(ROBOT, compose(Pose2D(GATE.x, GATE.y, GATE.theta), Pose2D(-1.6, 0.0, 0.0)))

    def _ask(self) -> None:
        if self.wanted is not None:
            mode = DoorMode(value=self.wanted)
            self._requests.publish(DoorRequest(requester_id="test", door_name=GATE.id, requested_mode=mode))

    def modes(self) -> list[int]:
        return [state.current_mode.value for state in self.states if state.door_name == GATE.id]

    def until_says(self, mode: int) -> None:
        """Handle messages until the gate says a mode."""
        self.client.until(lambda: self.modes()[-1:] == [mode], 60.0, f"gate in mode {mode}, said {self.modes()[-5:]}")

    def ahead(self) -> float:
        """Return the distance (m) straight ahead in the newest scan after now."""
        count = len(self.scans)
        self.client.until(lambda: len(self.scans) > count + 1, 30.0, "scans")
        return straight_ahead(self.scans[-1])

    def beyond(self) -> float:
        """Return how far (m) the middle of the robot is beyond the leaf."""
        pose = self.base.pose
        return (pose.x - GATE.x) * math.cos(GATE.theta) + (pose.y - GATE.y) * math.sin(GATE.theta)


def straight_ahead(scan: Any) -> float:
    """Return how far (m) before the middle of a lift AMR the nearest thing is in the width of its body."""
    mount = robot_type("lift_amr").lidars[0].mount
    angles = mount.theta + scan.angle_min + scan.angle_increment * np.arange(len(scan.ranges))
    x, y = mount.x + scan.ranges * np.cos(angles), mount.y + scan.ranges * np.sin(angles)
    return float(min(x[(np.abs(y) < 0.4) & (x > 0.0)], default=math.inf))


@pytest.mark.timeout(200)
def test_a_gate_opens_on_request_and_stops_a_robot_when_closed(real: Real) -> None:
    gate = Gate(real)
    try:
        gate.until_says(DoorMode.MODE_CLOSED)
        assert gate.ahead() == pytest.approx(1.6, abs=0.15), "the lidar sees the leaf"
        gate.base.drive(0.6, 0.0, 2.5)
        assert -0.9 < gate.beyond() < -0.6, "a closed leaf is a body"
        before = len(gate.modes())
        gate.wanted = DoorMode.MODE_OPEN
        gate.until_says(DoorMode.MODE_OPEN)
        assert DoorMode.MODE_MOVING in gate.modes()[before:], "it says that it moves, and open only when it is"
        assert gate.ahead() > 2.5, "the lidar sees through the open gate"
        gate.base.drive(0.8, 0.0, 3.2)
        assert gate.beyond() > 0.8, "nothing is in the way of a robot"
        gate.wanted = DoorMode.MODE_CLOSED
        gate.until_says(DoorMode.MODE_CLOSED)
    finally:
        gate.client.close()


@pytest.mark.real_long
@pytest.mark.timeout(1500)
def test_an_order_crosses_a_door(real: Real) -> None:
    """One robot takes a load from the west of the fire wall to the east of it: it gets a door, and is through."""
    gazebo = real.launch("gazebo.launch.py", site="cai_cui", robots=1, navigation="embedded", gui="false")
    what: dict[str, str | int] = {"site": "cai_cui", "robots": 1, "orders": 1, "orders_per_hour": 240}
    shift = Shift(real, gazebo, "gazebo", seed=ACROSS, **what)
    figures = shift.finish(1400.0)
    assert (figures["orders_done"], figures["orders_failed"], figures["collisions"]) == (1, 0, 0), figures
    with sqlite3.connect(f"file:{shift.journal}?mode=ro", uri=True) as journal:
        freed = [json.loads(row[0]) for row in journal.execute("select payload from journal where kind = 'door_freed'")]
    assert "passed" in {facts["why"] for facts in freed}, freed
