"""The fleet's orders as messages of VDA 5050: a new order, or an update that begins with the decision point.

The fleet sends the whole rest of a mission each time; on the wire an update holds the last released node once more,
then what is new. Optional fields go only to robots whose factsheet names them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from amr_core import vda5050 as vda
from amr_interop.vda import encode
from amr_interop.vda.floors import Floors
from amr_interop.vda.messages import Factsheet, WireAction, WireEdge, WireNode
from amr_interop.vda.required import complete
from amr_interop.vda.sent import Sent, SentBook
from amr_interop.vda.starting import Standing, begin_at, facing, lead_edge
from amr_interop.vda.versions import Spelling

_REVERSE: Final = frozenset({"undock", "unpark"})
_DEVIATION: Final = "nodePosition.allowedDeviationXY"
_MUST: Final = frozenset({"stationType", "loadType"})
"""What a pick of 2.x must have (2.1, 6.8.1), said also where the factsheet names no parameters of it."""
FLOOR: Final = "floor"
"""What stationType says when nobody knows more; the word is in the text's examples (2.1, 6.8.1)."""
_HEADER: Final = 300
"""Bytes of a message's header, with the longest names."""
HORIZON: Final = 10
"""So many nodes are announced beyond the base: each state says them all again, and a site's air is narrow."""


