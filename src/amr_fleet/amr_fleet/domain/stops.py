"""Emergency stops that people set."""

from __future__ import annotations

from amr_fleet.domain.world import Robot, World


def watch_stop(world: World, robot: Robot) -> None:
    """An emergency stop that a person set needs a person to release; the robot must not drive off when it is reset."""
    report = robot.report
    if report is not None and report.e_stop in ("MANUAL", "REMOTE") and robot.name not in world.state.stopped:
        world.emit("robot_stopped", robot=robot.name, kind=report.e_stop)
        world.instant(robot, "startPause")
