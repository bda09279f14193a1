"""Where a robot is taken to be: the node of one without work, the pose that a person tells."""

from __future__ import annotations

import math

from amr_core import vda5050 as vda
from amr_core.geometry import Pose2D
from amr_core.roadmap import Node, Roadmap
from amr_navigation.agent.motion import FAR_OFF_M


def start_node(roadmap: Roadmap, last_node: str, pose: Pose2D) -> str:
    """Return the node where an order of a robot at pose begins: its last one, unless it was moved away from that."""
    start, last = roadmap.order_start(pose), roadmap.nodes.get(last_node)
    kept = last is not None and _off(last, pose) <= _off(start, pose) + FAR_OFF_M
    return last_node if kept else start.id


def told_pose(action: vda.InstantAction) -> Pose2D | None:
    """Return the pose in an initPosition (x, y in m, theta in rad), None when it is not three finite numbers."""
    try:
        values = [float(action.parameters[name]) for name in ("x", "y", "theta")]
    except (KeyError, ValueError):
        return None
    return Pose2D(*values) if all(map(math.isfinite, values)) else None


def _off(node: Node, pose: Pose2D) -> float:
    return math.hypot(node.x - pose.x, node.y - pose.y)
