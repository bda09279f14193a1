"""The fleet's orders as messages of VDA 5050: a new order, or an update that begins with the decision point.

The fleet sends the whole rest of a mission each time; on the wire an update holds the last released node once more,
then what is new. Optional fields go only to robots whose factsheet names them.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from amr_core import vda5050 as vda
from amr_interop.vda import encode
from amr_interop.vda.messages import Factsheet, WireAction, WireEdge, WireNode
from amr_interop.vda.sent import Sent, SentBook
from amr_interop.vda.versions import Spelling

_REVERSE: Final = frozenset({"undock", "unpark"})


class Writer:
    """Writes for one robot: its version, what its factsheet allows, its table of names, the site's map id."""

    def __init__(self, spelling: Spelling, sheet: Factsheet, book: SentBook, map_id: str) -> None:
        self._spelling = spelling
        self._sheet = sheet
        self._book = book
        self._map = map_id

    def new(self, order: vda.Order, *, stop_charging: bool) -> Sent:
        """Return a new order. stop_charging: its first node ends the charging."""
        self._book.orders += 1
        offset = order.nodes[0].sequence_id
        order_id = self._name(f"{order.order_id}-{self._book.orders}")
        nodes, edges = self._path(order, 0, offset)
        if stop_charging:
            stop = WireAction("stopCharging", self._name(f"{order_id}-stop"), "HARD")
            nodes[0] = replace(nodes[0], actions=(stop, *nodes[0].actions))
        sent = Sent(order.order_id, order_id, 0, offset=offset)
        return self._fill(sent, order, 0, nodes, edges)

    def update(self, sent: Sent, order: vda.Order) -> Sent | None:
        """Return the next update, None when there is nothing new to say; vda orders that do not go on are not sent."""
        index = self.continuation(sent, order)
        if index is None:
            return None
        nodes, edges = self._path(order, index, sent.offset)
        released = sum(n.released for n in nodes)
        horizon = [n.node_id for n in nodes if not n.released]
        if released <= 1 and horizon == sent.horizon:
            return None
        new = Sent(**{**vars(sent), "update_id": sent.update_id + 1, "acked": False, "base": list(sent.base)})
        filled = self._fill(new, order, index, nodes, edges)
        # The decision point goes out again as it was: a changed one would not be accepted.
        filled.content["nodes"][0] = sent.decision
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

    def _fill(self, sent: Sent, order: vda.Order, index: int, nodes: list[WireNode], edges: list[WireEdge]) -> Sent:
        nodes, edges = self._within_limits(nodes, edges)
        released = sum(n.released for n in nodes)
        ours = order.nodes[index : index + len(nodes)]
        known = {number for _, number in sent.base}
        sent.base += [
            (n.node_id, n.sequence_id - sent.offset)
            for n in ours[:released]
            if n.sequence_id - sent.offset not in known
        ]
        sent.horizon = [n.node_id for n in nodes if not n.released]
        sent.fleet_update = order.update_id
        sent.content = encode.order(sent.order_id, sent.update_id, nodes, edges, self._spelling)
        sent.decision = sent.content["nodes"][released - 1]
        sent.actions = [a.action_id for n in order.nodes for a in n.actions]
        loads = [a.parameters.get("load_id", "") for n in order.nodes for a in n.actions]
        sent.load = next(filter(None, loads), sent.load)
        return sent

    def _within_limits(self, nodes: list[WireNode], edges: list[WireEdge]) -> tuple[list[WireNode], list[WireEdge]]:
        most = min(self._sheet.max_nodes or len(nodes), (self._sheet.max_edges or len(edges)) + 1)
        most = max(2, most)
        return nodes[:most], edges[: most - 1]

    def _path(self, order: vda.Order, index: int, offset: int) -> tuple[list[WireNode], list[WireEdge]]:
        nodes = [self._node(n, offset) for n in order.nodes[index:]]
        edges = [self._edge(e, offset) for e in order.edges[index:]]
        return nodes, edges

    def _node(self, n: vda.OrderNode, offset: int) -> WireNode:
        return WireNode(
            self._name(n.node_id), n.sequence_id - offset, n.released, n.x, n.y, self._theta(n), n.deviation, self._map,
            tuple(self._action(a) for a in n.actions),
        )  # fmt: skip

    def _theta(self, n: vda.OrderNode) -> float | None:
        if n.theta is None or not math.isfinite(n.theta):
            return None
        optional = self._sheet.optional
        told = any(name.endswith("nodePosition.theta") for name in optional)
        return n.theta if told or (not optional and n.actions) else None

    def _edge(self, e: vda.OrderEdge, offset: int) -> WireEdge:
        return WireEdge(
            self._name(e.edge_id), e.sequence_id - offset, e.released, self._name(e.start), self._name(e.end),
            e.max_speed, e.manoeuvre in _REVERSE,
        )  # fmt: skip

    def _action(self, a: vda.OrderAction) -> WireAction:
        parameters: dict[str, object] = dict(a.parameters)
        if "load_id" in parameters:
            load = str(parameters.pop("load_id"))
            parameters["loadId"] = self._book.names.wire(load, self._sheet.load_id_length)
        return WireAction(a.action_type, self._name(a.action_id), a.blocking_type, parameters)

    def _name(self, name: str) -> str:
        return self._book.names.wire(name, self._sheet.id_length, numeric=self._sheet.numeric_ids)
