"""Differential-drive bases: limits, emergency stop and drifting wheel odometry, all robots in arrays.

State columns (R, 5): x, y, theta (map frame), v (m/s), w (rad/s). Odometry columns (R, 5): x, y, theta (odom frame,
identity at the start), v, w as the wheels measure them. Wheels follow the commands; on a wet floor the robot
follows its wheels only as hard as they grip.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_core.geometry import FloatArray, Pose2D, wrap_angle
from amr_core.robots import RobotType
from amr_sim.kernel import kernel
from amr_sim.wet_floor import WetFloor

SUBSTEP = 0.0125  # s: a step is cut into such pieces
CMD_TIMEOUT = 0.5  # s without a command until the base stops

# Wheel odometry, 1 sigma: systematic part drawn once a robot, random part grows with the root of the way.
SCALE_SIGMA = 0.007
TURN_SCALE_SIGMA = 0.007  # share of a turn that the odometry is off
VEER_SIGMA = 0.004  # rad per metre driven straight
WAY_NOISE = 0.004  # m per root metre
YAW_NOISE_PER_METRE = 0.004  # rad per root metre
YAW_NOISE_PER_TURN = 0.008  # rad per root radian


@dataclass(frozen=True)
class DriveLimits:
    """Limits of each robot, (R,) each: speeds, accelerations, in m and rad."""

    speed: FloatArray
    turn_rate: FloatArray
    acceleration: FloatArray
    deceleration: FloatArray
    turn_acceleration: FloatArray

    @classmethod
    def of(cls, types: Sequence[RobotType]) -> DriveLimits:
        """Collect the limits of the robots' types."""
        rows = [(t.max_speed, t.max_turn_rate, t.acceleration, t.deceleration, t.turn_acceleration) for t in types]
        return cls(*np.array(rows, dtype=float).reshape(-1, 5).T.copy())


class Bases:
    """The drives of all robots. command() stores a velocity, step() moves."""

    def __init__(
        self, types: Sequence[RobotType], poses: Sequence[Pose2D], seed: int, floor: WetFloor | None = None
    ) -> None:
        count = len(types)
        self._floor = floor or WetFloor()
        self._slide = np.zeros((count, 2))  # how much faster the wheels turn than the robot moves, m/s and rad/s
        self.limits = DriveLimits.of(types)
        self.state = np.zeros((count, 5))
        self.state[:, :3] = np.array(poses, dtype=float).reshape(-1, 3)
        self.odometry = np.zeros((count, 5))
        self.distance = np.zeros(count)
        self.slip = np.zeros(count)  # share of what the wheels turn that does not reach the floor: a fault
        self._target = np.zeros((count, 2))
        self._command_time = np.full(count, -math.inf)
        self._rngs = [np.random.default_rng((seed, 1, i)) for i in range(count)]
        sigmas = (SCALE_SIGMA, TURN_SCALE_SIGMA, VEER_SIGMA)
        # the systematic errors of a wheel pair stay within two sigma: worse ones are calibrated away
        self._bias = np.array([np.clip(rng.normal(size=3), -2, 2) * sigmas for rng in self._rngs]).reshape(-1, 3)

    def command(self, robot: int, v: float, w: float, now: float) -> None:
        """Store the velocity that a robot shall drive from now on; non-finite values stop it."""
        ok = math.isfinite(v) and math.isfinite(w)
        self._target[robot] = (v, w) if ok else (0.0, 0.0)
        self._command_time[robot] = now

    def step(self, now: float, dt: float, held: npt.NDArray[np.bool_]) -> None:
        """Move all robots over dt from time now; held (R,) marks the robots whose drive is blocked: they brake."""
        silent = now - self._command_time > CMD_TIMEOUT
        target = np.where((silent | held)[:, None], 0.0, self._target)
        substeps = max(1, math.ceil(dt / SUBSTEP - 1e-9))
        noise = np.array([rng.normal(size=2) for rng in self._rngs]).reshape(-1, 2)
        target = target * (1.0 - self.slip)[:, None]
        before = self.state[:, :3].copy()
        limits = self.limits
        travelled, slid = integrate(
            self.state,
            self._slide,
            target,
            self._floor.grip(self.state),
            limits.speed,
            limits.turn_rate,
            limits.acceleration,
            limits.deceleration,
            limits.turn_acceleration,
            dt / substeps,
            substeps,
        )
        self.distance += np.abs(travelled)
        self._drift(travelled + slid[:, 0], self.state[:, 2] - before[:, 2] + slid[:, 1], dt, noise)

    def _drift(self, way: FloatArray, turn: FloatArray, dt: float, noise: FloatArray) -> None:
        scale, turn_scale, veer = self._bias.T
        way, turn = way / (1.0 - self.slip), turn / (1.0 - self.slip)
        measured_way = way * (1.0 + scale) + noise[:, 0] * WAY_NOISE * np.sqrt(np.abs(way))
        yaw_sigma = np.sqrt(YAW_NOISE_PER_METRE**2 * np.abs(way) + YAW_NOISE_PER_TURN**2 * np.abs(turn))
        measured_turn = turn * (1.0 + turn_scale) + veer * way + noise[:, 1] * yaw_sigma
        odometry = self.odometry
        heading = odometry[:, 2] + measured_turn / 2
        odometry[:, 0] += measured_way * np.cos(heading)
        odometry[:, 1] += measured_way * np.sin(heading)
        odometry[:, 2] += measured_turn
        odometry[:, 3] = measured_way / dt
        odometry[:, 4] = measured_turn / dt

    def pose(self, robot: int) -> Pose2D:
        """Return the true pose of a robot in the map frame."""
        x, y, theta = self.state[robot, :3].tolist()
        return Pose2D(x, y, wrap_angle(theta))

    def poses(self) -> list[Pose2D]:
        """Return the true poses of all robots in the map frame."""
        return [Pose2D(x, y, wrap_angle(theta)) for x, y, theta in self.state[:, :3].tolist()]

    def put(self, robot: int, pose: Pose2D) -> None:
        """Set a robot down at a pose, standing; its odometry does not notice."""
        self.state[robot] = (*pose, 0.0, 0.0)
        self._target[robot] = self._slide[robot] = 0.0

    def stall(self, robot: int, pose: FloatArray) -> None:
        """Set a robot back to a pose (x, y, theta) with its wheels blocked."""
        self.state[robot, :3] = pose
        self.state[robot, 3:] = self._slide[robot] = 0.0


