"""Path tracker for a differential drive: curvature of the path ahead plus feedback, turns on the spot between legs.

Sources: Samson 1995 (path following in the path's frame); Macenski et al. 2023 (speed regulated by curvature).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, Twist2D, wrap_angle
from amr_navigation.control.ahead import STEP, Ahead
from amr_navigation.control.limits import Limits
from amr_navigation.control.path import GRAIN, PathSegment, TrackedPath, project, split_path

CLEAR = Ahead()
TrackerPhase = Literal["turn", "drive", "final", "done"]


@dataclass(frozen=True, kw_only=True)
class TrackerParams:
    """Tolerances (m, rad), how fast errors settle (m, s, 1/m), thresholds for turning on the spot (rad).

    gap (m) kept to obstacles; creep, wary (m/s): at the end of a leg, and close to something that may step out.
    """

    xy_tolerance: float = 0.05
    yaw_tolerance: float = 0.04
    settling: float = 0.35
    settling_time: float = 0.5
    sharpest: float = 1.5
    turn_standing: float = 0.3
    turn_moving: float = 0.785
    lateral_acceleration: float = 0.5
    gap: float = 0.45
    creep: float = 0.04
    wary: float = 0.5


class PathTracker:
    """Follows one path; `replace` swaps the path while driving. The caller keeps pose and last command."""

    def __init__(self, poses: FloatArray, pose: Pose2D, params: TrackerParams | None = None) -> None:
        self.params = params or TrackerParams()
        self.leg = 0
        self.s = 0.0
        self.lateral = 0.0
        self.phase: TrackerPhase = "drive"
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
    def current(self) -> PathSegment | None:
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

    def _drive(self, leg: PathSegment, pose: Pose2D, last: Twist2D, limits: Limits, ahead: Ahead) -> Twist2D:
        p = self.params
        curvature = self._curvature(leg, pose, last, limits)
        left = leg.length - self.s
        speed = min(limits.speed, limits.approach(left))
        speed = min(speed, limits.approach(ahead.free - p.gap, 0.6))
        speed = min(speed, math.hypot(p.wary, limits.approach(ahead.beside, 0.6)))
        speed = min(speed, self._curve_speed(leg, limits), limits.turn_rate / max(abs(curvature), 1e-3))
        if left > 0.004 and ahead.free > p.gap + 0.05:
            speed = max(speed, p.creep)
        if left <= 0.004 or (left < 0.03 and speed <= p.creep and left <= p.creep * limits.latency):
            speed = 0.0
        return Twist2D(leg.direction * speed, curvature * speed)

    def _curvature(self, leg: PathSegment, pose: Pose2D, last: Twist2D, limits: Limits) -> float:
        """Return the curvature to drive: that of the path just ahead, and what brings the robot back onto it.

        The feedback is critically damped over `settling` m (or the way of `settling_time`); the path's curvature is
        taken where the robot will be when the base has answered.
        """
        p = self.params
        speed = abs(last.v)
        profile = leg.profile
        now = min(max(round(self.s / GRAIN), 0), len(profile.heading) - 1)
        # a base that turns up at a limited rate is late by half of the time it takes
        change = abs(profile.curvature[min(now + 10, len(profile.curvature) - 1)] * speed - last.w)
        lead = speed * (limits.latency + 0.5 * min(change / limits.turn_acceleration, 0.8))
        there = min(now + round(lead / GRAIN), len(profile.heading) - 1)
        facing = pose.theta if leg.direction > 0 else pose.theta + math.pi
        error = wrap_angle(facing - float(profile.heading[now]))
        length = max(p.settling, p.settling_time * speed)
        back = -max(min(self.lateral, 0.4), -0.4) / (length * length) - 2.0 * error / length
        back = max(min(back, p.sharpest), -p.sharpest)
        return float(profile.curvature[there]) + back

    def _curve_speed(self, leg: PathSegment, limits: Limits) -> float:
        """Return the speed (m/s) from which all curves ahead can be taken at their own speed."""
        p = self.params
        first = min(max(int(self.s / GRAIN), 0), len(leg.profile.curvature) - 1)
        bends = np.maximum(np.abs(leg.profile.curvature[first : first + 40]), 1e-3)
        own = np.minimum(p.lateral_acceleration / bends, (0.9 * limits.turn_rate / bends) ** 2)
        ways = np.maximum(np.arange(len(bends)) * GRAIN - abs(limits.latency), 0.0)
        return math.sqrt(float((own + 1.2 * limits.deceleration * ways).min()))

    def _finish(self, pose: Pose2D, last: Twist2D, limits: Limits) -> Twist2D:
        error = wrap_angle(self.path.final.theta - pose.theta)
        if abs(error) <= self.params.yaw_tolerance and abs(last.w) <= 0.05:
            self.phase = "done"
        if self.phase == "done" or abs(error) <= 0.5 * self.params.yaw_tolerance:
            return Twist2D(0.0, 0.0)
        return Twist2D(0.0, limits.turning(error))
