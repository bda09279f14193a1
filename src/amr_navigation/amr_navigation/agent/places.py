"""Where a robot is taken to be: the node of one without work, the pose that a person tells."""

from __future__ import annotations

import math
from typing import Final

from amr_core import vda5050 as vda
from amr_core.geometry import Pose2D, distance
from amr_core.roadmap import Roadmap
from amr_navigation.agent.motion import FAR_OFF_M

_MOVED_M: Final = 0.05


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
