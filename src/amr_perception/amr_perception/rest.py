"""Whether a robot stood still or has moved between two pictures: one that rests sees the same, but for noise."""

from __future__ import annotations

from amr_core.geometry import Pose2D, distance, wrap_angle

STANDS = Pose2D(0.0, 0.0, 0.0)
"""Where a camera is that never moves."""
MOVED_M, MOVED_RAD = 0.1, 0.05
"""What a robot cannot move without seeing another picture."""
_AT_REST = 0.002  # m and rad


def at_rest(before: Pose2D | None, after: Pose2D | None) -> bool:
    """Return whether a robot that was before at one pose stood still; False when nobody knows."""
    if before is None or after is None:
        return False
    moved, turned = _apart(before, after)
    return moved < _AT_REST and turned < _AT_REST


def has_moved(before: Pose2D | None, after: Pose2D | None, metres: float = MOVED_M, angle: float = MOVED_RAD) -> bool:
    """Return whether a robot went farther than metres or turned by more than angle (rad); False when nobody knows."""
    if before is None or after is None:
        return False
    moved, turned = _apart(before, after)
    return moved > metres or turned > angle


def _apart(a: Pose2D, b: Pose2D) -> tuple[float, float]:
    return distance(a, b), abs(wrap_angle(b.theta - a.theta))
