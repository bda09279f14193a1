"""Which orders a robot takes: the flow charts of VDA 5050 2.1 (figure 8) and 3.0 (figure 8) as one function.

The reading of open points: what the chart of 2.1 leaves unnamed is reported under a name of 3.0, which the codec then
translates. An update with the orderUpdateId that the robot has already is ignored, in 3.0 only if its content is the
same. After a cancelOrder nothing continues the cancelled order.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from amr_interop.vda.messages import WireNode, WireOrder

OrderVerdict = Literal["new", "update", "ignore", "reject"]
ORDER_MODES: Final = frozenset({"AUTOMATIC", "SEMIAUTOMATIC", "INTERVENED"})
MAX_NODES: Final = 2000
"""What a robot of ours takes in one message; its factsheet says so."""
ON_NODE_M: Final = 0.3
"""m: a robot this near to a node stands on it, whatever deviation the order grants."""


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What the robot has when a message comes. decision: (nodeId, sequenceId) of its last released node.

    busy: nodes, edges or actions of the order are left. content: the last accepted message without its header.
    actions: ids of the actions of its base but for the decision point; stranger: the robot still works on something
    that nobody on the wire knows.
    """

    mode: str = "AUTOMATIC"
    order_id: str = ""
    update_id: int = 0
    busy: bool = False
    cancelled: bool = False
    decision: tuple[str, int] = ("", 0)
    last: tuple[str, int] = ("", 0)
    x: float | None = None
    y: float | None = None
    content: Mapping[str, object] | None = None
    maps: Collection[str] = ()
    actions: Collection[str] = ()
    stranger: bool = False


@dataclass(frozen=True)
class Judgement:
    """What is done with a message; error (a word of 3.0) and reason when it is refused."""

    verdict: OrderVerdict
    error: str = ""
    reason: str = ""


def judge(order: WireOrder, at: Holding, *, major: int) -> Judgement:
    """Return what a robot does with an order message. major: the version by whose chart it goes, 2 or 3."""
    malformed = malformation(order)
    if malformed:
        return Judgement("reject", "VALIDATION_FAILURE", malformed)
    if len(order.nodes) > MAX_NODES:
        return Judgement("reject", "INSUFFICIENT_MEMORY", f"{len(order.nodes)} nodes are more than {MAX_NODES}")
    if at.mode not in ORDER_MODES - ({"INTERVENED"} if major == 2 else set()):
        return Judgement("reject", "MOBILE_ROBOT_NOT_AVAILABLE", f"operating mode {at.mode}")
    unknown = sorted({n.map_id for n in order.nodes if n.map_id} - set(at.maps))
    if unknown and at.maps:
        return Judgement("reject", "UNKNOWN_MAP_ID", f"map {unknown[0]!r} is not known")
    if order.order_id != at.order_id:
        return _new(order, at, major)
    return _update(order, at, major)


def _new(order: WireOrder, at: Holding, major: int) -> Judgement:
    first = order.nodes[0]
    if first.sequence_id != 0:
        return Judgement("reject", "VALIDATION_FAILURE", f"a new order begins with {first.sequence_id}, not 0")
    if at.busy or at.stranger:
        return Judgement("reject", "OTHER_ORDER_ACTIVE", f"order {at.order_id} is not finished")
    if major == 3 and order.update_id != 0:
        return Judgement("reject", "VALIDATION_FAILURE", "a new order has orderUpdateId 0 (6.1.2, step 4)")
    if not on_node(first, at.x, at.y, at.last[0]):
        return Judgement("reject", "START_NODE_OUT_OF_RANGE", f"node {first.node_id} is not where the robot stands")
    return Judgement("new")


