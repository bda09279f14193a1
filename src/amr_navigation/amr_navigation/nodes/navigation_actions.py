"""Nav2's motion actions over the engine: one motion at a time, whoever asked last owns the drive."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nav2_msgs.action import (
    BackUp,
    ComputePathToPose,
    DockRobot,
    DriveOnHeading,
    FollowPath,
    NavigateThroughPoses,
    NavigateToPose,
    Spin,
    UndockRobot,
    Wait,
)

from amr_navigation.behaviors import behaviors
from amr_navigation.docking import dock as docking
from amr_navigation.docking.database import Dock, Docks, docked_at, straight_behind
from amr_navigation.navigator.engine import Navigator, Output
from amr_navigation.navigator.follow import FollowPath as FollowPathMotion
from amr_navigation.navigator.motion import Motion, Outcome
from amr_navigation.navigator.navigate import Navigate
from amr_navigation.nodes import navigation_messages as messages
from amr_ros.actions import ActionServerBridge, Preempt
from amr_ros.convert import array_to_path, from_duration, path_to_array, pose_from_msg, to_duration
from amr_ros.node import AmrNode

FEEDBACK_PERIOD = 0.2
TF_ERROR = 102
PLANNER_TF_ERROR = 202
NAVIGATORS = ("navigate_to_pose", "navigate_through_poses")

Refusal = int
Maker = Callable[[Any], "Motion | Refusal"]


@dataclass(frozen=True)
class Spec:
    """An action: its type, how a goal becomes a motion (or an error code), and its result and feedback messages."""

    action: Any
    make: Maker
    result: Callable[[Any, Outcome], Any]
    feedback: Callable[[Any, Navigator, float], Any]


class MotionServers:
    """Serves all motion actions of a robot and compute_path_to_pose."""

    def __init__(self, node: AmrNode, navigator: Navigator, docks: Docks, *, patience: float) -> None:
        self._node = node
        self._navigator = navigator
        self._docks = docks
        self._patience = patience
        self._owner = ""
        self._fed = 0.0
        self._refused: tuple[str, int] | None = None
        self._docked: Dock | None = None
        self.specs = self._specs()
        self.bridges = {name: self._bridge(name, spec) for name, spec in self.specs.items()}
        self._compute = ActionServerBridge(node, ComputePathToPose, "compute_path_to_pose", on_goal=_nothing)

    def prepare(self, now: float) -> None:
        """Do what must be done before the engine's step: plans asked for, goals that cannot be."""
        if self._compute.active:
            self._plan(now)
        if self._refused is not None:
            name, code = self._refused
            self._refused = None
            self._end(name, None, Outcome(False, code))

    def finish(self, out: Output, now: float) -> None:
        """Publish feedback; end the action whose motion has ended."""
        if out.ended is not None and out.outcome is not None:
            self._remember_dock(out.ended, out.outcome)
            self._end(self._owner, out.ended, out.outcome)
        elif self._owner and self._navigator.motion is not None and now - self._fed >= FEEDBACK_PERIOD - 1e-6:
            self._fed = now
            spec = self.specs[self._owner]
            self.bridges[self._owner].feedback(spec.feedback(self._navigator.motion, self._navigator, now))

    def _bridge(self, name: str, spec: Spec) -> ActionServerBridge:
        retained = 900.0 if name in NAVIGATORS else 10.0
        return ActionServerBridge(
            self._node,
            spec.action,
            name,
            on_goal=lambda goal: self._on_goal(name, goal),
            on_cancel=lambda: self._on_cancel(name),
            on_preempt=lambda _goal: self._on_preempt(name),
            result_timeout_s=retained,
        )

    def _on_goal(self, name: str, goal: Any) -> None:
        if self._owner in NAVIGATORS and name in NAVIGATORS and self._owner != name:
            self.bridges[name].abort()
            return
        made = self.specs[name].make(goal)
        old, self._owner = self._owner, name
        if old and old != name:
            self.bridges[old].abort(self._aborted(old))
        self._navigator.cancel()
        if isinstance(made, int):
            self._refused = (name, made)
            return
        self._refused = None
        self._navigator.start(made)

    def _on_preempt(self, name: str) -> Preempt:
        """Docking cannot be preempted by docking: Nav2 then ends all its docking goals."""
        if name not in ("dock_robot", "undock_robot"):
            return Preempt.TAKE_OVER
        self._end(name, self._navigator.motion, Outcome(False, docking.UNKNOWN))
        self._navigator.cancel()
        return Preempt.REJECT

    def _on_cancel(self, name: str) -> None:
        motion = self._navigator.motion
        if self._owner == name:
            self._navigator.cancel()
            self._owner = ""
            self._refused = None
        self.bridges[name].canceled(self.specs[name].result(motion, Outcome(False)))

    def _end(self, name: str, motion: Motion | None, outcome: Outcome) -> None:
        if not name:
            return
        if self._owner == name:
            self._owner = ""
        bridge, result = self.bridges[name], self.specs[name].result(motion, outcome)
        if outcome.succeeded:
            bridge.succeed(result)
        else:
            bridge.abort(result)

    def _aborted(self, name: str) -> Any:
        """Return the result of a preempted goal: default, but never success."""
        return self.specs[name].result(None, Outcome(False))

    def _remember_dock(self, motion: Motion, outcome: Outcome) -> None:
        if isinstance(motion, docking.DockRobot) and outcome.succeeded:
            self._docked = motion.dock
        elif isinstance(motion, docking.UndockRobot | Navigate):
            self._docked = None

    def _plan(self, now: float) -> None:
        goal, result = self._compute.goal, ComputePathToPose.Result()
        start = pose_from_msg(goal.start) if goal.use_start else self._navigator.pose
        if start is None or not _in_map(goal.goal) or (goal.use_start and not _in_map(goal.start)):
            result.error_code = PLANNER_TF_ERROR
            self._compute.abort(result)
            return
        begun = time.perf_counter()
        plan = self._navigator.planner.plan(start, pose_from_msg(goal.goal), self._navigator.body)
        result.planning_time = to_duration(time.perf_counter() - begun)
        result.error_code = plan.error_code
        if plan.error_code:
            self._compute.abort(result)
            return
        result.path = array_to_path(plan.poses, "map", now)
        self._compute.succeed(result)

    def _specs(self) -> dict[str, Spec]:
        m = messages
        return {
            "navigate_to_pose": Spec(NavigateToPose, self._to_pose, m.navigate_result, m.navigate_feedback),
            "navigate_through_poses": Spec(
                NavigateThroughPoses, self._through_poses, m.navigate_through_result, m.navigate_through_feedback
            ),
            "follow_path": Spec(FollowPath, self._follow, m.follow_result, m.follow_feedback),
            "spin": Spec(Spin, _spin, m.spin_result, m.spin_feedback),
            "backup": Spec(BackUp, _back_up, m.backup_result, m.backup_feedback),
            "drive_on_heading": Spec(DriveOnHeading, _drive, m.drive_result, m.drive_feedback),
            "wait": Spec(Wait, _wait, m.wait_result, m.wait_feedback),
            "dock_robot": Spec(DockRobot, self._dock, m.dock_result, m.dock_feedback),
            "undock_robot": Spec(UndockRobot, self._undock, m.undock_result, m.undock_feedback),
        }

    def _to_pose(self, goal: Any) -> Motion | Refusal:
        return Navigate([pose_from_msg(goal.pose)], patience=self._patience) if _in_map(goal.pose) else 0

    def _through_poses(self, goal: Any) -> Motion | Refusal:
        if not goal.poses or not all(_in_map(p) for p in goal.poses):
            return 0
        return Navigate([pose_from_msg(p) for p in goal.poses], patience=self._patience)

    def _follow(self, goal: Any) -> Motion | Refusal:
        if goal.path.header.frame_id not in ("", "map"):
            return TF_ERROR
        return FollowPathMotion(path_to_array(goal.path), patience=self._patience)

    def _dock(self, goal: Any) -> Motion | Refusal:
        if goal.use_dock_id:
            dock = self._docks.get(goal.dock_id)
            if dock is None:
                return docking.DOCK_NOT_IN_DB
        elif not _in_map(goal.dock_pose):
            return docking.DOCK_NOT_VALID
        else:
            pose = pose_from_msg(goal.dock_pose)
            kind: Any = "charger" if "charger" in goal.dock_type else "station"
            dock = Dock("", pose, straight_behind(pose), kind)
        return docking.DockRobot(
            dock,
            speed=self._navigator.robot.max_speed_docking,
            stage=goal.navigate_to_staging_pose,
            staging_time=goal.max_staging_time or 1000.0,
        )

    def _undock(self, goal: Any) -> Motion | Refusal:
        pose = self._navigator.pose
        dock = None if pose is None else docked_at(self._docks, pose) or self._docked
        if dock is None:
            return docking.DOCK_NOT_VALID
        speed = self._navigator.robot.max_speed_docking
        return docking.UndockRobot(dock, speed=speed, limit=goal.max_undocking_time or 30.0)


def _in_map(stamped: Any) -> bool:
    return stamped.header.frame_id in ("", "map")


def _nothing(_goal: Any) -> None:
    """The goal is taken up in the next tick."""


def _spin(goal: Any) -> Motion:
    return behaviors.Spin(goal.target_yaw, from_duration(goal.time_allowance))


def _back_up(goal: Any) -> Motion:
    t = goal.target
    return behaviors.back_up(t.x, t.y, t.z, goal.speed, from_duration(goal.time_allowance))


def _drive(goal: Any) -> Motion:
    t = goal.target
    return behaviors.drive_on_heading(t.x, t.y, t.z, goal.speed, from_duration(goal.time_allowance))


def _wait(goal: Any) -> Motion:
    return behaviors.Wait(from_duration(goal.time))