class Writer:
    """Writes for one robot: its version, what its factsheet allows, its table of names, the site's maps.

    stations: what stationType says of a station, by its node id; floor for others.
    """

    def __init__(
        self,
        spelling: Spelling,
        sheet: Factsheet,
        book: SentBook,
        floors: Floors,
        stations: Mapping[str, str] | None = None,
    ) -> None:
        self._spelling = spelling
        self._sheet = sheet
        self._book = book
        self._floors = floors
        self._stations = stations or {}
        self._left = 0

    def new(self, order: vda.Order, at: Standing | None = None, *, stop_charging: bool = False) -> Sent:
        """Return a new order. at: where the robot stands; stop_charging: its first node ends the charging."""
        book = self._book
        book.orders += 1
        self._forget(book.sent)
        sent = Sent(order.order_id, self._own(f"{order.order_id}-{book.mark}{book.orders}"), 0)
        sent.offset = order.nodes[0].sequence_id
        for action in (a for n in order.nodes for a in n.actions):
            self._rename(sent, action)
        sent.names.append(f"{order.order_id}-{book.mark}{book.orders}")
        nodes, edges = self._path(sent, order, 0)
        if stop_charging:
            blocked = self._sheet.blocked_as("stopCharging")
            stop = WireAction("stopCharging", self._own(f"{sent.order_id}-stop"), blocked)
            nodes[0] = replace(nodes[0], actions=(stop, *nodes[0].actions))
            sent.names.append(f"{sent.order_id}-stop")
        lead: list[WireNode] = []
        if at is not None:
            here = self._own(f"here-{book.mark}{book.orders}")
            sent.names.append(f"here-{book.mark}{book.orders}")
            if len(nodes) > 1 and not order.nodes[0].actions:
                nodes[0] = facing(at, nodes[0])
            nodes, edges, lead = begin_at(at, here, nodes, edges, wide=self._sheet.takes(_DEVIATION))
        if lead:
            sent.offset -= 2
            nodes = [replace(n, sequence_id=n.sequence_id + 2) for n in nodes]
            edges = [replace(e, sequence_id=e.sequence_id + 2) for e in edges]
        return self._fill(sent, order, 0, nodes, edges, lead, None if at is None else at.theta)

    def _forget(self, old: Sent | None) -> None:
        if old is not None:
            self._book.names.forget(old.names)

    def _rename(self, sent: Sent, action: vda.OrderAction) -> None:
        """The fleet may ask for the same action again in another order; on the wire an actionId never comes twice."""
        sheet, wish = self._sheet, f"{self._book.mark}{self._book.orders}-{action.action_id}"
        self._book.names.wire(action.action_id, sheet.id_length, numeric=sheet.numeric_ids, wish=wish)
        sent.names.append(action.action_id)

    def update(self, sent: Sent, order: vda.Order, left: int = 0) -> Sent | None:
        """Return the next update, None when there is nothing new to say; vda orders that do not go on are not sent.

        left: so many nodes of its base the robot has not reached yet; they count among those that its states hold.
        """
        index = self.continuation(sent, order)
        if index is None or (self._sheet.max_states is not None and left >= self._sheet.max_states):
            return None
        self._left = left
        rest = order.nodes[index:]
        rest = rest[: self._most(rest, len(rest) - 1, 0)]
        released = sum(n.released for n in rest)
        horizon = [self._name(n.node_id) for n in rest if not n.released]
        longer = bool(sent.horizon) and horizon[: len(sent.horizon)] == sent.horizon  # it goes on as it was announced
        if released <= 1 and (longer or horizon == sent.horizon):
            return None
        lists = {"base": list(sent.base), "names": list(sent.names), "way": list(sent.way)}
        new = Sent(**{**vars(sent), "update_id": sent.update_id + 1, "acked": False, **lists})
        for action in (a for n in order.nodes for a in n.actions if a.action_id not in sent.names):
            self._rename(new, action)
        nodes, edges = self._path(new, order, index)
        filled = self._fill(new, order, index, nodes, edges)
        # The decision point goes out again as it was: a changed one would not be accepted.
        filled.content["nodes"][0] = sent.decision
        if "startNodeId" in next(iter(filled.content["edges"]), {}):
            filled.content["edges"][0]["startNodeId"] = sent.decision["nodeId"]
        if released <= 1:
            filled.decision = sent.decision
        return filled

    @staticmethod
    def continuation(sent: Sent, order: vda.Order) -> int | None:
        """Return the index of the decision point in the fleet's order; None when it is not in its base."""
        name, number = sent.base[-1]
        for index, node in enumerate(order.nodes[: order.base_end + 1]):
            if node.sequence_id - sent.offset == number and node.node_id == name:
                return index
        return None

    def _fill(
        self, sent: Sent, order: vda.Order, index: int, nodes: list[WireNode], edges: list[WireEdge],
        lead: Sequence[WireNode] = (), heading: float | None = None,
    ) -> Sent:  # fmt: skip
        if lead:
            limited, name = self._sheet.takes(self._spelling.max_speed), self._own(f"to-{lead[0].node_id}")
            sent.names.append(f"to-{lead[0].node_id}")
            edges = [lead_edge(lead[0], nodes[0], name, limited=limited), *edges]
        most = self._most(nodes, len(edges) - len(lead), len(lead))
        nodes, sent.content = self._fitting(sent, nodes[:most], edges, lead, heading)
        released = sum(n.released for n in nodes)
        ours = order.nodes[index : index + len(nodes)]
        known = {number for _, number in sent.base}
        sent.base += [
            (n.node_id, n.sequence_id - sent.offset)
            for n in ours[:released]
            if n.sequence_id - sent.offset not in known
        ]
        told = {number for number, _, _ in sent.way}
        sent.way += [
            (n.sequence_id, n.x, n.y)
            for n in (*lead, *nodes[:released])
            if n.x is not None and n.y is not None and n.sequence_id not in told
        ]
        sent.horizon = [n.node_id for n in nodes if not n.released]
        sent.fleet_update = order.update_id
        sent.decision = sent.content["nodes"][len(lead) + released - 1]
        sent.actions = [a.action_id for n in order.nodes for a in n.actions]
        loads = [a.parameters.get("load_id", "") for n in order.nodes for a in n.actions]
        sent.load = next(filter(None, loads), sent.load)
        return sent

    def _fitting(
        self, sent: Sent, nodes: list[WireNode], edges: list[WireEdge], lead: Sequence[WireNode], heading: float | None
    ) -> tuple[list[WireNode], dict[str, Any]]:
        """Return so many of the nodes as the robot's longest message holds, two at least, and the message."""
        while True:
            placed = [self._floors.on_wire(n) for n in (*lead, *nodes)]
            whole = complete(self._sheet, placed, edges[: len(placed) - 1], heading)
            content = encode.order(sent.order_id, sent.update_id, *whole, self._spelling)
            if len(nodes) <= 2 or not _too_long(self._sheet, content):
                return nodes, content
            nodes = nodes[:-1]

    def _most(self, nodes: Sequence[WireNode | vda.OrderNode], edges: int, more: int) -> int:
        """Return how many nodes go into a message that holds so many more: limits of the robot, and of the horizon."""
        most = min(self._sheet.max_nodes or len(nodes) + more, (self._sheet.max_edges or edges + more) + 1)
        if self._sheet.max_states is not None:  # the first node of a message is not among its states
            most = min(most, self._sheet.max_states - self._left + 1)
        return min(max(2, most - more), sum(n.released for n in nodes) + HORIZON)

    def _path(self, sent: Sent, order: vda.Order, index: int) -> tuple[list[WireNode], list[WireEdge]]:
        nodes = [self._node(n, sent.offset) for n in order.nodes[index:]]
        edges = [self._edge(e, sent.offset) for e in order.edges[index:]]
        for at, edge in enumerate(order.edges[index:], 1):
            if edge.manoeuvre == "ride":
                nodes[at] = self._riding(sent, nodes[at], order.nodes[index + at])
        return nodes, edges

    def _riding(self, sent: Sent, node: WireNode, ours: vda.OrderNode) -> WireNode:
        """Return the cabin at the end of a ride: there the robot takes the other map (2.1, 6.8.1: "Elevator").

        A robot that does not name that action for orders sees by the mapId of the node that its map is another one.
        """
        kind = self._spelling.reset_pose
        if not self._sheet.does(kind):
            return node
        name = sent.takes_map(node.sequence_id)
        if name not in sent.names:
            sent.names.append(name)
        told = self._sheet.parameters.get(kind)
        place = {"x": str(ours.x), "y": str(ours.y), "theta": str(ours.theta or 0.0), "lastNodeId": node.node_id}
        parameters = {k: v for k, v in self._floors.pose(place).items() if not told or k in told}
        take = WireAction(kind, self._own(name), self._sheet.blocked_as(kind), parameters)
        return replace(node, actions=(take, *node.actions))

    def _node(self, n: vda.OrderNode, offset: int) -> WireNode:
        return WireNode(
            self._name(n.node_id), n.sequence_id - offset, n.released, n.x, n.y, self._theta(n),
            n.deviation if self._sheet.takes(_DEVIATION) else None, "",
            tuple(self._action(a, n.node_id) for a in n.actions),
        )  # fmt: skip

    def _theta(self, n: vda.OrderNode) -> float | None:
        if n.theta is None or not math.isfinite(n.theta):
            return None
        return n.theta if self._sheet.takes("nodePosition.theta", unless_told=bool(n.actions)) else None

    def _edge(self, e: vda.OrderEdge, offset: int) -> WireEdge:
        return WireEdge(
            self._name(e.edge_id), e.sequence_id - offset, e.released, self._name(e.start), self._name(e.end),
            e.max_speed if self._sheet.takes(self._spelling.max_speed) else None,
            e.manoeuvre in _REVERSE and self._sheet.takes("edges.orientation"),
            typed=self._sheet.takes("edges.orientationType"),
        )  # fmt: skip

    def _action(self, a: vda.OrderAction, node_id: str) -> WireAction:
        parameters: dict[str, object] = dict(a.parameters)
        if "load_id" in parameters:
            load, kind = str(parameters.pop("load_id")), str(parameters.pop("load_type", ""))
            parameters["loadId"] = self._book.names.wire(load, self._sheet.load_id_length)
            parameters |= {"stationName": self._name(node_id)}
            if kind:
                parameters["loadType"] = kind
            words = {
                "stationType": self._stations.get(node_id, FLOOR), "loadType": kind or self._sheet.load_type,
            }  # fmt: skip
            # 2.1, 6.8.1: a pick must say both; in 3.0 only where the robot demands them.
            demanded = self._sheet.demanded.get(a.action_type, frozenset())
            parameters |= {k: v for k, v in words.items() if self._spelling.major == 2 or k in demanded}
        told = self._parameters(a.action_type)
        if told is not None:
            parameters = {key: value for key, value in parameters.items() if key in told}
        blocking = a.blocking_type if a.blocking_type != "HARD" else self._sheet.blocked_as(a.action_type)
        return WireAction(a.action_type, self._name(a.action_id), blocking, parameters)

    def _parameters(self, action_type: str) -> frozenset[str] | None:
        """Return the parameters that may be said, None for all: an action that names none in the factsheet has none."""
        sheet = self._sheet
        if sheet.actions is None or action_type in sheet.parameters:
            return sheet.parameters.get(action_type)
        return _MUST if self._spelling.major == 2 and action_type == "pick" else frozenset()

    def _name(self, name: str) -> str:
        return self._book.names.wire(name, self._sheet.id_length, numeric=self._sheet.numeric_ids)

    def _own(self, name: str) -> str:
        """Return a name that only this order has; `Sent.names` takes it out of the table again."""
        return self._name(name)


