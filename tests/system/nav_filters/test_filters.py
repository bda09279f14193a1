"""Nav2's costmap_filters tests: no plan through a keepout area; a speed limit arrives once and goes once."""

from __future__ import annotations

import math

import pytest
from geometry_msgs.msg import Twist
from nav2_msgs.action import ComputePathToPose, NavigateToPose
from nav2_msgs.msg import CostmapFilterInfo, SpeedLimit
from nav_msgs.msg import OccupancyGrid

from tests.system.nav2_client import Nav2Client, pose

pytestmark = pytest.mark.system


def test_masks_say_what_they_mean_and_plans_keep_out(nav2: Nav2Client) -> None:
    infos = nav2.listen(CostmapFilterInfo, "keepout_costmap_filter_info")
    masks = nav2.listen(OccupancyGrid, "keepout_filter_mask")
    nav2.until(lambda: bool(infos and masks), 20.0, "the keepout filter")
    assert (infos[0].type, infos[0].filter_mask_topic) == (0, "keepout_filter_mask")
    mask = masks[0]

    def masked(x: float, y: float) -> bool:
        column = int((x - mask.info.origin.position.x) / mask.info.resolution)
        row = int((y - mask.info.origin.position.y) / mask.info.resolution)
        return bool(mask.data[row * mask.info.width + column] == 100)

    assert masked(18.8, 11.0)
    goal = ComputePathToPose.Goal(goal=pose(18.8, 11.0))
    status, result = nav2.run(ComputePathToPose, "compute_path_to_pose", goal)
    assert (status, result.error_code) == ("ABORTED", 206)
    goal = ComputePathToPose.Goal(goal=pose(17.2, 10.8, math.pi / 2))
    status, result = nav2.run(ComputePathToPose, "compute_path_to_pose", goal)
    assert status == "SUCCEEDED"
    assert not any(masked(p.pose.position.x, p.pose.position.y) for p in result.path.poses)


def test_a_speed_limit_comes_once_goes_once_and_is_obeyed(nav2: Nav2Client) -> None:
    assert (
        nav2.run(NavigateToPose, "navigate_to_pose", NavigateToPose.Goal(pose=pose(7, 4, -math.pi / 2)))[0]
        == "SUCCEEDED"
    )
    limits = nav2.listen(SpeedLimit, "speed_limit", 10)
    speeds: list[tuple[int, float]] = []
    nav2.node.create_subscription(Twist, "cmd_vel", lambda m: speeds.append((len(limits), abs(m.linear.x))), 10)
    nav2.spin(0.5)
    for y in (1.6, 4.6):
        goal = NavigateToPose.Goal(pose=pose(7, y, -math.pi / 2))
        assert nav2.run(NavigateToPose, "navigate_to_pose", goal)[0] == "SUCCEEDED"
    nav2.until(lambda: len(limits) >= 2, 20.0, "two messages on speed_limit")
    assert [(m.percentage, round(m.speed_limit, 1)) for m in limits] == [(False, 0.5), (False, 0.0)]
    # From 1.2 m/s at 0.9 m/s^2 it takes 0.8 s to obey; commands come at 20 Hz.
    limited = [speed for count, speed in speeds if count == 1]
    assert max(limited[25:]) <= 0.51
