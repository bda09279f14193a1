"""Nav2's waypoint_follower tests: preempt with a new list, cancel, empty list, loops."""

from __future__ import annotations

import pytest
from nav2_msgs.action import FollowWaypoints

from tests.system.nav2_client import Nav2Client, Running, pose

pytestmark = pytest.mark.system
NAME = "follow_waypoints"


def started(nav2: Nav2Client, *points: tuple[float, float], loops: int = 0) -> Running:
    goal = FollowWaypoints.Goal(poses=[pose(x, y) for x, y in points], number_of_loops=loops)
    return nav2.start(FollowWaypoints, NAME, goal)


def test_a_new_list_preempts_and_a_cancelled_one_ends_canceled(nav2: Nav2Client) -> None:
    first = started(nav2, (6, 4), (8, 4), (14, 4))
    nav2.until(lambda: bool(first.feedback), 20.0, "feedback")
    second = started(nav2, (8, 4), (12, 4), loops=9)  # it must not be through before the cancel, however late that is
    assert first.result()[0] == "ABORTED"
    nav2.until(lambda: any(f.current_waypoint == 1 for f in second.feedback), 60.0, "the second waypoint")
    assert second.cancel()[0] == "CANCELED"


def test_an_empty_list_is_aborted(nav2: Nav2Client) -> None:
    assert started(nav2).result()[0] == "ABORTED"


def test_loops_start_again_at_the_first(nav2: Nav2Client) -> None:
    running = started(nav2, (8, 4), (10, 4), loops=1)
    status, result = running.result()
    assert (status, result.missed_waypoints) == ("SUCCEEDED", [])
    seen = [f.current_waypoint for f in running.feedback]
    assert [b for a, b in zip([9, *seen], seen, strict=False) if a != b][-3:] == [1, 0, 1]
