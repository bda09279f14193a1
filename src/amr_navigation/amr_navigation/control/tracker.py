"""Path tracker for a differential drive: regulated pure pursuit per leg, turns on the spot between legs.

Sources: Coulter 1992 (pure pursuit); Macenski et al. 2023 (regulated pure pursuit); own speed profile and leg logic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, Twist2D, wrap_angle
from amr_navigation.control.ahead import STEP, Ahead
from amr_navigation.control.limits import Limits
from amr_navigation.control.path import Leg, TrackedPath, project, split_path

CLEAR = Ahead()
Phase = Literal["turn", "drive", "final", "done"]


@dataclass(frozen=True, kw_only=True)
class TrackerParams:
    """Tolerances (m, rad), look-ahead (s, m), thresholds for turning on the spot (rad), gap kept to obstacles (m)."""

    xy_tolerance: float = 0.05
    yaw_tolerance: float = 0.04
    lookahead_time: float = 0.8
    lookahead_min: float = 0.45
    lookahead_max: float = 1.1
    turn_standing: float = 0.3
    turn_moving: float = 0.785
    lateral_acceleration: float = 0.5
    gap: float = 0.45
    creep: float = 0.04


class Tracker:
    """Follows one path; `replace` swaps the path while driving. The caller keeps pose and last command."""

    def __init__(self, poses: FloatArray, pose: Pose2D, params: TrackerParams | None = None) -> None:
        self.params = params or TrackerParams()
        self.leg = 0
        self.s = 0.0
        self.lateral = 0.0
        self.phase: Phase = "drive"
        self.path: TrackedPath = split_path(poses)
        self.replace(poses, pose)

    def replace(self, poses: FloatArray, pose: Pose2D) -> None:
        """Follow poses (N x 3, map frame) from where the robot is on them."""
        self.path = split_path(poses)
        self.phase = "drive" if self.path.legs else "final"
        best = math.inf
        for index, leg in enumerate(self.path.legs):
            s, gap, lateral = project(leg, pose.x, pose.y)
            turn = abs(wrap_angle(leg.heading(s) - pose.theta))
            cost = gap + 0.1 * turn
            if cost < best - 0.02:
                best = cost
                self.leg, self.s, self.lateral = index, s, lateral

    @property
    def current(self) -> Leg | None:
        """The leg being driven."""
        return self.path.legs[self.leg] if self.phase in ("drive", "turn") and self.path.legs else None

    @property
    def distance_to_goal(self) -> float:
        """Way left along the path in metres."""
        return max(0.0, self.path.remaining(self.leg, self.s)) if self.phase in ("drive", "turn") else 0.0

    def ahead(self, reach: float) -> FloatArray:
        """Return body poses (N x 3) every STEP m over the next reach m of the leg; empty when not driving."""
        leg = self.current
        if leg is None or self.phase == "turn":
            return np.empty((0, 3))
        return leg.poses(self.s, min(self.s + reach, leg.length), STEP)

    def step(self, pose: Pose2D, last: Twist2D, limits: Limits, dt: float, ahead: Ahead = CLEAR) -> Twist2D:
        """Return the next command (m/s, rad/s) after dt (s). limits.speed already holds any speed limit."""
        wanted = self._wanted(pose, last, limits, ahead)
        return limits.towards(last, wanted, dt)

    def _wanted(self, pose: Pose2D, last: Twist2D, limits: Limits, ahead: Ahead) -> Twist2D:
        if self.phase in ("drive", "turn"):
            self._advance(pose, last)
        leg = self.current
        if leg is None:
            return self._finish(pose, last, limits)
        error = wrap_angle(leg.heading(max(self.s, 0.0)) - pose.theta)
        if self.phase == "turn":
            if abs(error) > self.params.yaw_tolerance or abs(last.w) > 0.1:
                return Twist2D(0.0, limits.turning(error))
            self.phase = "drive"
        if abs(error) > (self.params.turn_standing if abs(last.v) < 0.02 else self.params.turn_moving):
            if abs(last.v) < 0.02:
                self.phase = "turn"
                return Twist2D(0.0, limits.turning(error))
            return Twist2D(0.0, 0.0)
        return self._drive(leg, pose, last, limits, ahead)

    def _advance(self, pose: Pose2D, last: Twist2D) -> None:
        """Project the pose on the current leg; move on to the next leg, or to the final turn, at its end."""
        while self.phase in ("drive", "turn"):
            leg = self.path.legs[self.leg]
            window = 0.3 + abs(last.v)
            low, high = max(0.0, min(self.s, leg.length) - 0.5), max(0.0, self.s) + window
            self.s, _, self.lateral = project(leg, pose.x, pose.y, low, high)
            left = leg.length - self.s
            if abs(last.v) > 0.06 or left > self.params.xy_tolerance or (left > 0.01 and abs(last.v) > 0.0):
                return
            if self.phase == "turn" and left > 0.01:
                return
            if self.leg + 1 < len(self.path.legs):
                self.leg, self.s, self.phase = self.leg + 1, 0.0, "turn"
                return
            self.phase = "final"

    def _drive(self, leg: Leg, pose: Pose2D, last: Twist2D, limits: Limits, ahead: Ahead) -> Twist2D:
        p = self.params
        reach = min(max(p.lookahead_time * abs(last.v), p.lookahead_min), p.lookahead_max)
        tx, ty = leg.at(self.s + reach)
        facing = pose.theta if leg.direction > 0 else pose.theta + math.pi
        dx, dy = tx - pose.x, ty - pose.y
        side = -math.sin(facing) * dx + math.cos(facing) * dy
        curvature = 2.0 * side / max(dx * dx + dy * dy, 0.04)
        left = leg.length - self.s
        speed = min(limits.speed, limits.approach(left))
        speed = min(speed, limits.approach(ahead.free - p.gap, 0.6))
        if abs(curvature) > 1e-3:
            speed = min(speed, math.sqrt(p.lateral_acceleration / abs(curvature)), limits.turn_rate / abs(curvature))
        if left > 0.004 and ahead.free > p.gap + 0.05:
            speed = max(speed, p.creep)
        if left <= 0.004 or (left < 0.03 and speed <= p.creep and left <= p.creep * limits.latency):
            speed = 0.0
        return Twist2D(leg.direction * speed, curvature * speed)

    def _finish(self, pose: Pose2D, last: Twist2D, limits: Limits) -> Twist2D:
        error = wrap_angle(self.path.final.theta - pose.theta)
        if abs(error) <= self.params.yaw_tolerance and abs(last.w) <= 0.05:
            self.phase = "done"
        if self.phase == "done" or abs(error) <= 0.5 * self.params.yaw_tolerance:
            return Twist2D(0.0, 0.0)
        return Twist2D(0.0, limits.turning(error))
