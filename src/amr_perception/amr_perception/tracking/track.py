"""One tracked thing: constant-velocity Kalman filter and class."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

TrackedKind = Literal["person", "vehicle", "clutter"]

VEHICLE_SIZE_M = 0.8  # chosen: a person with arms out is narrower in a lidar's plane, a forklift or cart wider
_ACCELERATION_PSD = 2.0  # people turn on the spot: with less, tracks run on past them and change owners
_POSITION_SIGMA_M = 0.08  # chosen: the middle of two striding legs swings by so much; less follows each leg
_START_SPEED_SIGMA = 1.0  # m/s, either way: a new thing may stand or walk
_MAX_SPEED = 3.0  # m/s; chosen: people and forklifts in a hall are slower, what is faster is a wrong match
_SIZE_GAIN = 0.3  # share of a new size taken over: one scan shows only a part of a thing
# A person shows two legs, or moves; what does neither is clutter, however thin it is.
_LEG_SCANS = 3
_WALKED_M, _WALKING = 0.3, 0.3  # m, m/s; chosen: more than the noise of a thing that stands
_STEPS = 2


class Detection(NamedTuple):
    """A group of points: centre (m, map frame), size of its box (m), number of points, whether it shows two legs."""

    x: float
    y: float
    size: float
    points: int
    legs: bool = False


@dataclass
class Track:
    """State of one thing; both axes share one covariance (pp, pv, vv)."""

    id: int
    x: float
    y: float
    size: float
    vx: float = 0.0
    vy: float = 0.0
    hits: int = 1
    missed_s: float = 0.0
    age_s: float = 0.0
    pp: float = field(default=_POSITION_SIGMA_M**2)
    pv: float = 0.0
    vv: float = field(default=_START_SPEED_SIGMA**2)
    robot: bool = False
    home: tuple[float, float] = (math.nan, math.nan)
    leg_scans: int = 0
    steps: int = 0

    def __post_init__(self) -> None:
        """Remember where it was seen first."""
        self.home = (self.x, self.y)

    @property
    def radius(self) -> float:
        """Radius of a disc (m) about the thing."""
        return max(0.25, self.size / 2.0)

    @property
    def kind(self) -> TrackedKind:
        """Class by size; known robots are vehicles however little of them is seen.

        Whoever was a person once stays one, also while standing still.
        """
        if self.robot or self.size >= VEHICLE_SIZE_M:
            return "vehicle"
        return "person" if self.leg_scans >= _LEG_SCANS or self.steps >= _STEPS else "clutter"

    @property
    def confirmed(self) -> bool:
        """True once three scans have shown it."""
        return self.hits >= 3

    @property
    def confidence(self) -> float:
        """0..1: grows with hits, falls while it is not seen."""
        return min(1.0, self.hits / 5.0) * max(0.0, 1.0 - self.missed_s)

    def predict(self, dt: float) -> None:
        """Move the track dt seconds on."""
        q = _ACCELERATION_PSD
        self.x += self.vx * dt
        self.y += self.vy * dt
        self.pp += 2.0 * dt * self.pv + dt * dt * self.vv + q * dt**3 / 3.0
        self.pv += dt * self.vv + q * dt**2 / 2.0
        self.vv += q * dt
        self.age_s += dt
        self.missed_s += dt

    def correct(self, seen: Detection) -> None:
        """Take a detection in."""
        s = self.pp + _POSITION_SIGMA_M**2
        kp, kv = self.pp / s, self.pv / s
        dx, dy = seen.x - self.x, seen.y - self.y
        self.x, self.y = self.x + kp * dx, self.y + kp * dy
        self.vx, self.vy = self.vx + kv * dx, self.vy + kv * dy
        self.vv -= kv * self.pv
        self.pv *= 1.0 - kp
        self.pp *= 1.0 - kp
        speed = math.hypot(self.vx, self.vy)
        if speed > _MAX_SPEED:
            self.vx, self.vy = self.vx * _MAX_SPEED / speed, self.vy * _MAX_SPEED / speed
        gain = 1.0 if seen.size > self.size and self.hits < 3 else _SIZE_GAIN
        self.size += gain * (seen.size - self.size)
        self.hits += 1
        self.missed_s = 0.0
        self.leg_scans += seen.legs
        away = math.hypot(self.x - self.home[0], self.y - self.home[1])
        self.steps += away > _WALKED_M and speed > _WALKING
