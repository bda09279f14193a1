"""Batteries: energy by power drawn, charging at a charger, one array entry a robot."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from amr_core.geometry import FloatArray, Pose2D, distance, wrap_angle
from amr_core.robots import STANDING, VOLTAGE, RobotType

CHARGE_DISTANCE = 0.10  # m: contacts meet
CHARGE_ANGLE = math.radians(5.0)  # rad: contacts meet


def stands_at(pose: Pose2D, goal: Pose2D, distance_limit: float, angle_limit: float) -> bool:
    """Return whether pose is goal within a distance (m) and an angle (rad)."""
    return distance(pose, goal) <= distance_limit and abs(wrap_angle(pose.theta - goal.theta)) <= angle_limit


class Batteries:
    """State of charge and current of all robots."""

    def __init__(self, types: Sequence[RobotType], chargers: Sequence[Pose2D], soc: FloatArray) -> None:
        self._capacity = np.array([t.battery_capacity_wh for t in types])
        self._idle = np.array([t.idle_power_w for t in types])
        self._drive = np.array([t.drive_power_w for t in types])
        self._charge = np.array([t.charge_power_w for t in types])
        self._speed = np.array([t.max_speed for t in types])
        self._chargers = list(chargers)
        self._charger_x, self._charger_y, _ = np.array(chargers, dtype=float).reshape(-1, 3).T
        self.soc = np.array(soc, dtype=float)
        self.current = np.zeros(len(types))  # A, positive while charging
        self.charging = np.zeros(len(types), dtype=np.bool_)

    @property
    def empty(self) -> npt.NDArray[np.bool_]:
        """Which robots have no energy left."""
        return self.soc <= 0.0

    def step(self, dt: float, state: FloatArray) -> None:
        """Draw or charge over dt for robot states (R, 5: x, y, theta, v, w)."""
        standing = np.hypot(state[:, 3], state[:, 4]) < STANDING
        away = np.hypot(state[:, :1] - self._charger_x, state[:, 1:2] - self._charger_y)
        near = away.min(axis=1, initial=math.inf) < 2 * CHARGE_DISTANCE  # few robots are worth a closer look
        self.charging[:] = False
        for i in np.flatnonzero(standing & near & (self.soc < 1.0)):
            self.charging[i] = self._at_charger(state[i])
        # turning on the spot costs about half of full speed
        effort = np.minimum(1.0, np.abs(state[:, 3]) / self._speed + 0.5 * np.abs(state[:, 4]))
        power = np.where(self.charging, self._charge, 0.0) - self._idle - self._drive * effort
        self.soc = np.clip(self.soc + power * dt / 3600.0 / self._capacity, 0.0, 1.0)
        self.current = power / VOLTAGE

    def _at_charger(self, state: FloatArray) -> bool:
        pose = Pose2D(float(state[0]), float(state[1]), float(state[2]))
        return any(stands_at(pose, charger, CHARGE_DISTANCE, CHARGE_ANGLE) for charger in self._chargers)
