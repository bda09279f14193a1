"""Every call of Nav2's own Python client, made with plain rclpy: names, types, QoS, statuses and codes."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import pytest
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point, PoseWithCovarianceStamped
from lifecycle_msgs.srv import GetState
from nav2_msgs.action import (
    AssistedTeleop,
    BackUp,
    ComputePathThroughPoses,
    ComputePathToPose,
    DockRobot,
    DriveOnHeading,
    FollowPath,
    FollowWaypoints,
    NavigateThroughPoses,
    NavigateToPose,
    SmoothPath,
    Spin,
    UndockRobot,
)
from nav2_msgs.srv import (
    ClearCostmapAroundPose,
    ClearCostmapAroundRobot,
    ClearCostmapExceptRegion,
    ClearEntireCostmap,
    GetCostmap,
    LoadMap,
    ManageLifecycleNodes,
)

from amr_core.site import load_site, site_dir
from amr_interfaces.msg import GroundTruth, GroundTruthBody
from tests.system.nav2_client import Nav2Client, pose

pytestmark = pytest.mark.system
MANAGERS = ("lifecycle_manager_localization", "lifecycle_manager_navigation")
SERVERS = (
    *("amcl", "map_server", "bt_navigator", "planner_server", "controller_server", "smoother_server"),
    *("behavior_server", "waypoint_follower", "docking_server", "route_server"),
)


def seconds(value: float) -> Any:
    return Duration(sec=int(value), nanosec=int(value % 1 * 1e9))


def test_initial_pose_and_active_servers(nav2: Nav2Client) -> None:
    """setInitialPose, waitUntilNav2Active: get_state of the servers says active, the pose comes back on amcl_pose."""
    truths = nav2.listen(GroundTruth, "/sim/ground_truth", 10)
    nav2.until(lambda: bool(truths), 20.0, "the truth")
    robot = next(body for body in truths[-1].bodies if body.kind == GroundTruthBody.KIND_ROBOT)
    for server in SERVERS:
        assert nav2.call(GetState, f"{server}/get_state").current_state.label == "active"
    initial = PoseWithCovarianceStamped()
    initial.header.frame_id = "map"
    initial.pose.pose = pose(robot.x, robot.y, robot.theta).pose
    publisher = nav2.node.create_publisher(PoseWithCovarianceStamped, "initialpose", 10)
    nav2.until(lambda: publisher.get_subscription_count() > 0, 20.0, "a subscriber of initialpose")
    said = -math.inf

    def located() -> bool:
        """Say the pose once a second until it is taken, as Nav2's client does: a first message may find nobody."""
        nonlocal said
        if time.monotonic() - said > 1.0:
            said = time.monotonic()
            publisher.publish(initial)
        return nav2.pose is not None

    nav2.until(located, 20.0, "amcl_pose")
    nav2.until(lambda: nav2.distance_to(robot.x, robot.y) < 0.1, 20.0, "the true pose on amcl_pose")


def test_navigation(nav2: Nav2Client) -> None:
    """goToPose, goThroughPoses, followWaypoints and cancelTask."""
    going = nav2.start(NavigateToPose, "navigate_to_pose", NavigateToPose.Goal(pose=pose(10, 8, math.pi)))
    status, result = going.result()
    assert (status, result.error_code) == ("SUCCEEDED", 0)
    assert going.feedback
    assert nav2.distance_to(10, 8) < 0.25
    goals = [pose(8, 8, math.pi), pose(4, 6, -math.pi / 2), pose(6, 4)]
    status, _ = nav2.run(NavigateThroughPoses, "navigate_through_poses", NavigateThroughPoses.Goal(poses=goals))
    assert status == "SUCCEEDED"
    goals = [pose(8, 4), pose(100, 100), pose(12, 4)]
    status, result = nav2.run(FollowWaypoints, "follow_waypoints", FollowWaypoints.Goal(poses=goals))
    assert status == "SUCCEEDED"
    assert [(m.index, m.error_code, m.goal.pose.position.x) for m in result.missed_waypoints] == [(1, 204, 100.0)]
    going = nav2.start(NavigateToPose, "navigate_to_pose", NavigateToPose.Goal(pose=pose(4, 6, math.pi / 2)))
    nav2.until(lambda: bool(going.feedback), 20.0, "feedback")
    assert going.cancel()[0] == "CANCELED"


