"""Robots that are locked in: what the safety check cannot exclude is mended here, at once and without a person.

While robots drive only what was released to them the state stays safe and nobody is locked in. People who carry a robot
to another place, and a restart of the fleet (routes are not in the journal), can still make a state in which two robots
have each other's way. Then one of them is sent to another free leaf, by a route that the same check accepts: it and all
that could finish before can finish after it.
"""

from __future__ import annotations

from amr_fleet.domain.orders import BEFORE_PICK
from amr_fleet.domain.refusals import resting
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World

_TRIES = 12  # leaves, nearest first


def recover(world: World) -> None:
    """Find robots that cannot finish although nothing stands still for ever, and lead them out one after the other."""
    traffic = world.traffic
    traffic.locked = _locked(world)
    for name in sorted(traffic.locked):
        robot = world.robots[name]
        if not world.available(robot) or resting(world, robot) or not (name in world.state.missions or robot.settled):
            continue
        if any(_lead_out(world, robot, leaf) for leaf in _leaves(world, robot)):
            traffic.locked = _locked(world)
            if not traffic.locked:
                return


def _locked(world: World) -> frozenset[str]:
    return frozenset(world.traffic.movers) - world.traffic.safety().later


def _leaves(world: World, robot: Robot) -> list[int]:
    """Return the free leaves that the robot can reach, nearest first."""
    distances = world.graph.distances(world.traffic.movers[robot.name].end)
    near = [n for n, leaf in enumerate(world.graph.leaf) if leaf and distances[n] < float("inf")]
    near.sort(key=lambda n: distances[n])
    return [n for n in near if world.leaf_free(n, robot.name)][:_TRIES]


def _lead_out(world: World, robot: Robot, leaf: int) -> bool:
    order = world.state.order_of(robot.name)
    if not world.start_mission(robot, "park", leaf):
        return False
    world.emit("robot_led_out", robot=robot.name, goal=world.graph.node_ids[leaf])
    if order is not None and order.state in BEFORE_PICK:
        world.give_back(robot, order)
    return True
