"""Optional fields of an order that a robot cannot do without: its factsheet says REQUIRED (2.1, 6.15; 3.0, 6.9)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from amr_core.geometry import wrap_angle
from amr_interop.vda.messages import Factsheet, WireEdge, WireNode
from amr_interop.vda.starting import TURN_RAD

_CAN: Final = (
    "nodePosition", "nodePosition.x", "nodePosition.y", "nodePosition.mapId", "nodePosition.theta",
    "nodePosition.allowedDeviationXY", "nodePosition.allowedDeviationTheta", "maxSpeed", "maximumSpeed",
    "edges.orientation", "orientationType", "edges.length", "startNodeId", "endNodeId", "actions", "actionParameters",
    "loadId", "loadType", "stationType", "stationName",
)  # fmt: skip
_TURN: Final = "nodePosition.allowedDeviationTheta"
_ELSEWHERE: Final = (
    "state",
    "connection",
    "visualization",
    "factsheet",
    "instantActions",
    "instantAction",
    "responses",
    "zoneSet",
)


def unmet(sheet: Factsheet) -> list[str]:
    """Return the required fields of orders that are never sent here, by name; 2.0.0 spells one in two ways."""
    elsewhere, can = {topic.lower() for topic in _ELSEWHERE}, tuple(f".{name}".lower() for name in _CAN)
    asked = (name for name in sheet.required if name.split(".")[0].lower() not in elsewhere)
    return sorted(name for name in asked if not f".{name}".lower().endswith(can))


def complete(
    sheet: Factsheet, nodes: Sequence[WireNode], edges: Sequence[WireEdge], heading: float | None = None
) -> tuple[list[WireNode], list[WireEdge]]:
    """Return nodes and edges with what the robot requires of them, where it is not asked for anyway.

    A robot that passes a node looks along the edge that it came by, and may be off by any angle: said where the robot
    knows that, for without it none is allowed (3.0). heading: the robot's own (rad) at the first node of a new order.
    """
    ways = [_heading(a, b, edge) for (a, b), edge in zip(pairwise(nodes), edges, strict=True)]
    done = list(nodes)
    if sheet.needs("nodePosition.theta"):
        first = heading if heading is not None else next(iter(ways), None)
        looks = [first, *ways]
        done = [_turned(n, look, loose=sheet.takes(_TURN)) for n, look in zip(nodes, looks, strict=True)]
    if sheet.needs(_TURN):
        done = [replace(node, turn=_loose(node)) for node in done]
    roads = list(edges)
    if sheet.needs("edges.orientation") or sheet.needs("orientationType"):
        roads = [edge if edge.reverse else replace(edge, angle=0.0) for edge in edges]
    if sheet.needs("edges.length"):
        roads = [replace(road, length=_length(*ends)) for road, ends in zip(roads, pairwise(nodes), strict=True)]
    return done, roads


def _turned(node: WireNode, theta: float | None, *, loose: bool) -> WireNode:
    if node.theta is not None or theta is None:
        return node
    return replace(node, theta=theta, turn=_loose(node) if loose else node.turn)


def _loose(node: WireNode) -> float:
    return TURN_RAD if node.actions else math.pi


def _length(a: WireNode, b: WireNode) -> float | None:
    if None in (a.x, a.y, b.x, b.y):
        return None
    return math.hypot((b.x or 0.0) - (a.x or 0.0), (b.y or 0.0) - (a.y or 0.0))


def _heading(a: WireNode, b: WireNode, edge: WireEdge) -> float | None:
    if None in (a.x, a.y, b.x, b.y):
        return None
    if (a.x, a.y) == (b.x, b.y):  # in a lift: it stands as it came in
        return None
    along = math.atan2((b.y or 0.0) - (a.y or 0.0), (b.x or 0.0) - (a.x or 0.0))
    return wrap_angle(along + math.pi) if edge.reverse else along