def test_paths(nav2: Nav2Client) -> None:
    """getPath, getPathThroughPoses, smoothPath, followPath."""
    goal = ComputePathToPose.Goal(start=pose(4, 8), goal=pose(16, 6, math.pi / 2), use_start=True)
    status, result = nav2.run(ComputePathToPose, "compute_path_to_pose", goal)
    assert status == "SUCCEEDED"
    first, last = (result.path.poses[i].pose.position for i in (0, -1))
    assert (round(first.x, 2), round(first.y, 2), round(last.x, 2), round(last.y, 2)) == (4.0, 8.0, 16.0, 6.0)
    goals = [pose(14, 4), pose(16, 6, math.pi / 2)]
    through = ComputePathThroughPoses.Goal(goals=goals, planner_id="GridBased")
    status, result = nav2.run(ComputePathThroughPoses, "compute_path_through_poses", through)
    assert status == "SUCCEEDED"
    assert min(math.hypot(p.pose.position.x - 14, p.pose.position.y - 4) for p in result.path.poses) < 0.05
    smooth = SmoothPath.Goal(path=result.path, max_smoothing_duration=seconds(2), check_for_collisions=True)
    status, result = nav2.run(SmoothPath, "smooth_path", smooth)
    assert (status, result.error_code, result.was_completed) == ("SUCCEEDED", 0, True)
    status, result = nav2.run(FollowPath, "follow_path", FollowPath.Goal(path=result.path))
    assert (status, result.error_code) == ("SUCCEEDED", 0)
    assert nav2.distance_to(16, 6) < 0.25


def test_behaviours(nav2: Nav2Client) -> None:
    """spin, backup, driveOnHeading, assistedTeleop, which ends with TIMEOUT as Nav2's does."""
    status, result = nav2.run(Spin, "spin", Spin.Goal(target_yaw=1.57, time_allowance=seconds(20)))
    assert (status, result.error_code) == ("SUCCEEDED", 0)
    assert result.total_elapsed_time.sec >= 1
    back = BackUp.Goal(target=Point(x=-0.3), speed=0.1, time_allowance=seconds(20))
    assert nav2.run(BackUp, "backup", back)[0] == "SUCCEEDED"
    ahead = DriveOnHeading.Goal(target=Point(x=0.3), speed=0.1, time_allowance=seconds(20))
    assert nav2.run(DriveOnHeading, "drive_on_heading", ahead)[0] == "SUCCEEDED"
    teleop = nav2.run(AssistedTeleop, "assisted_teleop", AssistedTeleop.Goal(time_allowance=seconds(1)))
    assert (teleop[0], teleop[1].error_code, teleop[1].error_msg) == ("ABORTED", 731, "TIMEOUT")


@pytest.mark.parametrize("kind", ["local", "global"])
def test_costmaps(nav2: Nav2Client, kind: str) -> None:
    """clear*Costmap* in the servers' spelling and in the client's, getLocalCostmap, getGlobalCostmap."""
    place = f"{kind}_costmap"
    nav2.call(ClearEntireCostmap, f"{place}/clear_entirely_{place}")
    for name in (f"clear_except_{place}", "clear_costmap_except_region"):
        nav2.call(ClearCostmapExceptRegion, f"{place}/{name}", ClearCostmapExceptRegion.Request(reset_distance=3.0))
    for name in (f"clear_around_{place}", "clear_costmap_around_robot"):
        nav2.call(ClearCostmapAroundRobot, f"{place}/{name}", ClearCostmapAroundRobot.Request(reset_distance=2.0))
    around = ClearCostmapAroundPose.Request(pose=pose(5, 5), reset_distance=2.0)
    for name in (f"clear_around_pose_{place}", "clear_costmap_around_pose"):
        nav2.call(ClearCostmapAroundPose, f"{place}/{name}", around)
    costmap = nav2.call(GetCostmap, f"{place}/get_costmap").map
    size = (costmap.metadata.size_x, costmap.metadata.size_y)
    assert size == ((200, 200) if kind == "local" else (440, 280))
    assert len(costmap.data) == size[0] * size[1]
    assert {0, 253, 254} <= set(costmap.data)


