"""Paths that benches and trials drive."""

from __future__ import annotations

import math

import numpy as np

from amr_core.geometry import FloatArray


def straight(x0: float, y0: float, x1: float, y1: float) -> FloatArray:
    """Return path poses (N x 3: x, y in m, heading in rad; map frame) every 0.1 m along a straight line."""
    count = max(1, round(math.hypot(x1 - x0, y1 - y0) / 0.1))
    u = np.linspace(0.0, 1.0, count + 1)
    heading = math.atan2(y1 - y0, x1 - x0)
    return np.column_stack((x0 + u * (x1 - x0), y0 + u * (y1 - y0), np.full(count + 1, heading)))
