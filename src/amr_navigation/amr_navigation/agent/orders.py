"""Which orders a robot takes, and how an update continues the order it has."""

from __future__ import annotations

import math
from dataclasses import replace

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.vda5050 import ACTION_TYPES, MANOEUVRES, Order, OrderNode

# chosen: who stopped beside its node is still there; from farther off it would cross others' floor
START_TOLERANCE_M = 0.6
_MAX_NODES = 2000


def reject(order: Order, reason: str) -> AmrError:
    """Return the error for an order that is not taken."""
    return AmrError("agent.order_rejected", order_id=order.order_id, reason=reason)


def check(order: Order, robot: str) -> None:
    """Raise agent.order_rejected unless the order is for this robot and complete in itself."""
    for wrong, reason in (
        (order.robot != robot, f"it is for {order.robot}"),
        (not order.order_id, "it has no order id"),
        (not order.nodes, "it has no nodes"),
        (len(order.nodes) > _MAX_NODES, "it has too many nodes"),
        (len(order.edges) != len(order.nodes) - 1, f"{len(order.nodes)} nodes and {len(order.edges)} edges"),
    ):
        if wrong:
            raise reject(order, reason)
    _check_nodes(order)
    _check_edges(order)


def _check_nodes(order: Order) -> None:
    if not order.nodes[0].released:
        raise reject(order, "the first node is not released")
    first = order.nodes[0].sequence_id
    ids: set[str] = set()
    for i, node in enumerate(order.nodes):
        if first % 2 or node.sequence_id != first + 2 * i:
            raise reject(order, f"sequence id {node.sequence_id} of node {node.node_id}")
        if node.released and not order.nodes[max(0, i - 1)].released:
            raise reject(order, f"the base has a gap before node {node.node_id}")
        if not node.node_id or not all(map(math.isfinite, (node.x, node.y, node.theta or 0.0))):
            raise reject(order, f"pose of node {node.node_id}")
        for action in node.actions:
            if action.action_type not in ACTION_TYPES:
                raise reject(order, f"unknown action {action.action_type}")
            if not action.action_id or action.action_id in ids:
                raise reject(order, f"action id {action.action_id!r}")
            if action.action_type in ("pick", "drop") and not action.parameters.get("load_id"):
                raise reject(order, f"{action.action_type} without load_id")
            ids.add(action.action_id)


def _check_edges(order: Order) -> None:
    for i, edge in enumerate(order.edges):
        start, end = order.nodes[i], order.nodes[i + 1]
        if edge.sequence_id != start.sequence_id + 1:
            raise reject(order, f"sequence id {edge.sequence_id} of edge {edge.edge_id}")
        if (edge.start, edge.end) != (start.node_id, end.node_id):
            raise reject(order, f"edge {edge.edge_id} does not join {start.node_id} and {end.node_id}")
        if edge.released != end.released:
            raise reject(order, f"edge {edge.edge_id} and node {end.node_id} differ in released")
        if edge.manoeuvre not in MANOEUVRES:
            raise reject(order, f"unknown manoeuvre {edge.manoeuvre}")
        if not (math.isfinite(edge.max_speed) and edge.max_speed > 0.0):
            raise reject(order, f"max_speed {edge.max_speed} of edge {edge.edge_id}")


def check_start(order: Order, last_node_id: str, pose: Pose2D | None) -> None:
    """Raise agent.order_rejected unless the order starts where the robot is."""
    first = order.nodes[0]
    near = pose is not None and math.hypot(first.x - pose.x, first.y - pose.y) <= START_TOLERANCE_M
    if not near and first.node_id != last_node_id:
        raise reject(order, f"it starts at {first.node_id}, the robot is at {last_node_id or 'no node'}")


def extend(current: Order, update: Order) -> Order:
    """Return the current order continued by the update, or raise agent.order_rejected.

    The update may start at any released node of the current order; released nodes may not change or go.
    """
    offset = (update.nodes[0].sequence_id - current.nodes[0].sequence_id) // 2
    if not 0 <= offset <= current.base_end:
        raise reject(update, f"the update starts at sequence id {update.nodes[0].sequence_id}, outside the base")
    kept = current.nodes[offset : current.base_end + 1]
    if update.base_end + 1 < len(kept):
        raise reject(update, "the update takes released nodes back")
    for old, new in zip(kept, update.nodes, strict=False):
        if not _same(old, new):
            raise reject(update, f"the update changes the released node {old.node_id}")
    for old_edge, new_edge in zip(current.edges[offset : current.base_end], update.edges, strict=False):
        if (old_edge.edge_id, old_edge.manoeuvre) != (new_edge.edge_id, new_edge.manoeuvre):
            raise reject(update, f"the update changes the released edge {old_edge.edge_id}")
    return replace(update, nodes=current.nodes[:offset] + update.nodes, edges=current.edges[:offset] + update.edges)


def _same(old: OrderNode, new: OrderNode) -> bool:
    return old.node_id == new.node_id and math.hypot(old.x - new.x, old.y - new.y) < 0.05


def hold(order: Order, end: int) -> Order:
    """Return the order as if its base ended at node index end at the latest."""
    nodes = tuple(replace(n, released=n.released and i <= end) for i, n in enumerate(order.nodes))
    edges = tuple(replace(e, released=e.released and i < end) for i, e in enumerate(order.edges))
    return replace(order, nodes=nodes, edges=edges)


def cut(order: Order, end: int) -> Order:
    """Return the order with nothing behind node index end."""
    return replace(order, nodes=order.nodes[: end + 1], edges=order.edges[:end])
