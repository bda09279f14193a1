"""ROS messages of the agent from and to the plain values of its engine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
from geometry_msgs.msg import Point32, Polygon

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray
from amr_core.vda5050 import InTheWay
from amr_navigation.agent import model as m

_TOLD_M, _TOLD_RAD = 0.2, 0.1
"""Standard deviations of a pose that the localisation is told: what a person's click or a ride in a lift may be off."""


def battery_from_msg(message: Any) -> m.Battery:
    """Return the battery state, or raise message.invalid."""
    if not math.isfinite(message.percentage):
        raise AmrError("message.invalid", topic="battery_state", reason="percentage is no number")
    return m.Battery(message.percentage, message.current > 0.0)


def spread(covariance: Sequence[float]) -> float:
    """Return the standard deviation (m) along the less certain direction of a pose's covariance (36 values)."""
    xx, xy, yy = float(covariance[0]), float(covariance[1]), float(covariance[7])
    larger = 0.5 * (xx + yy) + math.hypot(0.5 * (xx - yy), xy)
    return math.sqrt(larger) if larger >= 0.0 else math.nan


def told_covariance() -> FloatArray:
    """Return the covariance (36 values) of a pose that the localisation is told: it looks around that place.

    All zero, AMCL would put every particle on one point, be sure of it for ever, and could correct nothing.
    """
    found = np.zeros(36)
    found[[0, 7, 35]] = _TOLD_M**2, _TOLD_M**2, _TOLD_RAD**2
    return found


def blocked_from_msg(message: Any) -> m.BlockedBy:
    """Return what the navigation waits for, or raise message.invalid."""
    for what in get_args(InTheWay):
        if message.data == what:
            return m.BlockedBy(what)
    raise AmrError("message.invalid", topic="blocked_by", reason=f"{message.data[:32]!r}")


def polygon_to_msg(corners: FloatArray) -> Polygon:
    """Return N x 2 corners (m) as a polygon."""
    return Polygon(points=[Point32(x=x, y=y, z=0.0) for x, y in corners.tolist()])