def beyond(sheet: Factsheet, order: vda.Order, sent: Sent) -> str:
    """Return why a robot cannot take an order or update, by its factsheet; "" when it can.

    What has no end of its own is made shorter before: nodes and edges. What it cannot do stands in the way of new
    orders only.
    """
    types = [] if sent.update_id else [a.action_type for n in order.nodes for a in n.actions]
    if unknown := next((name for name in types if not sheet.does(name)), ""):
        return f"its factsheet does not name {unknown}"
    actions = [node["actions"] for node in sent.content["nodes"]]
    for action in (a for of_node in actions for a in of_node):
        said = {p["key"] for p in action.get("actionParameters", ())}
        if missing := sorted(sheet.demanded.get(action["actionType"], frozenset()) - said):
            return f"its factsheet demands {missing[0]} of {action['actionType']}"
    if sheet.max_actions is not None and max(map(len, actions)) > sheet.max_actions:
        return f"its factsheet allows {sheet.max_actions} actions at a node"
    parameters = max((len(a.get("actionParameters", ())) for of_node in actions for a in of_node), default=0)
    if sheet.max_parameters is not None and parameters > sheet.max_parameters:
        return f"its factsheet allows {sheet.max_parameters} parameters of an action"
    return f"its factsheet allows messages of {sheet.max_message} bytes" if _too_long(sheet, sent.content) else ""


def _too_long(sheet: Factsheet, content: Mapping[str, Any]) -> bool:
    return sheet.max_message is not None and len(json.dumps(content).encode()) + _HEADER > sheet.max_message
