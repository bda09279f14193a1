"""A person takes a robot out of use, or back; what of doors and lifts it keeps then."""

from __future__ import annotations

from amr_fleet.domain import doors, lifts, robot_requests
from amr_fleet.domain.world import World
from amr_fleet.requests import SetIntegration


def set_integration(world: World, request: SetIntegration) -> None:
    """Change a robot's level. One that is taken out keeps the door or lift that it stands in.

    It gives that back when it says that it is elsewhere (level "noticed"), or when a person who carried it out says so:
    "noticed", and "ignored" again, while it says nothing from inside.
    """
    robot, before = world.robots.get(request.robot), world.state.integration.get(request.robot)
    mover = world.mover(request.robot)
    where, told = 0, None
    if robot is not None:
        where, told = robot.remembered if mover is None else mover.surely, robot.report
    robot_requests.set_integration(world, request)
    if before not in ("ignored", request.level) and world.taken_out(request.robot):
        doors.give_back(world, request.robot, where, told)
        lifts.give_back(world, request.robot, where, told)
