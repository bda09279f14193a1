"""Where the floor is slippery: how hard wheels can push a robot there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from amr_core.geometry import FloatArray
from amr_core.robots import GRAVITY
from amr_core.site import Condition

TURN_GRIP: Final = 2.0
"""1/m: how much friction turns a robot, by its half track (0.35 m) over its radius of gyration squared (0.17 m^2)."""


class WetFloor:
    """The wet rectangles of a site. Elsewhere wheels grip: robots brake with a tenth of what dry concrete gives."""

    def __init__(self, conditions: Sequence[Condition] = ()) -> None:
        wet = [c for c in conditions if c.kind == "wet"]
        rows = [(c.x - c.size_x / 2, c.x + c.size_x / 2, c.y - c.size_y / 2, c.y + c.size_y / 2) for c in wet]
        self._west, self._east, self._south, self._north = np.array(rows, dtype=float).reshape(-1, 4).T[:, :, None]
        self._friction = np.array([c.friction for c in wet], dtype=float)[:, None]

    def grip(self, state: FloatArray) -> FloatArray:
        """Return the largest acceleration (R, 2: m/s^2, rad/s^2) at state (R, >= 2: x, y, m); inf where it is dry."""
        x, y = state[:, 0], state[:, 1]
        inside = (self._west <= x) & (x <= self._east) & (self._south <= y) & (y <= self._north)
        push = GRAVITY * np.where(inside, self._friction, math.inf).min(axis=0, initial=math.inf)
        return np.column_stack((push, TURN_GRIP * push))
