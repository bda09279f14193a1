"""Where a robot is taken to be: the node of one without work, the pose that a person tells."""

from __future__ import annotations

import math

from amr_core import vda5050 as vda
from amr_core.geometry import Pose2D
from amr_core.roadmap import Roadmap
from amr_navigation.agent.motion import FAR_OFF_M


def start_node(roadmap: Roadmap, last_node: str, pose: Pose2D) -> str:
    """Return the node where an order of a robot at pose begins: its last one, unless it was moved away from that."""
    last = roadmap.nodes.get(last_node)
    # From farther off it would not set out: see `motion`.
    near = last is not None and math.hypot(last.x - pose.x, last.y - pose.y) <= FAR_OFF_M
    return last_node if near else roadmap.order_start(pose).id


def told_pose(action: vda.InstantAction) -> Pose2D | None:
    """Return the pose in an initPosition (x, y in m, theta in rad), None when it is not three finite numbers."""
    try:
        values = [float(action.parameters[name]) for name in ("x", "y", "theta")]
    except (KeyError, ValueError):
        return None
    return Pose2D(*values) if all(map(math.isfinite, values)) else None