@kernel
def approach(value: float, target: float, up: float, down: float) -> float:
    """Return the speed after a step towards target: at most up faster or, braking in either sense, down slower."""
    braking = abs(target) < abs(value) or target * value < 0.0
    limit = down if braking else up
    if target * value < 0.0:
        target = 0.0
    return value + min(limit, max(-limit, target - value))


@kernel
def pushed(value: float, wheels: float, most: float) -> float:
    """Return the speed after a step in which the wheels change it by most at the most."""
    if abs(wheels - value) <= most:
        return wheels
    return value + (most if wheels > value else -most)


@kernel
def integrate(
    state: FloatArray,
    slide: FloatArray,
    target: FloatArray,
    grip: FloatArray,
    speed: FloatArray,
    turn_rate: FloatArray,
    acceleration: FloatArray,
    deceleration: FloatArray,
    turn_acceleration: FloatArray,
    dt: float,
    substeps: int,
) -> tuple[FloatArray, FloatArray]:
    """Advance state (R, 5) and slide (R, 2) in place by substeps of dt towards target (R, 2).

    grip (R, 2): the largest acceleration that the floor lets pass. Return the signed way (R,) in metres, and what the
    wheels turned beyond it (R, 2; m, rad).
    """
    way, slid = np.zeros(len(state)), np.zeros((len(state), 2))
    for i in range(len(state)):
        x, y, theta, v, w = state[i]
        v_wheels, w_wheels = v + slide[i, 0], w + slide[i, 1]
        v_target = min(speed[i], max(-speed[i], target[i, 0]))
        w_target = min(turn_rate[i], max(-turn_rate[i], target[i, 1]))
        for _ in range(substeps):
            v_wheels = approach(v_wheels, v_target, acceleration[i] * dt, deceleration[i] * dt)
            w_wheels = approach(w_wheels, w_target, turn_acceleration[i] * dt, turn_acceleration[i] * dt)
            v, w = pushed(v, v_wheels, grip[i, 0] * dt), pushed(w, w_wheels, grip[i, 1] * dt)
            x += v * dt * math.cos(theta + w * dt / 2)
            y += v * dt * math.sin(theta + w * dt / 2)
            theta += w * dt
            way[i] += v * dt
            slid[i, 0] += (v_wheels - v) * dt
            slid[i, 1] += (w_wheels - w) * dt
        slide[i, 0], slide[i, 1] = v_wheels - v, w_wheels - w
        state[i, 0], state[i, 1], state[i, 2], state[i, 3], state[i, 4] = x, y, theta, v, w
    return way, slid
