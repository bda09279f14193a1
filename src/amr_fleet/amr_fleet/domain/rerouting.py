"""Other ways for robots that stand behind one another: around one that stopped, around one that does not move."""

from __future__ import annotations

from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World

_PAUSE = 5.0  # s between two looks for another way for the same robot: a search costs time, traffic changes in seconds
_WALL_PATIENCE = 3.0  # s: a robot that cannot drive will not get out of the way
CYCLE_FACTOR = 10.0  # times: out of a circle nearly any way is right


def detours(world: World) -> None:
    """Lead robots around those that stopped on their way when that is quicker than to wait."""
    for name, mover in world.traffic.movers.items():
        robot = world.robots[name]
        if mover.wall or name not in world.state.missions or world.now - robot.reroute_at < _PAUSE:
            continue
        if world.traffic.detour(name):
            robot.reroute_at = world.now


def reroute(world: World) -> None:
    """Find a way around for robots that wait long for one that does not move."""
    s = world.settings
    for name, mover in world.traffic.movers.items():
        blocker, robot = mover.blocker, world.robots[name]
        if blocker is None or mover.wall or mover.at != mover.granted or world.now - robot.reroute_at < _PAUSE:
            continue
        other = world.traffic.movers.get(blocker.robot)
        patience = _WALL_PATIENCE if other is not None and other.wall else s.reroute_after
        if world.now - blocker.since > patience:
            go_around(world, robot, s.reroute_factor)


def go_around(world: World, robot: Robot, factor: float) -> None:
    """Try a way around what blocks a robot, at most factor times as long as the rest of its route."""
    robot.reroute_at = world.now
    mover = world.traffic.movers[robot.name]
    other = world.traffic.movers.get(mover.blocker.robot) if mover.blocker else None
    zone = mover.blocker.zone if mover.blocker else ""
    if (other is not None or zone) and robot.name in world.state.missions:
        world.traffic.reroute(robot.name, world.graph.exclusion(other.held) if other else 0, factor)
