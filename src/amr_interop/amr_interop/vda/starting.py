"""How a new order begins where the robot stands, also between two nodes (VDA 5050 3.0, 6.1.3.1; 2.1, 6.6.3.1).

A first node must be within its deviation of the robot. Near by, the deviation is made wide enough. On the way to the
second node the first one is moved to where the robot stands, so that it drives straight on. Else a node of its own is
put before the order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from amr_core.geometry import wrap_angle
from amr_interop.vda.acceptance import ON_NODE_M
from amr_interop.vda.messages import Factsheet, WireEdge, WireNode, WireState

_WIDE_M: Final = 0.6
"""m: so near to a node a robot that has stopped is taken to stand on it."""
# chosen: a robot's pose jitters by less, else it would refuse by a centimetre; more hides that it is elsewhere
_MARGIN_M: Final = 0.1
# chosen: beside its way by less it drives straight on to the second node; farther off it is on another lane
_ON_LANE_M: Final = 0.5
TURN_RAD: Final = 0.1
"""rad that a heading may be off where something is done: 6 degrees, what a loading place forgives."""
_LEAD_SPEED: Final = 0.3
"""m/s: on a way that no lane has."""


@dataclass(frozen=True)
class Standing:
    """Where a robot stands: m, rad, map frame."""

    x: float
    y: float
    theta: float


def standing_at(state: WireState) -> Standing | None:
    """Return where a robot stands, None while nobody knows."""
    if not state.localized or state.x is None or state.y is None:
        return None
    return Standing(state.x, state.y, state.theta)


def charges(state: WireState, sheet: Factsheet) -> bool:
    """Return whether an order must end the charging first."""
    return state.charging and (sheet.actions is None or "stopCharging" in sheet.actions)


def begin_at(
    at: Standing, name: str, nodes: Sequence[WireNode], edges: Sequence[WireEdge], *, wide: bool
) -> tuple[list[WireNode], list[WireEdge], list[WireNode]]:
    """Return nodes and edges that begin where the robot is, and what goes before them (nothing or one node).

    name: what a node of its own is called; wide: a deviation may be sent.
    """
    first = nodes[0]
    off = math.hypot((first.x or 0.0) - at.x, (first.y or 0.0) - at.y)
    if first.x is None or off <= (first.deviation or ON_NODE_M):
        return list(nodes), list(edges), []
    if wide and off <= _WIDE_M:
        return [replace(first, deviation=round(off + _MARGIN_M, 2)), *nodes[1:]], list(edges), []
    if len(nodes) > 1 and not first.actions and _between(at, first, nodes[1]):
        here = replace(first, node_id=name, x=at.x, y=at.y, theta=None)
        return [here, *nodes[1:]], [replace(edges[0], start=name), *edges[1:]], []
    deviation = None if first.deviation is None else max(first.deviation, ON_NODE_M)
    return list(nodes), list(edges), [WireNode(name, 0, True, at.x, at.y, None, deviation, first.map_id)]


def facing(at: Standing, first: WireNode) -> WireNode:
    """Return a first node that is only left with the heading that the robot has, should it stand another way there."""
    if first.theta is None or abs(wrap_angle(first.theta - at.theta)) <= TURN_RAD:
        return first
    return replace(first, theta=at.theta)


def lead_edge(lead: WireNode, first: WireNode, name: str, *, limited: bool) -> WireEdge:
    """Return the edge from where the robot stands to the first node of the order. limited: a speed may be sent."""
    return WireEdge(name, 1, True, lead.node_id, first.node_id, _LEAD_SPEED if limited else None)


def _between(at: Standing, a: WireNode, b: WireNode) -> bool:
    """Return whether a robot is on the way from a to b."""
    if None in (a.x, a.y, b.x, b.y):
        return False
    dx, dy = (b.x or 0.0) - (a.x or 0.0), (b.y or 0.0) - (a.y or 0.0)
    length = math.hypot(dx, dy)
    if length < _MARGIN_M:
        return False
    along = ((at.x - (a.x or 0.0)) * dx + (at.y - (a.y or 0.0)) * dy) / length
    across = abs((at.x - (a.x or 0.0)) * dy - (at.y - (a.y or 0.0)) * dx) / length
    return 0.0 <= along <= length and across <= _ON_LANE_M
