"""MPPI controller for free space: samples of velocity sequences, weighted by what they would lead to.

Source: Williams et al. 2017 (model predictive path integral control); critics after Nav2's MPPI, with the predicted
positions of people and vehicles as one more. Costs are per 0.1 s of a 2.8 s horizon.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from amr_core.geometry import FloatArray, Pose2D, Twist2D
from amr_navigation.control.ahead import MovingObject
from amr_navigation.control.limits import Limits
from amr_navigation.costmap.body import Body
from amr_navigation.costmap.static_map import DistanceGrid

STEPS, DT, EVERY = 56, 0.05, 2  # periods (of DT s) to look ahead; costs are counted in every second one
HIT = 1e4  # the cost of touching something: above what any plan that touches nothing can cost
FAR = 9.0  # m: the clearance where no map says one; beyond every wanted distance
TOUCH, TOUCH_TRACK = 0.06, 0.1  # m to things and to what moves that count as touched; a track's outline is a guess
NOTHING = np.full((1, 1), FAR, dtype=np.float32)
NO_PLACE = (1.0, 0.0, 0.0)  # resolution and origin (m) of a grid of one cell, which says FAR everywhere
kernel: Any = numba.njit(cache=True, nogil=True, fastmath=True)


@dataclass(frozen=True, kw_only=True)
class MppiParams:
    """samples; noise (m/s, rad/s); temperature; weights of the critics; reverse: fastest way back (m/s).

    keep, keep_track (m): wanted distance to things and to what moves; below it the cost rises with the square.
    """

    samples: int = 1000
    sigma_v: float = 0.25
    sigma_w: float = 0.35
    temperature: float = 0.35
    path: float = 2.0
    heading: float = 0.4
    progress: float = 6.0
    obstacle: float = 60.0
    track: float = 25.0
    backwards: float = 1.5
    reverse: float = 0.15
    keep: float = 0.35
    keep_track: float = 0.8


@kernel
def _at(sdf: Any, res: float, ox: float, oy: float, x: float, y: float) -> float:
    c, r = int((x - ox) / res), int((y - oy) / res)
    if c < 0 or r < 0 or r >= sdf.shape[0] or c >= sdf.shape[1]:
        return FAR
    return float(sdf[r, c])


@kernel
def _clearance(
    walls: Any, wmeta: Any, local: Any, lmeta: Any, x: float, y: float, c: float, s: float, discs: Any
) -> float:
    """Return the clearance (m) of the body's discs (D x 2: offset along x, radius) at (x, y) with heading (c, s)."""
    best = FAR
    for k in range(discs.shape[0]):
        px, py = x + discs[k, 0] * c, y + discs[k, 0] * s
        d = _at(walls, wmeta[0], wmeta[1], wmeta[2], px, py)
        if local.shape[0] > 1:
            d = min(d, _at(local, lmeta[0], lmeta[1], lmeta[2], px, py))
        best = min(best, d - discs[k, 1])
    return best


@kernel
def _to_tracks(tracks: Any, t: float, x: float, y: float, c: float, s: float, discs: Any) -> float:
    """Return the clearance (m) of the discs to where the tracks (N x 5: x, y, vx, vy, radius) will be after t (s)."""
    best = FAR
    for j in range(tracks.shape[0]):
        tx, ty = tracks[j, 0] + tracks[j, 2] * t - x, tracks[j, 1] + tracks[j, 3] * t - y
        for k in range(discs.shape[0]):
            dx, dy = tx - discs[k, 0] * c, ty - discs[k, 0] * s
            best = min(best, math.sqrt(dx * dx + dy * dy) - tracks[j, 4] - discs[k, 1])
    return best


@kernel
def _reached(now: float, wanted: float, faster: float, slower: float, least: float, most: float) -> float:
    """Return the velocity nearest to the wanted one within a period. Numbers only: an array as argument costs 8 %."""
    down = slower if now > 0.0 else faster
    up = faster if now >= 0.0 else slower
    return min(max(min(max(wanted, now - down), now + up), least), most)


@kernel
def rollouts(
    plans: Any,
    start: Any,
    bounds: Any,
    path: Any,
    walls: Any,
    wmeta: Any,
    local: Any,
    lmeta: Any,
    tracks: Any,
    discs: Any,
    weights: Any,
    costs: Any,
) -> None:
    """Make plans (K x T x 2: v, w) possible and write what they cost to costs (K).

    start: x, y, theta, v, w. bounds: v_min, v_max, w_max and steps of v up, v down, w per period. path (M x 4): x, y,
    heading and arc length every 0.1 m from the robot on. weights: path, heading, progress, obstacle, track, backwards,
    keep, keep_track.
    """
    last = path.shape[0] - 1
    for k in range(plans.shape[0]):
        x, y, theta, v, w = start[0], start[1], start[2], start[3], start[4]
        total, near = 0.0, 0
        for t in range(plans.shape[1]):
            v = _reached(v, plans[k, t, 0], bounds[3], bounds[4], bounds[0], bounds[1])
            w = _reached(w, plans[k, t, 1], bounds[5], bounds[5], -bounds[2], bounds[2])
            plans[k, t, 0], plans[k, t, 1] = v, w
            half = theta + 0.5 * w * DT
            x += v * DT * math.cos(half)
            y += v * DT * math.sin(half)
            theta += w * DT
            if t % EVERY != EVERY - 1:
                continue
            while near < last:
                here = (path[near, 0] - x) ** 2 + (path[near, 1] - y) ** 2
                if (path[near + 1, 0] - x) ** 2 + (path[near + 1, 1] - y) ** 2 > here:
                    break
                near += 1
            c, s = math.cos(theta), math.sin(theta)
            dx, dy = x - path[near, 0], y - path[near, 1]
            off = math.sin(0.5 * (theta - path[near, 2]))
            total += 0.1 * (weights[0] * (dx * dx + dy * dy) + weights[1] * 4.0 * off * off)
            if v < 0.0:
                total -= 0.1 * weights[5] * v
            room = _clearance(walls, wmeta, local, lmeta, x, y, c, s, discs)
            if room < TOUCH:
                total += HIT
                break
            if room < weights[6]:
                total += 0.1 * weights[3] * (weights[6] - room) ** 2
            if tracks.shape[0] > 0:
                room = _to_tracks(tracks, (t + 1) * DT, x, y, c, s, discs)
                if room < TOUCH_TRACK:
                    total += HIT
                    break
                if room < weights[7]:
                    total += 0.1 * weights[4] * (weights[7] - room) ** 2
        costs[k] = total + weights[2] * (path[last, 3] - path[near, 3])


