"""Rides of our robot in a lift, in orders of others: an edge from one map to another joins two cabins of one lift.

The master sees to the lift; that it released the ride says that the cabin is there (2.1, 6.6.6: the robot disappears
from the map of the departure floor and spawns in the related lift node on the map of the target floor). Its
initPosition at that node, if there is one, must say just that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from amr_core.numbers import is_number
from amr_core.roadmap import Edge, Node, Roadmap
from amr_interop.vda.floors import Floors
from amr_interop.vda.ids import plain
from amr_interop.vda.messages import WireAction, WireEdge, WireNode, WireOrder

RESET_POSE: Final = frozenset({"initPosition", "initializePosition"})
"""At a cabin it is part of the ride: done when its node is reached."""
# chosen: layouts of others are some dm off ours; farther off a robot would stand in the cabin's wall
_CABIN_M: Final = 0.5


@dataclass(frozen=True)
class Refusal:
    """Why an order cannot be carried out by this robot: a word of 3.0, the fields, a reason."""

    error: str
    reason: str
    fields: tuple[tuple[str, str], ...] = ()


class Rides:
    """The lifts of a site, for one robot."""

    def __init__(self, roadmap: Roadmap | None, floors: Floors) -> None:
        self._floors = floors
        self._nodes = {} if roadmap is None else dict(roadmap.nodes)
        edges = () if roadmap is None else roadmap.edges.values()
        self._rides = [edge for edge in edges if edge.manoeuvre == "ride"]

    def __bool__(self) -> bool:
        """Return whether there is a lift."""
        return bool(self._rides)

    def of(self, start: WireNode, end: WireNode) -> Edge | None:
        """Return the ride between two nodes (sheet): by the names of the cabins, or by where they are."""
        return next((r for r in self._rides if self._is(r.start, start) and self._is(r.end, end)), None)

    def cabin(self, node: WireNode) -> Node | None:
        """Return the cabin that a node is."""
        return next((self._nodes[r.end] for r in self._rides if self._is(r.end, node)), None)

    def _is(self, cabin: str, node: WireNode) -> bool:
        known = self._nodes[cabin]
        if node.x is None or node.y is None:
            return plain(node.node_id) == cabin
        return math.hypot(node.x - known.x, node.y - known.y) <= _CABIN_M

    def refusal(self, order: WireOrder) -> Refusal | None:
        """Return what of an order's maps cannot be (sheet), None when all is well."""
        return next(self._wrong(order) if self._floors.several else self._outside(order), None)

    def _outside(self, order: WireOrder) -> Iterator[Refusal]:
        """Yield nodes that no robot of a site with one map can reach (3.0, 6.1.4.8)."""
        (floor,) = self._floors.floors
        for node in order.nodes:
            if node.x is not None and node.y is not None and floor.off(node.x, node.y) > 0.0:
                reason = f"node {node.node_id} lies outside of map {floor.map_id}"
                yield Refusal("NO_ROUTE_TO_TARGET", reason, (("nodeId", node.node_id),))

    def _wrong(self, order: WireOrder) -> Iterator[Refusal]:
        for node in order.nodes:
            if reason := self._misplaced(node):
                yield Refusal("NO_ROUTE_TO_TARGET", reason, (("nodeId", node.node_id),))
        for edge, start, end in zip(order.edges, order.nodes[:-1], order.nodes[1:], strict=True):
            if reason := self._no_ride(edge, start, end):
                yield Refusal("NO_ROUTE_TO_TARGET", reason, (("edgeId", edge.edge_id),))
        for node in order.nodes:
            for action in node.actions:
                if action.action_type in RESET_POSE and (reason := self.misled(node, action)):
                    fields = (("actionId", action.action_id), ("actionType", action.action_type))
                    yield Refusal("INVALID_ORDER_ACTION", reason, fields)

    def _misplaced(self, node: WireNode) -> str:
        """Return why a node is not where it says: on the sheet another level begins beside each map."""
        if node.x is None or node.y is None:
            return ""
        floor = self._floors.named(node.map_id)
        if floor is None:
            return f"map {node.map_id!r} is not known"
        if floor.off(node.x, node.y) > 0.0:
            return f"node {node.node_id} lies outside of map {floor.map_id}"
        known = self._nodes.get(plain(node.node_id))
        there = floor if known is None else self._floors.at(known.x, known.y)
        return "" if there is floor else f"node {node.node_id} is on map {there.map_id}, not on {floor.map_id}"

    def _no_ride(self, edge: WireEdge, start: WireNode, end: WireNode) -> str:
        a, b = (self._map(node) for node in (start, end))
        if a == b or self.of(start, end) is not None:
            return ""
        return f"edge {edge.edge_id} leads from map {a} to {b}, and there is no lift"

    def _map(self, node: WireNode) -> str:
        known = self._nodes.get(plain(node.node_id))
        x = node.x if node.x is not None or known is None else known.x
        y = node.y if node.y is not None or known is None else known.y
        return self._floors.at(x or 0.0, y or 0.0).map_id

    def misled(self, node: WireNode, action: WireAction) -> str:
        """Return why an initPosition at a node is none that ends a ride there, "" when it is one."""
        cabin, told = self.cabin(node), action.parameters
        if cabin is None:
            return f"{action.action_type} at a node ends the ride in a lift, and {node.node_id} is no cabin"
        floor = self._floors.at(cabin.x, cabin.y)
        x, y = told.get("x"), told.get("y")
        if not (is_number(x) and is_number(y)) or action.text("mapId") != floor.map_id:
            return f"{action.action_type} must name map {floor.map_id} and the place of {node.node_id} on it"
        if math.dist(floor.sheet(float(x), float(y)), (cabin.x, cabin.y)) > _CABIN_M:
            return f"{action.action_type} names another place than {node.node_id}"
        return ""