def test_docking(nav2: Nav2Client) -> None:
    """dockRobotByID, undockRobot, dockRobotByPose, and the codes of docks that are not there."""
    station = load_site("lab").places[0].stations[0]
    by_id = DockRobot.Goal(use_dock_id=True, dock_id=station.id)
    status, result = nav2.run(DockRobot, "dock_robot", by_id)
    assert (status, result.success, result.error_code, result.num_retries) == ("SUCCEEDED", True, 0, 0)
    status, result = nav2.run(UndockRobot, "undock_robot", UndockRobot.Goal())
    assert (status, result.success) == ("SUCCEEDED", True)
    unknown = DockRobot.Goal(use_dock_id=True, dock_id="nowhere")
    status, result = nav2.run(DockRobot, "dock_robot", unknown)
    assert (status, result.success, result.error_code, result.error_msg) == ("ABORTED", False, 901, "DOCK_NOT_IN_DB")
    by_pose = DockRobot.Goal(use_dock_id=False, dock_pose=pose(station.x, station.y, station.theta))
    by_pose.dock_type = "no_such_type"
    assert nav2.run(DockRobot, "dock_robot", by_pose)[1].error_code == 902
    by_pose.dock_type = "station"
    assert nav2.run(DockRobot, "dock_robot", by_pose)[1].success
    assert nav2.run(UndockRobot, "undock_robot", UndockRobot.Goal())[0] == "SUCCEEDED"


def test_change_map(nav2: Nav2Client, tmp_path: Path) -> None:
    """changeMap: the three failures of LoadMap leave the map; success sends the new one and the robot drives on it."""
    assert (
        nav2.call(LoadMap, "map_server/load_map", LoadMap.Request()).result
        == LoadMap.Response.RESULT_MAP_DOES_NOT_EXIST
    )
    request = LoadMap.Request(map_url=str(tmp_path / "none.yaml"))
    assert nav2.call(LoadMap, "map_server/load_map", request).result == LoadMap.Response.RESULT_INVALID_MAP_METADATA
    bad = tmp_path / "bad.yaml"
    bad.write_text("image: [")
    request.map_url = str(bad)
    assert nav2.call(LoadMap, "map_server/load_map", request).result == LoadMap.Response.RESULT_INVALID_MAP_METADATA
    bad.write_text("image: none.png\nresolution: 0.05\norigin: [0, 0, 0]\nnegate: 0\n")
    assert nav2.call(LoadMap, "map_server/load_map", request).result == LoadMap.Response.RESULT_INVALID_MAP_DATA
    request.map_url = str(site_dir("lab") / "map.yaml")
    answer = nav2.call(LoadMap, "map_server/load_map", request)
    assert answer.result == LoadMap.Response.RESULT_SUCCESS
    assert (answer.map.info.width, answer.map.info.height) == (440, 280)
    status, _ = nav2.run(NavigateToPose, "navigate_to_pose", NavigateToPose.Goal(pose=pose(10, 6, math.pi / 2)))
    assert status == "SUCCEEDED"


def test_shutdown_and_startup(nav2: Nav2Client) -> None:
    """lifecycleShutdown and lifecycleStartup over every service of type ManageLifecycleNodes, found in the graph."""
    found = [
        n for n, types in nav2.node.get_service_names_and_types() if types == ["nav2_msgs/srv/ManageLifecycleNodes"]
    ]
    assert sorted(name.split("/")[-2] for name in found) == sorted(MANAGERS)
    going = nav2.start(NavigateToPose, "navigate_to_pose", NavigateToPose.Goal(pose=pose(4, 6, math.pi / 2)))
    down = ManageLifecycleNodes.Request(command=ManageLifecycleNodes.Request.SHUTDOWN)
    assert all(nav2.call(ManageLifecycleNodes, name, down).success for name in found)
    assert going.result()[0] == "ABORTED"
    assert nav2.call(GetState, "bt_navigator/get_state").current_state.label == "finalized"
    goal = NavigateToPose.Goal(pose=pose(10, 5))
    assert not nav2.start(NavigateToPose, "navigate_to_pose", goal).accepted
    up = ManageLifecycleNodes.Request(command=ManageLifecycleNodes.Request.STARTUP)
    assert all(nav2.call(ManageLifecycleNodes, name, up).success for name in found)
    assert not any(nav2.call(ManageLifecycleNodes, name, up).success for name in found), "already active, as in Nav2"
    status, _ = nav2.run(NavigateToPose, "navigate_to_pose", goal)
    assert status == "SUCCEEDED"