@dataclass(frozen=True)
class Surroundings:
    """What the robot must not touch: the map, unmapped things (or None), and what moves (map frame)."""

    walls: DistanceGrid
    local: DistanceGrid | None
    tracks: tuple[MovingObject, ...]


class Mppi:
    """Keeps the last plan and improves it once a control period."""

    def __init__(self, params: MppiParams | None = None, *, seed: int = 0) -> None:
        self.params = params or MppiParams()
        p = self.params
        rng = np.random.default_rng(seed)
        raw = rng.standard_normal((p.samples, STEPS, 2)).astype(np.float32)
        # a quarter of the noise holds over the whole horizon: plans that differ, not ones that tremble
        held = rng.standard_normal((p.samples, 1, 2)).astype(np.float32)
        share = np.linspace(0.0, 1.0, p.samples, dtype=np.float32)[:, None, None]
        self._noise = (share * held + (1.0 - 0.5 * share) * raw) * np.array((p.sigma_v, p.sigma_w), dtype=np.float32)
        self._plans = np.empty_like(self._noise)  # kept: half a megabyte asked of the system in each cycle costs 5 %
        self._mean = np.zeros((STEPS, 2), dtype=np.float32)
        self._turn = 0
        self._rng = rng

    def reset(self) -> None:
        """Forget the last plan."""
        self._mean[:] = 0.0

    def step(
        self, pose: Pose2D, last: Twist2D, limits: Limits, body: Body, path: FloatArray, around: Surroundings
    ) -> Twist2D | None:
        """Return the next command; None when every sample would touch something.

        path: N x 3 (map frame) every 0.1 m from the robot on, about as long as the horizon reaches.
        """
        p = self.params
        self._turn = (self._turn + 1) % 7
        plans, mean, noise, first = self._plans, self._mean, self._noise, 8 * self._turn
        np.add(mean[first:], noise[:, : STEPS - first], out=plans[:, first:])
        np.add(mean[:first], noise[:, STEPS - first :], out=plans[:, :first])
        plans[0] = self._mean
        plans[1] = 0.0
        bounds = np.array(
            (
                -p.reverse,
                limits.speed,
                limits.turn_rate,
                limits.acceleration * DT,
                limits.deceleration * DT,
                limits.turn_acceleration * DT,
            )
        )
        weights = np.array((p.path, p.heading, p.progress, p.obstacle, p.track, p.backwards, p.keep, p.keep_track))
        w, local = around.walls, around.local
        moving = np.array([t[:5] for t in around.tracks if math.hypot(t.x - pose.x, t.y - pose.y) < 7.0])
        costs = np.empty(len(plans))
        rollouts(
            plans,
            np.array((*pose, *last)),
            bounds,
            with_arc(path),
            w.sdf,
            (w.resolution, w.origin_x, w.origin_y),
            NOTHING if local is None else local.sdf,
            NO_PLACE if local is None else (local.resolution, local.origin_x, local.origin_y),
            moving.reshape(-1, 5),
            discs_of(body),
            weights,
            costs,
        )
        if costs.min() >= HIT:
            self.reset()
            return None
        likely = np.exp(-(costs - costs.min()) / p.temperature).astype(np.float32)
        mean = np.tensordot(likely / likely.sum(), plans, axes=(0, 0))
        command = Twist2D(float(mean[0, 0]), float(mean[0, 1]))
        self._mean = np.concatenate((mean[1:], mean[-1:]))
        return command


def discs_of(body: Body) -> FloatArray:
    """Return three discs (offset along x, radius, m) that cover the body."""
    middle, half = 0.5 * (body.front - body.rear), 0.5 * (body.front + body.rear)
    wide = max(body.left, body.right)
    radius = math.hypot(half / 3.0, wide)
    return np.array([(middle + k * 2.0 * half / 3.0, radius) for k in (-1.0, 0.0, 1.0)])


def with_arc(path: FloatArray) -> FloatArray:
    """Return path poses (N x 3) with their arc length as a fourth column."""
    steps = np.hypot(*np.diff(path[:, :2], axis=0).T) if len(path) > 1 else np.empty(0)
    return np.column_stack((path, np.concatenate(((0.0,), np.cumsum(steps)))))
