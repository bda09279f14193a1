"""Orders to robots: VDA 5050 nodes and edges from the robot's last node to its goal, base first, then horizon."""

from __future__ import annotations

from collections.abc import Mapping

from amr_core import vda5050
from amr_core.vda5050 import ActionType, OrderAction, OrderEdge, OrderNode
from amr_fleet.domain.ability import need
from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.domain.mover import Mover
from amr_fleet.domain.orders import Mission
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World
from amr_fleet.vocabulary import MissionKind

_ACTION_TYPES: Mapping[MissionKind, ActionType] = {"pick": "pick", "drop": "drop", "charge": "startCharging"}


def send_orders(world: World) -> None:
    """Send every mission whose base or route changed; send again what a robot did not take.

    A robot with other site files gets none: the ids and places in it may be other ones there. Nor does one of which
    nobody knows where it is: its route is a place to hold, and no way to its goal. Of one that says so itself, or is
    silent, nobody knows yet whether it was restarted: it would take a mission again whose base is held for it no more.
    """
    for robot in world.robots.values():
        mission, mover = world.state.missions.get(robot.name), world.mover(robot.name)
        if mission is None or mover is None or (mover.granted == 0 and mover.edges and not robot.acked):
            continue
        if world.other_site(robot) or robot.lost or not world.online(robot):
            continue
        limits = tuple(world.graph.speed[e] for e in mover.edges[mover.at :]) if world.state.zones else ()
        signature = (mission, mover.granted, tuple(mover.nodes), limits)
        changed = signature != robot.sent
        if changed or _not_taken(world, robot, mission):
            robot.update_id += changed
            robot.sent, robot.sent_at = signature, world.now
            world.commands.append(order_message(world, robot, mission, mover))


def _not_taken(world: World, robot: Robot, mission: Mission) -> bool:
    report = robot.report
    if report is None or world.now - robot.sent_at < world.settings.resend_after:
        return False
    return report.order_id != mission.mission_id or report.update_id < robot.update_id


def order_message(world: World, robot: Robot, mission: Mission, mover: Mover) -> vda5050.Order:
    """Return the whole rest of the mission as one message; loads are handled at its goal and nowhere else."""
    last = len(mover.nodes) - 1
    actions = _actions(world, mission) if world.graph.node_ids[mover.nodes[last]] == mission.goal else ()
    span = range(mover.at, last + 1)
    nodes = tuple(_node(world.graph, mover, k, actions if k == last else ()) for k in span)
    edges = tuple(_edge(world.graph, mover, k) for k in span[:-1])
    return vda5050.Order(robot.name, mission.mission_id, robot.update_id, nodes, edges)


def _node(graph: TrafficGraph, mover: Mover, k: int, actions: tuple[OrderAction, ...]) -> OrderNode:
    node = graph.roadmap.nodes[graph.node_ids[mover.nodes[k]]]
    return OrderNode(node.id, mover.seq0 + 2 * k, k <= mover.granted, node.x, node.y, node.theta, actions)


def _edge(graph: TrafficGraph, mover: Mover, k: int) -> OrderEdge:
    i = mover.edges[k]
    edge = graph.roadmap.edges[graph.edge_ids[i]]
    released = k < mover.granted
    return OrderEdge(
        edge.id, mover.seq0 + 2 * k + 1, released, edge.start, edge.end, graph.speed[i], edge.manoeuvre
    )  # fmt: skip


def _actions(world: World, mission: Mission) -> tuple[OrderAction, ...]:
    if not mission.action_id:
        return ()
    order = world.state.orders.get(mission.order_id)
    parameters = {"load_id": order.load_id} if order else {}
    if order and (kind := need(world, order.request).load_type):
        parameters["load_type"] = kind
    return (OrderAction(_ACTION_TYPES[mission.kind], mission.action_id, parameters),)
