"""planner_server and smoother_server: plans on request, IsPathValid, SmoothPath."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from nav2_msgs.action import ComputePathThroughPoses, ComputePathToPose, SmoothPath
from nav2_msgs.srv import IsPathValid

from amr_core.geometry import FloatArray, Pose2D
from amr_navigation.costmap.footprint import OUTSIDE_FREE, is_free
from amr_navigation.nodes.core import Core
from amr_navigation.nodes.navigation_messages import with_name
from amr_navigation.planning.planner import Plan, failed
from amr_navigation.servers.smoother import smooth
from amr_ros.actions import ActionServerBridge
from amr_ros.convert import array_to_path, from_duration, path_to_array, to_duration

INVALID_PLANNER, TF_ERROR, NO_VIAPOINTS_GIVEN, THROUGH = 201, 202, 309, 100
INVALID_SMOOTHER, IN_COLLISION, INVALID_PATH = 501, 503, 505
PLANNERS, SMOOTHERS = ("", "GridBased", "Circle"), ("", "simple_smoother")

Publish = Callable[[FloatArray], None]


class PlanningServers:
    """Answers in the tick after a goal has come. publish(path) shows a plan on the topic `plan`."""

    def __init__(self, core: Core, publish: Publish) -> None:
        self._core, self._publish = core, publish
        planner, smoother = core.servers["planner_server"], core.servers["smoother_server"]
        self._one = self._serve(planner, "planner_server", ComputePathToPose, "compute_path_to_pose")
        self._many = self._serve(planner, "planner_server", ComputePathThroughPoses, "compute_path_through_poses")
        self._smooth = self._serve(smoother, "smoother_server", SmoothPath, "smooth_path")
        planner.create_service(IsPathValid, "is_path_valid", self._is_valid)

    def tick(self, now: float) -> None:
        """Do what has been asked for."""
        if self._one.active and not self._one.cancel_requested:
            self._plan(self._one, [self._one.goal.goal], 0, now)
        if self._many.active and not self._many.cancel_requested:
            self._plan(self._many, list(self._many.goal.goals), THROUGH, now)
        if self._smooth.active and not self._smooth.cancel_requested:
            self._smoothen(now)

    def stop(self, server: str) -> None:
        """End everything that a server does: it has been deactivated."""
        bridges = {"planner_server": (self._one, self._many), "smoother_server": (self._smooth,)}
        for bridge in bridges.get(server, ()):
            bridge.abort_all()

    def _serve(self, node: Any, server: str, action: Any, name: str) -> ActionServerBridge:
        bridge: ActionServerBridge = ActionServerBridge(
            node,
            action,
            name,
            on_goal=lambda _goal: None,
            on_cancel=lambda: bridge.canceled(),
            accepting=lambda: self._core.active(server),
        )
        return bridge

    def _plan(self, bridge: ActionServerBridge, goals: list[Any], offset: int, now: float) -> None:
        begun = time.perf_counter()
        plan = self._compute(bridge.goal, goals, offset)
        result = (ComputePathThroughPoses if offset else ComputePathToPose).Result()
        result.planning_time = to_duration(time.perf_counter() - begun)
        if plan.error_code:
            result.error_code = plan.error_code if plan.error_code > 300 else plan.error_code + offset
            bridge.abort(with_name(result))
            return
        self._publish(plan.poses)
        result.path = array_to_path(plan.poses, "map", now)
        bridge.succeed(result)

    def _compute(self, goal: Any, goals: list[Any], offset: int) -> Plan:
        if offset and not goals:
            return failed(NO_VIAPOINTS_GIVEN)
        if goal.planner_id not in PLANNERS:
            return failed(INVALID_PLANNER)
        here = self._core.to_map(goal.start) if goal.use_start else self._core.navigator.pose
        targets = [self._core.to_map(stamped) for stamped in goals]
        if here is None or any(target is None for target in targets):
            return failed(TF_ERROR)
        navigator, parts = self._core.navigator, []
        for target in targets:
            assert target is not None
            plan = navigator.planner.plan(here, target, navigator.body)
            if plan.error_code:
                return plan
            parts.append(plan.poses)
            here = target
        return Plan(np.concatenate(parts))

    def _smoothen(self, now: float) -> None:
        goal, result = self._smooth.goal, SmoothPath.Result()
        poses = path_to_array(goal.path)
        known = goal.path.header.frame_id.lstrip("/") in ("", "map")
        if goal.smoother_id not in SMOOTHERS:
            result.error_code = INVALID_SMOOTHER
        elif len(poses) == 0 or not known or not np.isfinite(poses).all():
            result.error_code = INVALID_PATH
        else:
            begun = time.perf_counter()
            smoothed = smooth(poses, from_duration(goal.max_smoothing_duration))
            result.smoothing_duration = to_duration(time.perf_counter() - begun)
            result.was_completed = smoothed.completed
            result.path = array_to_path(smoothed.poses, "map", now)
            if goal.check_for_collisions and not self._free(smoothed.poses):
                result.error_code = IN_COLLISION
        if result.error_code:
            self._smooth.abort(with_name(result))
        else:
            self._smooth.succeed(result)

    def _is_valid(self, request: Any, response: Any) -> Any:
        """Check from the pose nearest to the robot onward; unlike Nav2, false while the robot's pose is unknown."""
        poses, here = path_to_array(request.path), self._core.navigator.pose
        known = request.path.header.frame_id.lstrip("/") in ("", "map") and np.isfinite(poses).all()
        if not known or len(poses) == 0 or here is None or not self._core.active("planner_server"):
            return response
        nearest = int(np.argmin(np.hypot(poses[:, 0] - here.x, poses[:, 1] - here.y)))
        response.is_valid = self._free(poses[nearest:])
        return response

    def _free(self, poses: FloatArray) -> bool:
        core = self._core
        grid, body, local = core.site.static_map.driveable, core.navigator.body, core.obstacles(core.node.now)
        return all(
            is_free(grid, pose, body) and (local is None or is_free(local, pose, body, outside=OUTSIDE_FREE))
            for pose in (Pose2D(*row) for row in poses.tolist())
        )
