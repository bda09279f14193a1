"""Results and feedback of the motion actions. Every field is set explicitly: DockRobot's success defaults to True."""

from __future__ import annotations

from typing import Any

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
    Wait,
)
from nav2_msgs.msg import MissedWaypoint

from amr_navigation.motion import Motion, MotionOutcome
from amr_navigation.navigator.engine import Navigator
from amr_ros.convert import pose_stamped, to_duration

_NAMED = (
    FollowPath,
    ComputePathToPose,
    ComputePathThroughPoses,
    SmoothPath,
    FollowWaypoints,
    Spin,
    BackUp,
    DriveOnHeading,
    AssistedTeleop,
    DockRobot,
)
# The generated metaclass keeps a message's constants in the namespace it prepares.
NAMES: dict[int, str] = {
    value: name
    for action in _NAMED
    for name, value in type(action.Result).__prepare__("", ()).items()
    if name.isupper() and isinstance(value, int) and value > 0
}
"""Error code -> the name of its constant."""


def with_name(result: Any) -> Any:
    """Return a result with error_msg set to the name of its error code; Jazzy's Nav2 leaves it empty."""
    if result.error_code and not result.error_msg:
        result.error_msg = NAMES.get(result.error_code, "")
    return result


def _elapsed(motion: Motion | None) -> float:
    return 0.0 if motion is None else motion.elapsed


def navigate_result(_motion: Any, outcome: MotionOutcome) -> Any:
    """Return NavigateToPose's result."""
    return NavigateToPose.Result(error_code=outcome.error_code)


def navigate_through_result(_motion: Any, outcome: MotionOutcome) -> Any:
    """Return NavigateThroughPoses' result."""
    return NavigateThroughPoses.Result(error_code=outcome.error_code)


def _fill_navigate(message: Any, motion: Any, navigator: Navigator, now: float) -> Any:
    if navigator.pose is not None:
        message.current_pose = pose_stamped(navigator.pose, "map", now)
    started = now if motion.started is None else motion.started
    message.navigation_time = to_duration(now - started)
    way, speed = motion.distance_remaining, abs(navigator.measured.v)
    message.estimated_time_remaining = to_duration(way / speed if speed > 0.01 and way > 0.1 else 0.0)
    message.number_of_recoveries = motion.recoveries
    message.distance_remaining = float(way)
    return message


def navigate_feedback(motion: Any, navigator: Navigator, now: float) -> Any:
    """Return NavigateToPose's feedback."""
    return _fill_navigate(NavigateToPose.Feedback(), motion, navigator, now)


def navigate_through_feedback(motion: Any, navigator: Navigator, now: float) -> Any:
    """Return NavigateThroughPoses' feedback."""
    message = _fill_navigate(NavigateThroughPoses.Feedback(), motion, navigator, now)
    message.number_of_poses_remaining = motion.poses_remaining
    return message


def follow_result(_motion: Any, outcome: MotionOutcome) -> Any:
    """Return FollowPath's result."""
    return FollowPath.Result(error_code=outcome.error_code)


def follow_feedback(motion: Any, navigator: Navigator, _now: float) -> Any:
    """Return FollowPath's feedback."""
    return FollowPath.Feedback(distance_to_goal=float(motion.distance_to_goal), speed=float(abs(navigator.measured.v)))


def spin_result(motion: Any, outcome: MotionOutcome) -> Any:
    """Return Spin's result."""
    return Spin.Result(total_elapsed_time=to_duration(_elapsed(motion)), error_code=outcome.error_code)


def spin_feedback(motion: Any, _navigator: Navigator, _now: float) -> Any:
    """Return Spin's feedback."""
    return Spin.Feedback(angular_distance_traveled=float(abs(motion.turned)))


def backup_result(motion: Any, outcome: MotionOutcome) -> Any:
    """Return BackUp's result."""
    return BackUp.Result(total_elapsed_time=to_duration(_elapsed(motion)), error_code=outcome.error_code)


def backup_feedback(motion: Any, _navigator: Navigator, _now: float) -> Any:
    """Return BackUp's feedback."""
    return BackUp.Feedback(distance_traveled=float(motion.travelled))


def drive_result(motion: Any, outcome: MotionOutcome) -> Any:
    """Return DriveOnHeading's result."""
    return DriveOnHeading.Result(total_elapsed_time=to_duration(_elapsed(motion)), error_code=outcome.error_code)


def drive_feedback(motion: Any, _navigator: Navigator, _now: float) -> Any:
    """Return DriveOnHeading's feedback."""
    return DriveOnHeading.Feedback(distance_traveled=float(motion.travelled))


def wait_result(motion: Any, outcome: MotionOutcome) -> Any:
    """Return Wait's result; it has no constants for errors."""
    return Wait.Result(total_elapsed_time=to_duration(_elapsed(motion)), error_code=outcome.error_code)


def wait_feedback(motion: Any, _navigator: Navigator, _now: float) -> Any:
    """Return Wait's feedback."""
    return Wait.Feedback(time_left=to_duration(motion.left))


def dock_result(motion: Any, outcome: MotionOutcome) -> Any:
    """Return DockRobot's result."""
    retries = 0 if motion is None else motion.retries
    return DockRobot.Result(success=outcome.succeeded, error_code=outcome.error_code, num_retries=retries)


def dock_feedback(motion: Any, _navigator: Navigator, now: float) -> Any:
    """Return DockRobot's feedback."""
    started = now if motion.started is None else motion.started
    return DockRobot.Feedback(
        state=int(motion.phase), docking_time=to_duration(now - started), num_retries=motion.retries
    )


def undock_result(_motion: Any, outcome: MotionOutcome) -> Any:
    """Return UndockRobot's result."""
    return UndockRobot.Result(success=outcome.succeeded, error_code=outcome.error_code)


def undock_feedback(_motion: Any, _navigator: Navigator, _now: float) -> Any:
    """Return UndockRobot's feedback, which is empty."""
    return UndockRobot.Feedback()


def waypoints_result(motion: Any, outcome: MotionOutcome) -> Any:
    """Return FollowWaypoints' result without the goals of the missed waypoints, which the server adds."""
    missed = [
        MissedWaypoint(index=m.number, error_code=m.error_code) for m in (motion.missed if motion is not None else ())
    ]
    return FollowWaypoints.Result(missed_waypoints=missed, error_code=outcome.error_code)


def waypoints_feedback(motion: Any, _navigator: Navigator, _now: float) -> Any:
    """Return FollowWaypoints' feedback."""
    return FollowWaypoints.Feedback(current_waypoint=motion.index)


def teleop_result(motion: Any, outcome: MotionOutcome) -> Any:
    """Return AssistedTeleop's result."""
    return AssistedTeleop.Result(total_elapsed_time=to_duration(_elapsed(motion)), error_code=outcome.error_code)


def teleop_feedback(motion: Any, _navigator: Navigator, _now: float) -> Any:
    """Return AssistedTeleop's feedback."""
    return AssistedTeleop.Feedback(current_teleop_duration=to_duration(motion.elapsed))
