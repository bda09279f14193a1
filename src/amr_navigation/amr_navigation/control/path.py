"""Paths cut into legs that a differential drive can follow without stopping.

A leg has one driving direction and no sharp corner. Between legs the robot stops, turns on the spot and goes on.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, wrap_angle
from amr_navigation.costmap.footprint import njit

CORNER = 0.4  # rad: a sharper turn is made on the spot
SAME_POINT = 2e-3  # m: nearer points are one
GRAIN = 0.05  # m between two samples of a profile
SMOOTH = 3


class Profile(NamedTuple):
    """Along a leg, every GRAIN m: travel heading (rad, continuous) and curvature (1/m, left positive)."""

    heading: FloatArray
    curvature: FloatArray


@dataclass(frozen=True, eq=False)
class PathSegment:
    """Points (N x 2, m), arc length (N, m), unit tangents of the N-1 segments, direction +1 or -1."""

    points: FloatArray
    arc: FloatArray
    tangents: FloatArray
    direction: int

    @property
    def length(self) -> float:
        """Length in metres."""
        return float(self.arc[-1])

    def at(self, s: float) -> tuple[float, float]:
        """Return the point at arc length s, extended straight beyond both ends."""
        i = min(max(int(np.searchsorted(self.arc, s, side="right")) - 1, 0), len(self.tangents) - 1)
        rest = s - self.arc[i]
        return (
            float(self.points[i, 0] + rest * self.tangents[i, 0]),
            float(self.points[i, 1] + rest * self.tangents[i, 1]),
        )

    def heading(self, s: float) -> float:
        """Return the body's heading (rad) at arc length s."""
        i = min(max(int(np.searchsorted(self.arc, s, side="right")) - 1, 0), len(self.tangents) - 1)
        t = self.tangents[i] * self.direction
        return math.atan2(t[1], t[0])

    @cached_property
    def profile(self) -> Profile:
        """Heading and curvature along the leg."""
        return profile_of(self)

    def poses(self, start: float, stop: float, step: float) -> FloatArray:
        """Return body poses (N x 3) every step (m) from start to stop, both included."""
        s = np.append(np.arange(start, stop, step), stop)
        i = np.clip(np.searchsorted(self.arc, s, side="right") - 1, 0, len(self.tangents) - 1)
        tangents = self.tangents[i]
        points = self.points[i] + tangents * (s - self.arc[i])[:, None]
        t = tangents * self.direction
        return np.column_stack((points, np.arctan2(t[:, 1], t[:, 0])))


def profile_of(leg: PathSegment) -> Profile:
    """Return the profile of a leg: its segments' directions, averaged over SMOOTH samples to either side."""
    s = np.arange(0.0, leg.length + GRAIN, GRAIN)
    i = np.clip(np.searchsorted(leg.arc, s, side="right") - 1, 0, len(leg.tangents) - 1)
    raw = np.unwrap(np.arctan2(leg.tangents[i, 1], leg.tangents[i, 0]))
    padded = np.pad(raw, SMOOTH, mode="edge")
    heading = np.convolve(padded, np.full(2 * SMOOTH + 1, 1.0 / (2 * SMOOTH + 1)), mode="valid")
    return Profile(heading, np.gradient(heading, GRAIN) if len(s) > 1 else np.zeros(1))


@dataclass(frozen=True, eq=False)
class TrackedPath:
    """Legs in driving order and the final pose; an empty path has no legs and only turns to the final heading."""

    legs: tuple[PathSegment, ...]
    final: Pose2D

    def remaining(self, leg: int, s: float) -> float:
        """Return the way left (m) from arc length s on the given leg."""
        return self.legs[leg].length - s + sum(x.length for x in self.legs[leg + 1 :]) if self.legs else 0.0


def split_path(poses: FloatArray) -> TrackedPath:
    """Cut poses (N x 3: x, y, theta, map frame) into legs.

    A segment is driven in reverse when the headings at its two ends point against the way it leads.
    """
    final = Pose2D(float(poses[-1, 0]), float(poses[-1, 1]), wrap_angle(float(poses[-1, 2])))
    keep = [0]
    for i in range(1, len(poses)):
        if math.hypot(*(poses[i, :2] - poses[keep[-1], :2])) > SAME_POINT:
            keep.append(i)
    steps = np.diff(poses[keep, :2], axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    legs: list[PathSegment] = []
    first = 0
    directions = [_direction(poses, a, b) for a, b in itertools.pairwise(keep)]
    travel = np.arctan2(steps[:, 1], steps[:, 0]) if len(steps) else np.zeros(0)
    for i in range(len(steps)):
        last = i + 1 == len(steps)
        if last or directions[i + 1] != directions[i] or abs(wrap_angle(travel[i + 1] - travel[i])) > CORNER:
            points = poses[keep[first : i + 2], :2].astype(np.float64)
            arc = np.concatenate(((0.0,), np.cumsum(lengths[first : i + 1])))
            legs.append(PathSegment(points, arc, steps[first : i + 1] / lengths[first : i + 1, None], directions[i]))
            first = i + 1
    return TrackedPath(tuple(legs), final)


def _direction(poses: FloatArray, a: int, b: int) -> int:
    """Return +1 or -1 for the segment between path poses a and b; poses between them share the place of a."""
    travel = math.atan2(poses[b, 1] - poses[a, 1], poses[b, 0] - poses[a, 0])
    along = math.cos(travel - poses[b - 1, 2]) + math.cos(travel - poses[b, 2])
    return -1 if along < -0.1 else 1


@njit
def _project(
    points: FloatArray, arc: FloatArray, x: float, y: float, low: float, high: float
) -> tuple[float, float, float]:
    """Return (arc length, distance, lateral offset, left positive) of the closest point with low <= s <= high."""
    best, s_best, lateral = 1e18, 0.0, 0.0
    for i in range(points.shape[0] - 1):
        if arc[i + 1] < low or arc[i] > high:
            continue
        dx, dy = points[i + 1, 0] - points[i, 0], points[i + 1, 1] - points[i, 1]
        length = arc[i + 1] - arc[i]
        u = ((x - points[i, 0]) * dx + (y - points[i, 1]) * dy) / length
        t = min(max(u, 0.0), length)
        ex, ey = x - points[i, 0] - t * dx / length, y - points[i, 1] - t * dy / length
        d = ex * ex + ey * ey
        if d < best - 1e-12:
            best, s_best = d, arc[i] + t
            lateral = (dx * (y - points[i, 1]) - dy * (x - points[i, 0])) / length
            if (i == 0 and u < 0.0) or (i == points.shape[0] - 2 and u > length):
                s_best = arc[i] + u
    return s_best, math.sqrt(best), lateral


def project(leg: PathSegment, x: float, y: float, low: float = -1e9, high: float = 1e9) -> tuple[float, float, float]:
    """Return (s, distance, lateral) of (x, y) on the leg; s runs below 0 and beyond the length past its ends."""
    return _project(leg.points, leg.arc, x, y, low, high)  # type: ignore[no-any-return]
