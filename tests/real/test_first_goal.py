"""A goal that is sent as soon as somebody takes it: a robot that was just started says no, or drives there."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from nav2_msgs.action import DockRobot, NavigateToPose
from rclpy.action import ActionClient
from sensor_msgs.msg import BatteryState

from amr_core.geometry import Pose2D, distance
from amr_core.site import load_site
from amr_ros.convert import pose_to_msg
from tests.real.gazebo_client import Base, GazeboClient
from tests.real.nav2_asked import SUCCEEDED, ask
from tests.real.real_support import Real

pytestmark = pytest.mark.real_long
ROBOT = "amr_01"
GOAL = Pose2D(10.0, 8.0, 3.14159)
CANCELED = 5
OFF = 0.05
"""m, of a charger."""


def end_of(client: GazeboClient, kind: Any, name: str, goal: Any) -> tuple[int, int]:
    """Send a goal, again while it is rejected or called off; return the status and the code that it ended with.

    An agent that starts calls off what it finds: its predecessor may have left it.
    """
    action = ActionClient(client.node, kind, f"/{ROBOT}/{name}")
    client.until(action.server_is_ready, 240.0, name)
    asked, status, code = client.now, CANCELED, 0
    while status == CANCELED:
        sent = action.send_goal_async(goal)
        client.until(sent.done, 60.0, "an answer")
        answer: Any = sent.result()
        if answer.accepted:
            result = answer.get_result_async()
            client.until(result.done, 300.0, f"the end of {name}")
            outcome: Any = result.result()
            status, code = outcome.status, outcome.result.error_code
            sys.stdout.write(f"{name}: {asked:.1f} to {client.now:.1f} s, {status} {code}\n")
    return status, code


@pytest.mark.gazebo
@pytest.mark.nav2
@pytest.mark.timeout(900)
@pytest.mark.parametrize("navigation", ["embedded", "nav2"])
def test_the_first_goal_in_gazebo_is_driven_and_the_charger_charges(navigation: str, real: Real) -> None:
    """Once, one of the first starts ended it with 102, "lost", and the robot stood."""
    program = real.launch("gazebo.launch.py", site="lab", robots=1, navigation=navigation, gui="false")
    client = GazeboClient(real.domain, program)
    try:
        base = Base(client, ROBOT)
        battery = client.listen(BatteryState, f"/{ROBOT}/battery_state")
        goal = NavigateToPose.Goal()
        goal.pose.header.frame_id, goal.pose.pose = "map", pose_to_msg(GOAL)
        assert end_of(client, NavigateToPose, "navigate_to_pose", goal) == (SUCCEEDED, 0), program.tail
        assert distance(base.pose, GOAL) < 0.35
        charger = load_site("lab").chargers[0]
        dock = DockRobot.Goal(use_dock_id=True, dock_id=charger.id, navigate_to_staging_pose=True)
        assert end_of(client, DockRobot, "dock_robot", dock) == (SUCCEEDED, 0), program.tail
        client.pass_time(3.0)
        sys.stdout.write(f"off {distance(base.pose, charger.pose):.4f} m, {battery[-1].current:.2f} A\n")
        assert battery[-1].current > 0.0
        assert distance(base.pose, charger.pose) < OFF
    finally:
        client.close()


@pytest.mark.nav2
@pytest.mark.timeout(400)
def test_the_first_goal_of_real_nav2_is_driven(real: Real) -> None:
    """It is rejected until the navigator is active; from then on it counts, though AMCL may still be waking."""
    robots = real.launch("sim.launch.py", site="lab", robots=1, navigation="nav2", respawn="false", rtf="0.5")
    figures = ask(real, robots, ROBOT, "first", *map(str, GOAL), within=380.0)
    sys.stdout.write(f"{figures}\n")
    assert (figures["status"], figures["code"]) == (SUCCEEDED, 0), f"{figures}\n{robots.tail}"
    assert figures["off"] < 0.35, figures
    assert figures["collisions"] == 0, figures
