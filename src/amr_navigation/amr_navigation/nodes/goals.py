"""Goals of Nav2's actions as motions, or the error code with which they end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from amr_navigation.behaviors import behaviors
from amr_navigation.docking import dock as docking
from amr_navigation.docking.database import Dock, Docks, docked_at, straight_behind
from amr_navigation.motion import Motion, MotionOutcome
from amr_navigation.navigator.follow import FollowPath
from amr_navigation.navigator.navigate import Navigate
from amr_navigation.nodes.core import Core
from amr_navigation.servers.teleop import AssistedTeleop
from amr_navigation.servers.waypoints import FollowWaypoints
from amr_ros.convert import from_duration, path_to_array

UNKNOWN_CONTROLLER, INVALID_CONTROLLER, TF_ERROR = 100, 101, 102
NO_VIAPOINTS_GIVEN = 309  # of ComputePathThroughPoses: Nav2's tree passes it on
CONTROLLERS = ("", "FollowPath", "Reverse", "FreeSpace")
CHECKERS = ("", "general_goal_checker", "precise_goal_checker", "reverse_goal_checker"), ("", "progress_checker")

Refusal = int
Maker = Callable[[Any], "Motion | Refusal"]


class Goals:
    """Makes motions. A refusal is an error code; 0 ends a goal ABORTED without one, as Nav2's navigators do."""

    def __init__(self, core: Core, docks: Docks, patience: float) -> None:
        self._core, self._patience = core, patience
        self.docks = docks
        self.docked: Dock | None = None

    def remember(self, motion: Motion, outcome: MotionOutcome) -> None:
        """Note in which dock the robot stands after a motion, for undock goals without a type."""
        if isinstance(motion, docking.DockRobot) and outcome.succeeded:
            self.docked = motion.dock
        elif isinstance(motion, docking.UndockRobot | Navigate):
            self.docked = None

    def to_pose(self, goal: Any) -> Motion | Refusal:
        """NavigateToPose."""
        pose = self._core.to_map(goal.pose)
        usable = pose is not None and tree_loads(goal.behavior_tree)
        return Navigate([pose], patience=self._patience) if usable and pose is not None else 0

    def through_poses(self, goal: Any) -> Motion | Refusal:
        """NavigateThroughPoses."""
        poses = [pose for pose in map(self._core.to_map, goal.poses) if pose is not None]
        if not goal.poses:
            return NO_VIAPOINTS_GIVEN
        if len(poses) < len(goal.poses) or not tree_loads(goal.behavior_tree):
            return 0
        return Navigate(poses, patience=self._patience)

    def waypoints(self, goal: Any) -> Motion | Refusal:
        """FollowWaypoints."""
        goals = [self._core.to_map(stamped) for stamped in goal.poses]
        return FollowWaypoints(goals, loops=goal.number_of_loops, first=goal.goal_index, patience=self._patience)

    def follow(self, goal: Any) -> Motion | Refusal:
        """FollowPath; paths in the odom frame are not supported."""
        if goal.controller_id not in CONTROLLERS:
            return INVALID_CONTROLLER
        if goal.goal_checker_id not in CHECKERS[0] or goal.progress_checker_id not in CHECKERS[1]:
            return UNKNOWN_CONTROLLER
        if goal.path.header.frame_id.lstrip("/") not in ("", "map"):
            return TF_ERROR
        return FollowPath(path_to_array(goal.path), patience=self._patience)

    def dock(self, goal: Any) -> Motion | Refusal:
        """DockRobot."""
        if goal.use_dock_id:
            dock = self.docks.get(goal.dock_id)
            if dock is None:
                return docking.DOCK_NOT_IN_DB
        else:
            pose = self._core.to_map(goal.dock_pose)
            if pose is None or not known_type(goal.dock_type):
                return docking.DOCK_NOT_VALID
            kind: Any = "charger" if "charger" in goal.dock_type else "station"
            dock = Dock("", pose, straight_behind(pose), kind)
        return docking.DockRobot(
            dock,
            speed=self._core.robot.max_speed_docking,
            stage=goal.navigate_to_staging_pose,
            staging_time=goal.max_staging_time or 1000.0,
        )

    def undock(self, goal: Any) -> Motion | Refusal:
        """UndockRobot."""
        pose = self._core.navigator.pose
        dock = None if pose is None else docked_at(self.docks, pose) or self.docked
        if dock is None or (goal.dock_type and not known_type(goal.dock_type)):
            return docking.DOCK_NOT_VALID
        self._core.navigator.charging = False  # a battery may speak once a minute, and be at the next charger by then
        return docking.UndockRobot(
            dock, speed=self._core.robot.max_speed_docking, limit=goal.max_undocking_time or 30.0
        )


def known_type(dock_type: str) -> bool:
    """Return whether a goal's dock type is one that Nav2's parameters here have."""
    return any(word in dock_type for word in ("charger", "station"))


def tree_loads(path: str) -> bool:
    """Return whether a goal's behavior_tree can be used: "" or a readable BehaviorTree.CPP file.

    The embedded navigator behaves as its own tree does whatever the file says; Nav2 aborts when there is no such file.
    """
    if not path:
        return True
    try:
        return ElementTree.parse(Path(path)).getroot().tag == "root"
    except (OSError, ElementTree.ParseError, ValueError):
        return False


def spin(goal: Any) -> Motion:
    """Spin."""
    return behaviors.Spin(goal.target_yaw, from_duration(goal.time_allowance))


def back_up(goal: Any) -> Motion:
    """BackUp."""
    t = goal.target
    return behaviors.back_up(t.x, t.y, t.z, goal.speed, from_duration(goal.time_allowance))


def drive(goal: Any) -> Motion:
    """DriveOnHeading."""
    t = goal.target
    return behaviors.drive_on_heading(t.x, t.y, t.z, goal.speed, from_duration(goal.time_allowance))


def wait(goal: Any) -> Motion:
    """Wait."""
    return behaviors.Wait(from_duration(goal.time))


def teleop(goal: Any) -> Motion:
    """AssistedTeleop."""
    return AssistedTeleop(from_duration(goal.time_allowance))
