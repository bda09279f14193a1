"""Nav2's updown test: up and down many times; PAUSE, RESUME, RESET; single servers; navigation without localisation."""

from __future__ import annotations

import math

import pytest
from lifecycle_msgs.srv import ChangeState, GetState
from nav2_msgs.action import NavigateToPose, Spin
from nav2_msgs.srv import ManageLifecycleNodes
from std_srvs.srv import Trigger

from tests.system.nav2_client import Nav2Client, pose

pytestmark = pytest.mark.system
Request = ManageLifecycleNodes.Request


def manage(nav2: Nav2Client, command: int, which: str = "navigation") -> bool:
    name = f"lifecycle_manager_{which}/manage_nodes"
    return bool(nav2.call(ManageLifecycleNodes, name, Request(command=command)).success)


def is_active(nav2: Nav2Client) -> bool:
    return bool(nav2.call(Trigger, "lifecycle_manager_navigation/is_active").success)


def test_down_and_up_ten_times(nav2: Nav2Client) -> None:
    for command in (Request.SHUTDOWN, Request.RESET) * 5:
        assert manage(nav2, command)
        assert not is_active(nav2)
        assert manage(nav2, Request.STARTUP)
        assert is_active(nav2)


def test_pause_rejects_goals_and_resume_takes_them(nav2: Nav2Client) -> None:
    goal = NavigateToPose.Goal(pose=pose(10, 4))
    assert manage(nav2, Request.PAUSE)
    assert not nav2.start(NavigateToPose, "navigate_to_pose", goal).accepted
    assert manage(nav2, Request.RESUME)
    assert nav2.run(NavigateToPose, "navigate_to_pose", goal)[0] == "SUCCEEDED"


def test_one_server_by_change_state(nav2: Nav2Client) -> None:
    request = ChangeState.Request()
    request.transition.label = "deactivate"
    assert nav2.call(ChangeState, "behavior_server/change_state", request).success
    assert nav2.call(GetState, "behavior_server/get_state").current_state.label == "inactive"
    assert not nav2.start(Spin, "spin", Spin.Goal(target_yaw=0.2)).accepted
    assert not is_active(nav2)
    request.transition.label = "activate"
    assert nav2.call(ChangeState, "behavior_server/change_state", request).success
    assert nav2.run(Spin, "spin", Spin.Goal(target_yaw=0.2))[0] == "SUCCEEDED"


def test_without_localisation_a_goal_ends(nav2: Nav2Client) -> None:
    running = nav2.start(NavigateToPose, "navigate_to_pose", NavigateToPose.Goal(pose=pose(16, 6, math.pi / 2)))
    nav2.until(lambda: bool(running.feedback), 20.0, "feedback")
    assert manage(nav2, Request.PAUSE, "localization")
    assert running.result()[0] == "ABORTED"
    assert manage(nav2, Request.RESUME, "localization")
