"""Nav2's bt_navigator tests: goal by topic, goal lists, preemption, unusable goals."""

from __future__ import annotations

import math

import pytest
from geometry_msgs.msg import PoseStamped
from nav2_msgs.action import NavigateThroughPoses, NavigateToPose

from tests.system.nav2_client import Nav2Client, Running, pose

pytestmark = pytest.mark.system
TO, THROUGH = "navigate_to_pose", "navigate_through_poses"


def goal(x: float, y: float, theta: float = 0.0, frame: str = "map") -> NavigateToPose.Goal:
    return NavigateToPose.Goal(pose=pose(x, y, theta, frame))


def driving(nav2: Nav2Client, target: NavigateToPose.Goal) -> Running:
    running = nav2.start(NavigateToPose, TO, target)
    nav2.until(lambda: bool(running.feedback), 20.0, "feedback")
    return running


def test_a_pose_on_goal_pose_is_reached_within_half_a_metre(nav2: Nav2Client) -> None:
    publisher = nav2.node.create_publisher(PoseStamped, "goal_pose", 10)
    nav2.until(lambda: publisher.get_subscription_count() > 0, 20.0, "a subscriber of goal_pose")
    publisher.publish(pose(8, 8, math.pi))
    nav2.until(lambda: nav2.pose is not None and nav2.distance_to(8, 8) < 0.5, 60.0, "the robot at the goal")


def test_two_equal_poses_succeed_and_no_pose_fails(nav2: Nav2Client) -> None:
    assert nav2.run(NavigateToPose, TO, goal(8, 8, math.pi))[0] == "SUCCEEDED"
    twice = NavigateThroughPoses.Goal(poses=[pose(10, 8, math.pi)] * 2)
    assert nav2.run(NavigateThroughPoses, THROUGH, twice)[0] == "SUCCEEDED"
    status, result = nav2.run(NavigateThroughPoses, THROUGH, NavigateThroughPoses.Goal())
    assert (status, result.error_code) == ("ABORTED", 309)


def test_a_new_goal_preempts_the_old_one(nav2: Nav2Client) -> None:
    first = driving(nav2, goal(4, 4))
    second = nav2.start(NavigateToPose, TO, goal(8, 8, math.pi))
    status, result = first.result()
    assert (status, result.error_code) == ("ABORTED", 0)
    assert second.result()[0] == "SUCCEEDED"
    assert nav2.distance_to(8, 8) < 0.25


def test_a_goal_in_an_unknown_frame_or_of_the_other_kind_leaves_the_running_one(nav2: Nav2Client) -> None:
    first = driving(nav2, goal(16, 6, math.pi / 2))
    assert nav2.run(NavigateToPose, TO, goal(1, 1, frame="elsewhere"))[0] == "ABORTED"
    other = NavigateThroughPoses.Goal(poses=[pose(4, 4)])
    assert nav2.run(NavigateThroughPoses, THROUGH, other)[0] == "ABORTED"
    assert first.result()[0] == "SUCCEEDED"


def test_a_goal_in_the_robots_own_frame(nav2: Nav2Client) -> None:
    assert nav2.run(NavigateToPose, TO, goal(10, 4))[0] == "SUCCEEDED"
    assert nav2.run(NavigateToPose, TO, goal(1.0, 0.0, frame="base_link"))[0] == "SUCCEEDED"
    nav2.until(lambda: nav2.distance_to(11, 4) < 0.3, 20.0, "the robot one metre further")


def test_a_tree_that_is_not_there_aborts_the_goal(nav2: Nav2Client) -> None:
    request = goal(10, 4)
    request.behavior_tree = "/nowhere/tree.xml"
    status, result = nav2.run(NavigateToPose, TO, request)
    assert (status, result.error_code) == ("ABORTED", 0)
