"""Nav2's motion actions over the engine: one motion at a time, whoever asked last owns the drive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nav2_msgs.action import (
    AssistedTeleop,
    BackUp,
    DockRobot,
    DriveOnHeading,
    FollowPath,
    FollowWaypoints,
    NavigateThroughPoses,
    NavigateToPose,
    Spin,
    UndockRobot,
    Wait,
)

from amr_navigation.docking import dock as docking
from amr_navigation.motion import Motion, MotionOutcome
from amr_navigation.navigator.engine import Navigator, Output
from amr_navigation.nodes import goals
from amr_navigation.nodes import navigation_messages as messages
from amr_navigation.nodes.core import Core
from amr_navigation.nodes.goals import Goals, Maker
from amr_navigation.servers.lifecycle import State
from amr_ros.actions import ActionServerBridge, Preempt

FEEDBACK_PERIOD = 0.2  # s: the agent reports once a second, so five are enough
NAVIGATORS = ("navigate_to_pose", "navigate_through_poses")
LONG_KEPT = (*NAVIGATORS, "follow_waypoints")
# What a motion that needs the map ends with when the localisation is not active.
TF_ERRORS = {"follow_path": 102, "spin": 702, "backup": 712, "drive_on_heading": 722, "assisted_teleop": 732}


@dataclass(frozen=True)
class Spec:
    """An action: its server, its type, how a goal becomes a motion (or an error code), result and feedback messages."""

    server: str
    action: Any
    make: Maker
    result: Callable[[Any, MotionOutcome], Any]
    feedback: Callable[[Any, Navigator, float], Any]


class MotionServers:
    """Serves all motion actions of a robot."""

    def __init__(self, core: Core, makers: Goals) -> None:
        self._core = core
        self._makers = makers
        self._owner = ""
        self._fed = 0.0
        self._phase = 0
        self._refused: tuple[str, int] | None = None
        self.specs = _specs(makers)
        self.bridges = {name: self._bridge(name, spec) for name, spec in self.specs.items()}
        core.on_state.append(self._on_state)

    def prepare(self, _now: float) -> None:
        """Do what must be done before the engine's step: end goals that cannot be, stop for one that is gone."""
        if self._owner and not self.bridges[self._owner].active:
            # A callback below failed on it, and the bridge has ended it: nobody else would stop the robot.
            self._core.navigator.cancel()
            self._owner, self._refused = "", None
        if self._refused is not None:
            name, code = self._refused
            self._refused = None
            self._end(name, None, MotionOutcome(False, code))
        if self._owner not in ("", "wait") and not self._core.active("amcl"):
            motion, owner = self._core.navigator.motion, self._owner
            self._core.navigator.cancel()
            self._end(owner, motion, MotionOutcome(False, TF_ERRORS.get(owner, 0)))

    def finish(self, out: Output, now: float) -> None:
        """Publish feedback; end the action whose motion has ended."""
        motion = self._core.navigator.motion
        if out.ended is not None and out.outcome is not None:
            self._makers.remember(out.ended, out.outcome)
            self._end(self._owner, out.ended, out.outcome)
        elif out.hold and motion is not None and not motion.begun:
            pass  # it has not begun: there is no way left to tell yet
        elif self._owner and motion is not None and self._due(motion, now):
            self._fed, self._phase = now, motion.phase
            spec = self.specs[self._owner]
            self.bridges[self._owner].feedback(spec.feedback(motion, self._core.navigator, now))

    def _due(self, motion: Motion, now: float) -> bool:
        """Feedback comes at its pace, and with each phase of a docking, however short: clients go by these."""
        return now - self._fed >= FEEDBACK_PERIOD - 1e-6 or motion.phase != self._phase

    def end_all(self) -> None:
        """Stop, and end every goal ABORTED: the map is about to change."""
        self._core.navigator.cancel()
        self._owner, self._refused = "", None
        for bridge in self.bridges.values():
            bridge.abort_all()

    def _bridge(self, name: str, spec: Spec) -> ActionServerBridge:
        return ActionServerBridge(
            self._core.servers[spec.server],
            spec.action,
            name,
            on_goal=lambda goal: self._on_goal(name, goal),
            on_cancel=lambda: self._on_cancel(name),
            on_preempt=lambda goal: self._on_preempt(name, goal),
            accepting=lambda: self._core.active(spec.server),
            result_timeout_s=900.0 if name in LONG_KEPT else 10.0,
        )

    def _on_goal(self, name: str, goal: Any) -> None:
        if self._owner in NAVIGATORS and name in NAVIGATORS and self._owner != name:
            self.bridges[name].abort()
            return
        made = self.specs[name].make(goal)
        old, self._owner = self._owner, name
        if old and old != name:
            self.bridges[old].abort(self._aborted(old))
        self._core.navigator.cancel()
        if isinstance(made, int):
            self._refused = (name, made)
            return
        self._refused, self._phase = None, 0
        self._core.navigator.start(made)

    def _on_preempt(self, name: str, goal: Any) -> Preempt:
        """Nav2's rules: docking cannot be preempted; an unusable pose ends the new goal, not the running one."""
        if name == "navigate_to_pose":
            return Preempt.REJECT if isinstance(self.specs[name].make(goal), int) else Preempt.TAKE_OVER
        if name not in ("dock_robot", "undock_robot"):
            return Preempt.TAKE_OVER
        self._end(name, self._core.navigator.motion, MotionOutcome(False, docking.UNKNOWN))
        self._core.navigator.cancel()
        return Preempt.REJECT

    def _on_cancel(self, name: str) -> None:
        motion = self._core.navigator.motion
        if self._owner == name:
            self._core.navigator.cancel()
            self._owner = ""
            self._refused = None
        self.bridges[name].canceled(self._result(name, motion, MotionOutcome(False)))

    def _on_state(self, server: str, state: State) -> None:
        """End the goals of a server that has been deactivated; the robot stops if it was driving for one."""
        if state is State.ACTIVE:
            return
        for name, spec in self.specs.items():
            if spec.server != server or not self.bridges[name].active:
                continue
            if self._owner == name:
                self._core.navigator.cancel()
                self._owner, self._refused = "", None
            self.bridges[name].abort(self._aborted(name))
            self.bridges[name].abort_all()

    def _end(self, name: str, motion: Motion | None, outcome: MotionOutcome) -> None:
        if not name:
            return
        if self._owner == name:
            self._owner = ""
        bridge, result = self.bridges[name], self._result(name, motion, outcome)
        if outcome.succeeded:
            bridge.succeed(result)
        else:
            bridge.abort(result)

    def _aborted(self, name: str) -> Any:
        """Return the result of a preempted goal: default, but never success."""
        return self._result(name, None, MotionOutcome(False))

    def _result(self, name: str, motion: Motion | None, outcome: MotionOutcome) -> Any:
        result = self.specs[name].result(motion, outcome)
        if name == "follow_waypoints" and self.bridges[name].goal is not None:
            for missed in result.missed_waypoints:
                missed.goal = self.bridges[name].goal.poses[missed.index]
        return messages.with_name(result)


