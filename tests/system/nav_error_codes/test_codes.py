"""Nav2's error_codes test: every way to ask for the impossible has its code, and the robot still answers after it."""

from __future__ import annotations

from typing import Any

import pytest
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point
from nav2_msgs.action import (
    BackUp,
    ComputePathThroughPoses,
    ComputePathToPose,
    ComputeRoute,
    DockRobot,
    DriveOnHeading,
    FollowPath,
    SmoothPath,
)
from nav_msgs.msg import Path

from tests.system.nav2_client import Nav2Client, pose

pytestmark = pytest.mark.system
STACK = (7.0, 6.0)


def path(*points: tuple[float, float], frame: str = "map") -> Any:
    message = Path(poses=[pose(x, y) for x, y in points])
    message.header.frame_id = frame
    return message


def to(**fields: Any) -> Any:
    fields.setdefault("goal", pose(10, 4))
    return ComputePathToPose, "compute_path_to_pose", ComputePathToPose.Goal(**fields)


def through(*goals: Any, **fields: Any) -> Any:
    goal = ComputePathThroughPoses.Goal(goals=list(goals), **fields)
    return ComputePathThroughPoses, "compute_path_through_poses", goal


def follow(**fields: Any) -> Any:
    return FollowPath, "follow_path", FollowPath.Goal(**fields)


def smooth(message: Any, **fields: Any) -> Any:
    goal = SmoothPath.Goal(path=message, max_smoothing_duration=Duration(sec=1), **fields)
    return SmoothPath, "smooth_path", goal


def drive(action: Any, name: str, x: float, y: float, speed: float) -> Any:
    return action, name, action.Goal(target=Point(x=x, y=y), speed=speed, time_allowance=Duration(sec=5))


def dock(**fields: Any) -> Any:
    return DockRobot, "dock_robot", DockRobot.Goal(**fields)


def route(**fields: Any) -> Any:
    return ComputeRoute, "compute_route", ComputeRoute.Goal(**fields)


CASES = {
    201: to(planner_id="nothing"),
    202: to(goal=pose(1, 1, frame="elsewhere")),
    203: to(start=pose(-40, 0), use_start=True),
    204: to(goal=pose(-40, 0)),
    205: to(start=pose(*STACK), use_start=True),
    206: to(goal=pose(*STACK)),
    301: through(pose(10, 4), planner_id="nothing"),
    302: through(pose(10, 4), pose(1, 1, frame="elsewhere")),
    303: through(pose(10, 4), start=pose(-40, 0), use_start=True),
    304: through(pose(10, 4), pose(-40, 0)),
    305: through(pose(10, 4), start=pose(*STACK), use_start=True),
    306: through(pose(*STACK), pose(10, 4)),
    309: through(),
    100: follow(path=path((10, 4), (11, 4)), goal_checker_id="nothing"),
    101: follow(path=path((10, 4), (11, 4)), controller_id="nothing"),
    102: follow(path=path((10, 4), (11, 4), frame="elsewhere")),
    103: follow(path=path()),
    501: smooth(path((10, 4), (11, 4)), smoother_id="nothing"),
    503: smooth(path((4, 6), (5, 6), (7, 6), (9, 6)), check_for_collisions=True),
    505: smooth(path()),
    713: drive(BackUp, "backup", 0.3, 0.2, 0.1),
    724: drive(DriveOnHeading, "drive_on_heading", 0.3, 0.0, -0.1),
    901: dock(use_dock_id=True, dock_id="nowhere"),
    902: dock(use_dock_id=False, dock_type="nothing", dock_pose=pose(6, 1.6)),
    401: route(use_poses=True, goal=pose(1, 1, frame="elsewhere")),
    403: route(use_start=True, start_id=0, goal_id=60000),
}


@pytest.mark.parametrize("code", CASES)
def test_code(nav2: Nav2Client, code: int) -> None:
    status, result = nav2.run(*CASES[code])
    assert (status, result.error_code) == ("ABORTED", code)
    assert getattr(result, "error_msg", "NAME") == getattr(result, "error_msg", "NAME").upper() != ""
