"""Nav2's planning tests: random pairs, at most one in ten fails, no body on any plan touches the map; IsPathValid."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
from nav2_msgs.action import ComputePathToPose, NavigateToPose
from nav2_msgs.srv import IsPathValid

from amr_core.gridmap import GridMap
from amr_core.robots import LIFT_AMR
from amr_core.site import site_dir
from tests.system.nav2_client import Nav2Client, pose

pytestmark = pytest.mark.system
PAIRS = 100


class Oracle:
    """Checks the body against the occupied cells of the map, point by point of its outline and inside."""

    def __init__(self) -> None:
        self.grid = GridMap.load(site_dir("lab") / "map.yaml")

    def free(self, x: float, y: float, theta: float, margin: float) -> bool:
        along = np.linspace(-LIFT_AMR.rear - margin, LIFT_AMR.front + margin, 30)
        across = np.linspace(-LIFT_AMR.half_width - margin, LIFT_AMR.half_width + margin, 21)
        bx, by = (v.ravel() for v in np.meshgrid(along, across))
        px = x + math.cos(theta) * bx - math.sin(theta) * by
        py = y + math.sin(theta) * bx + math.cos(theta) * by
        columns = np.floor((px - self.grid.origin[0]) / self.grid.resolution).astype(int)
        rows = np.floor((py - self.grid.origin[1]) / self.grid.resolution).astype(int)
        return not bool((self.grid.data[rows, columns] == 100).any())


def test_random_plans(nav2: Nav2Client) -> None:
    oracle, rng = Oracle(), random.Random(7)

    def free_pose() -> tuple[float, float, float]:
        while True:
            candidate = (rng.uniform(1.2, 17.0), rng.uniform(1.2, 10.8), rng.uniform(-math.pi, math.pi))
            if oracle.free(*candidate, margin=0.1):
                return candidate

    failures = 0
    for _ in range(PAIRS):
        start, end = free_pose(), free_pose()
        goal = ComputePathToPose.Goal(start=pose(*start), goal=pose(*end), use_start=True)
        status, result = nav2.run(ComputePathToPose, "compute_path_to_pose", goal)
        if status != "SUCCEEDED":
            failures += 1
            assert result.error_code in (205, 206, 207, 208)
            continue
        points = [p.pose for p in result.path.poses]
        for p in points[:: max(1, len(points) // 25)]:
            yaw = 2.0 * math.atan2(p.orientation.z, p.orientation.w)
            assert oracle.free(p.position.x, p.position.y, yaw, margin=-0.05)
    assert failures <= PAIRS // 10


def test_start_is_goal_and_less_than_a_cell_away(nav2: Nav2Client) -> None:
    for x in (10.0, 10.01):
        goal = ComputePathToPose.Goal(start=pose(10, 4), goal=pose(x, 4), use_start=True)
        status, result = nav2.run(ComputePathToPose, "compute_path_to_pose", goal)
        assert status == "SUCCEEDED"
        assert result.path.poses[-1].pose.position.x == pytest.approx(x)


def test_is_path_valid(nav2: Nav2Client) -> None:
    assert (
        nav2.run(NavigateToPose, "navigate_to_pose", NavigateToPose.Goal(pose=pose(4, 6, math.pi / 2)))[0]
        == "SUCCEEDED"
    )
    nav2.spin(0.3)

    def valid(*points: tuple[float, float]) -> Any:
        request = IsPathValid.Request()
        request.path.header.frame_id = "map"
        request.path.poses = [pose(x, y) for x, y in points]
        return nav2.call(IsPathValid, "is_path_valid", request).is_valid

    assert valid((4, 4), (8, 4), (12, 4))
    assert not valid((4, 6), (6, 6), (7, 6)), "through the stack"
    assert valid((7, 6), (4, 6), (4, 5)), "only what lies ahead counts"
    assert not valid()
