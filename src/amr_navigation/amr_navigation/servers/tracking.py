"""Follows a robot along a route: which node it left last, which it comes to next, what happens on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass

from amr_navigation.servers.route_graph import GraphEdge, GraphRoute

RADIUS, BOUNDARY_RADIUS = 2.0, 0.5  # m from a node (Nav2's own default) and from the last one, where a robot stops


@dataclass(frozen=True)
class TrackingEvent:
    """What the tracker tells when something has changed. speed_limit (percent) when an operation sets one."""

    last_node: int
    next_node: int
    edge: int
    operations: tuple[str, ...]
    speed_limit: float | None
    done: bool


class RouteTracker:
    """Tracks progress over a route as nav2_route does: a node is achieved within a radius and past its bisector."""

    def __init__(self, route: GraphRoute) -> None:
        self.route = route
        self._next = 1 if len(route.nodes) > 1 else 0
        self._told = False

    @property
    def next_node(self) -> int:
        """Id of the node the robot is on its way to."""
        return self.route.nodes[self._next].id

    def update(self, x: float, y: float) -> TrackingEvent | None:
        """Take in the robot's position (m, map frame); return what has changed, None when nothing has."""
        if not self._told:
            self._told = True
            return self._event(self.route.edges[:1], done=self._arrived(x, y))
        if self._next == len(self.route.nodes) - 1 or self._next == 0:
            return self._event((), done=True) if self._arrived(x, y) else None
        if not self._achieved(x, y):
            return None
        self._next += 1
        return self._event(self.route.edges[self._next - 1 : self._next], done=False)

    def _arrived(self, x: float, y: float) -> bool:
        last = self.route.nodes[-1]
        at_end = self._next in (0, len(self.route.nodes) - 1)
        return at_end and math.hypot(x - last.x, y - last.y) < BOUNDARY_RADIUS

    def _achieved(self, x: float, y: float) -> bool:
        """Return whether the robot is near the next node and beyond the line that halves the corner there."""
        a, b, c = self.route.nodes[self._next - 1 : self._next + 2]
        if math.hypot(x - b.x, y - b.y) > RADIUS:
            return False
        ux, uy = _unit(b.x - a.x, b.y - a.y)
        vx, vy = _unit(c.x - b.x, c.y - b.y)
        return (x - b.x) * (ux + vx) + (y - b.y) * (uy + vy) >= 0.0

    def _event(self, entered: tuple[GraphEdge, ...], *, done: bool) -> TrackingEvent:
        nodes = self.route.nodes
        edge = self.route.edges[self._next - 1].id if self.route.edges else 0
        names, limit = operations_on_entry(entered[0]) if entered else ((), None)
        return TrackingEvent(nodes[max(self._next - 1, 0)].id, nodes[self._next].id, edge, names, limit, done)


def operations_on_entry(edge: GraphEdge) -> tuple[tuple[str, ...], float | None]:
    """Return the names of the operations that entering an edge triggers, and the speed limit (percent) they set."""
    names = tuple(
        str(operation.get("type", name))
        for name, operation in edge.operations.items()
        if isinstance(operation, dict) and operation.get("trigger") == "ON_ENTER"
    )
    limit = edge.metadata.get("speed_limit")
    speed = float(limit) if "AdjustSpeedLimit" in names and isinstance(limit, int | float) else None
    return names, speed


def _unit(x: float, y: float) -> tuple[float, float]:
    length = math.hypot(x, y) or 1.0
    return x / length, y / length
