"""Speed profiles under acceleration limits."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from amr_core.geometry import Twist2D
from amr_core.robots import RobotType


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Speed (m/s), turn rate (rad/s) and their accelerations of a robot, and the latency (s) of its base."""

    speed: float
    turn_rate: float
    acceleration: float
    deceleration: float
    turn_acceleration: float
    latency: float = 0.1

    def towards(self, last: Twist2D, wanted: Twist2D, dt: float) -> Twist2D:
        """Return the twist closest to wanted that can be reached from last within dt (s)."""
        braking = abs(wanted.v) < abs(last.v) or wanted.v * last.v < 0.0
        step = (self.deceleration if braking else self.acceleration) * dt
        turn = self.turn_acceleration * dt
        v = min(max(wanted.v, last.v - step), last.v + step)
        w = min(max(wanted.w, last.w - turn), last.w + turn)
        return Twist2D(v, min(max(w, -self.turn_rate), self.turn_rate))

    def capped(self, speed: float) -> Limits:
        """Return the same limits with at most this speed (m/s)."""
        return replace(self, speed=min(self.speed, speed))

    def approach(self, way: float, share: float = 0.8) -> float:
        """Return the speed (m/s) from which the robot stops within way (m), using a share of its deceleration."""
        return stopping_speed(way, share * self.deceleration, self.latency)

    def turning(self, angle: float) -> float:
        """Return the signed turn rate (rad/s) that ends after angle (rad)."""
        rate = stopping_speed(abs(angle), 0.7 * self.turn_acceleration, self.latency)
        return math.copysign(min(rate, self.turn_rate), angle)


def limits_of(robot: RobotType) -> Limits:
    """Return the limits of a robot type."""
    return Limits(
        speed=robot.max_speed,
        turn_rate=robot.max_turn_rate,
        acceleration=robot.acceleration,
        deceleration=robot.deceleration,
        turn_acceleration=robot.turn_acceleration,
    )


def stopping_speed(way: float, deceleration: float, latency: float) -> float:
    """Return v with v * latency + v^2 / (2 * deceleration) = way; 0 when way <= 0."""
    if way <= 0.0:
        return 0.0
    lag = deceleration * latency
    return math.sqrt(lag * lag + 2.0 * deceleration * way) - lag