def _update(order: WireOrder, at: Holding, major: int) -> Judgement:
    if order.update_id < at.update_id:
        return Judgement("reject", "OUTDATED_ORDER_UPDATE", f"{order.update_id} is older than {at.update_id}")
    if order.update_id == at.update_id:
        if major == 3 and at.content is not None and order.content != at.content:
            return Judgement("reject", "SAME_ORDER_UPDATE_ID", "same orderUpdateId, other content")
        return Judgement("ignore")
    if at.cancelled:
        return Judgement("reject", "ORDER_UPDATE_FOLLOWING_CANCEL", f"order {at.order_id} was cancelled")
    first = order.nodes[0]
    wanted = at.decision if at.busy else at.last
    if (first.node_id, first.sequence_id) not in (wanted, at.decision):
        reason = f"it starts at {first.node_id} ({first.sequence_id}), the decision point is {wanted[0]} ({wanted[1]})"
        return Judgement("reject", "VALIDATION_FAILURE" if major == 3 else "OUTDATED_ORDER_UPDATE", reason)
    if again := sorted({a.action_id for n in order.nodes[1:] for a in n.actions} & set(at.actions)):
        return Judgement("reject", "VALIDATION_FAILURE", f"actionId {again[0]!r} is one of the base")
    if major == 3 and _decision(order.content, first=True) != _decision(at.content or {}):
        return Judgement("reject", "VALIDATION_FAILURE", f"the decision point {first.node_id} was changed (6.1.2)")
    return Judgement("update")


def _decision(content: Mapping[str, object], *, first: bool = False) -> object:
    """Return the first or the last released node of a message as it came.

    In 2.x the robot keeps the first version of a decision point (6.6.2), so only 3.0 looks at it.
    """
    nodes = content.get("nodes")
    released = [n for n in nodes if isinstance(n, dict) and n.get("released")] if isinstance(nodes, list) else []
    return None if not released else released[0 if first else -1]


def on_node(node: WireNode, x: float | None, y: float | None, last_node_id: str) -> bool:
    """Return whether a robot at x, y (m) stands on the first node of a new order."""
    if node.x is None or node.y is None or x is None or y is None:
        return bool(last_node_id) and node.node_id == last_node_id
    return math.hypot(node.x - x, node.y - y) <= max(node.spans(x, y), ON_NODE_M)


def malformation(order: WireOrder) -> str:
    """Return what is wrong with an order in itself, "" for nothing."""
    if not order.order_id:
        return "orderId is empty"
    if not order.nodes:
        return "no nodes"
    if len(order.edges) != len(order.nodes) - 1:
        return f"{len(order.nodes)} nodes and {len(order.edges)} edges"
    if not order.nodes[0].released:
        return "the first node is not released"
    first = order.nodes[0].sequence_id
    if first % 2:
        return f"sequenceId {first} of the first node is odd"
    ids: set[str] = set()
    for index, node in enumerate(order.nodes):
        wrong = _wrong_node(order, index, first + 2 * index)
        if wrong:
            return wrong
        for action in (*node.actions, *(order.edges[index].actions if index < len(order.edges) else ())):
            if not action.action_id or action.action_id in ids:
                return f"actionId {action.action_id!r} is empty or comes twice"
            ids.add(action.action_id)
    return ""


def _wrong_node(order: WireOrder, index: int, sequence_id: int) -> str:
    node = order.nodes[index]
    if not node.node_id or node.sequence_id != sequence_id:
        return f"node {node.node_id!r} has sequenceId {node.sequence_id}, not {sequence_id}"
    if index == 0:
        return ""
    edge, before = order.edges[index - 1], order.nodes[index - 1]
    if edge.sequence_id != sequence_id - 1:
        return f"edge {edge.edge_id!r} has sequenceId {edge.sequence_id}, not {sequence_id - 1}"
    if node.released and not before.released:
        return f"the base has a gap before node {node.node_id!r}"
    if edge.released != node.released:
        return f"edge {edge.edge_id!r} and node {node.node_id!r} differ in released"
    if (edge.start or before.node_id, edge.end or node.node_id) != (before.node_id, node.node_id):
        return f"edge {edge.edge_id!r} does not join {before.node_id!r} and {node.node_id!r}"
    return ""
