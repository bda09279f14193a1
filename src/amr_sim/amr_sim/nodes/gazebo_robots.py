"""The robots that a node in Gazebo is told to watch."""

from __future__ import annotations

from collections.abc import Sequence

from amr_core.errors import AmrError
from amr_core.robots import RobotType, robot_type
from amr_core.site import Site


def kinds_of(site: Site, robots: Sequence[str]) -> list[RobotType]:
    """Return the type of each robot, or raise robot.not_found."""
    kinds = {member.name: member.type for member in site.fleet}
    for robot in robots:
        if robot not in kinds:
            raise AmrError("robot.not_found", robot=robot)
    return [robot_type(kinds[robot]) for robot in robots]
