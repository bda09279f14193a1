"""Where a robot is taken to be: the node of one without work, the pose that a person tells."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Final

import numpy as np

from amr_core import vda5050 as vda
from amr_core.geometry import FloatArray, Pose2D, distance, wrap_angle
from amr_core.roadmap import Node, Roadmap
from amr_navigation.agent.motion import FAR_OFF_M, OFF_LANE_M

_MOVED_M: Final = 0.05  # a pose jitters by less, and all lanes need not be measured again for that
_DEEPER_M, _ASIDE_M, _ASIDE_RAD, _POSES_M = 0.3, 0.2, 0.35, 0.1
"""A robot this far behind a dock's end, beside its line and turned from it is in the dock; how far poses are apart."""


def start_node(roadmap: Roadmap, last_node: str, pose: Pose2D) -> str:
    """Return the node where an order of a robot at pose begins: its last one, unless it was moved away from that."""
    last = roadmap.nodes.get(last_node)
    # From farther off it would not set out: see `motion`.
    near = last is not None and math.hypot(last.x - pose.x, last.y - pose.y) <= FAR_OFF_M
    return last_node if near else roadmap.order_start(pose).id


class Lanes:
    """How far a robot is from the lanes on which orders lead; one that does not move is looked for once."""

    def __init__(self, roadmap: Roadmap) -> None:
        ways = ((roadmap.nodes[e.start], roadmap.nodes[e.end]) for e in roadmap.edges.values() if e.manoeuvre != "ride")
        self._ways = [((a.x, a.y), (b.x, b.y)) for a, b in ways]
        self._at: Pose2D | None = None
        self._off = 0.0

    def off(self, pose: Pose2D) -> float:
        """Return m from the nearest lane, 0 on a site without any."""
        if self._at is None or distance(self._at, pose) > _MOVED_M:
            self._at = pose
            self._off = min((_gap((pose.x, pose.y), a, b) for a, b in self._ways), default=0.0)
        return self._off


class Spurs:
    """The ways out of docks, by the node of the lane where they end."""

    def __init__(self, roadmap: Roadmap) -> None:
        self._ways = defaultdict[str, list[tuple[Node, Node, float]]](list)
        for edge in roadmap.edges.values():
            if edge.manoeuvre == "undock":
                self._ways[edge.end].append((roadmap.nodes[edge.start], roadmap.nodes[edge.end], edge.max_speed))

    def way_out(self, lane: str, pose: Pose2D) -> tuple[FloatArray, float] | None:
        """Return the way backwards to a lane's node (N x 3, map frame) and its speed (m/s), None outside its docks."""
        for dock, node, speed in self._ways[lane]:
            heading = math.atan2(dock.y - node.y, dock.x - node.x)
            x, y = pose.x - node.x, pose.y - node.y
            along = x * math.cos(heading) + y * math.sin(heading)
            aside = y * math.cos(heading) - x * math.sin(heading)
            within = OFF_LANE_M < along < math.hypot(dock.x - node.x, dock.y - node.y) + _DEEPER_M
            if within and abs(aside) <= _ASIDE_M and abs(wrap_angle(pose.theta - heading)) <= _ASIDE_RAD:
                share = np.linspace(0.0, 1.0, 2 + int(along / _POSES_M))
                line = (pose.x - x * share, pose.y - y * share, np.full(len(share), heading))
                return np.column_stack(line), speed
        return None


def _gap(p: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    along, length = (b[0] - a[0], b[1] - a[1]), math.dist(a, b)
    share = 0.0 if length == 0.0 else ((p[0] - a[0]) * along[0] + (p[1] - a[1]) * along[1]) / length**2
    share = min(max(share, 0.0), 1.0)
    return math.dist(p, (a[0] + share * along[0], a[1] + share * along[1]))


def told_pose(action: vda.InstantAction) -> Pose2D | None:
    """Return the pose in an initPosition (x, y in m, theta in rad), None when it is not three finite numbers."""
    try:
        values = [float(action.parameters[name]) for name in ("x", "y", "theta")]
    except (KeyError, ValueError):
        return None
    return Pose2D(*values) if all(map(math.isfinite, values)) else None