def _specs(makers: Goals) -> dict[str, Spec]:
    m = messages
    bt, behaviour, dock = "bt_navigator", "behavior_server", "docking_server"
    return {
        "navigate_to_pose": Spec(bt, NavigateToPose, makers.to_pose, m.navigate_result, m.navigate_feedback),
        "navigate_through_poses": Spec(
            bt, NavigateThroughPoses, makers.through_poses, m.navigate_through_result, m.navigate_through_feedback
        ),
        "follow_waypoints": Spec(
            "waypoint_follower", FollowWaypoints, makers.waypoints, m.waypoints_result, m.waypoints_feedback
        ),
        "follow_path": Spec("controller_server", FollowPath, makers.follow, m.follow_result, m.follow_feedback),
        "spin": Spec(behaviour, Spin, goals.spin, m.spin_result, m.spin_feedback),
        "backup": Spec(behaviour, BackUp, goals.back_up, m.backup_result, m.backup_feedback),
        "drive_on_heading": Spec(behaviour, DriveOnHeading, goals.drive, m.drive_result, m.drive_feedback),
        "wait": Spec(behaviour, Wait, goals.wait, m.wait_result, m.wait_feedback),
        "assisted_teleop": Spec(behaviour, AssistedTeleop, goals.teleop, m.teleop_result, m.teleop_feedback),
        "dock_robot": Spec(dock, DockRobot, makers.dock, m.dock_result, m.dock_feedback),
        "undock_robot": Spec(dock, UndockRobot, makers.undock, m.undock_result, m.undock_feedback),
    }
