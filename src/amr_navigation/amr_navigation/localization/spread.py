"""How far off a matched pose may be, per axis, and which direction of the plane a scan does not observe.

A match averages the noise of beams, but not that of the map: neighbouring beams meet the same wall, and a wall that was
drawn 3 cm off pulls all of them. So the spread has a floor at the residual of the supporting beams (never below FLOOR),
grows where few beams hold a direction, and steeply with the share of beams that nothing on the map supports. The
constants were fitted to nine recorded logs (`amr bench localization --real`).

Where a scan says next to nothing, as in a room that no map has, the wheels hold the pose, axis by axis. Elsewhere the
match moves it, for wheels may be worn or slip; it is off by no more than the wheels may be and what the match moved it,
so the spread is that, where the scan alone would say more.

A direction is not observed when hardly a beam meets a surface across it, as along an aisle that is longer than the
lidars reach: there the gradients of a noisy map look like a measurement and are none. After Zhang, Kaess, Singh, On
degeneracy of optimization-based state estimation problems (2016), a match must not move the pose there: odometry does.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from amr_core.geometry import FloatArray, Pose2D
from amr_navigation.costmap.footprint import njit
from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.localization.kernels import sdf_gradient

WIDTH = 0.12  # m: a beam that is so far off weighs half
FLOOR = 0.02  # m: no residual is believed to be less
CORRELATED = 25.0
"""Beams that tell as much as one independent beam."""
UNSUPPORTED_POWER = 2.0  # exponent of the share of beams that the map supports; fitted, see above
LEAST_SHARE = 0.05  # FLOOR over its square is 8 m: nobody drives on that, and a share of 0 would divide by zero
TURN_FACTOR = 1.6  # times the noise over the arm; fitted, see above
ACROSS = 0.5
"""A beam observes a direction when the surface it meets is turned towards it: cosine of the angle at least so."""
OBSERVED_SHARE, OBSERVED_BEAMS = 0.025, 4.0  # of the beams, but at least so many; fitted, see above
RUN = 3
DRIFT = 0.01
"""m per m: systematic error of odometry."""
NOTHING = 0.5
"""m: a scan of such a sigma holds no pose. One of which goods hide two thirds has less, and holds it well."""
WIDEST = 50.0  # m: what is said of a direction that nothing holds


class Support(NamedTuple):
    """What the beams of a scan say at a pose.

    axes: 2 x 2, columns are the directions (map frame) that are held least and most; sigma: their standard deviations
    (m) by this scan alone, and that of the heading (rad); observed: shares of beams that hold each direction.
    """

    axes: FloatArray
    sigma: tuple[float, float, float]
    observed: tuple[float, float]
    degenerate: bool

    @property
    def unobserved(self) -> float | None:
        """The direction (rad, map frame) that no beam observes; None when both are."""
        return math.atan2(float(self.axes[1, 0]), float(self.axes[0, 0])) if self.degenerate else None


def support(beams: FloatArray, walls: DistanceGrid, pose: Pose2D) -> Support:
    """Return what beams (N x 2, base_link) seen from pose (map frame) hold, by the eigenvectors of their normals."""
    held, axes, across, residual, weight, reach = _held(
        beams, walls.sdf, walls.resolution, walls.origin_x, walls.origin_y, pose.x, pose.y, pose.theta
    )
    count = max(len(beams), 1)
    share = min(max(weight / count, LEAST_SHARE), 1.0)
    noise = math.sqrt(residual / max(weight, 1e-9) + FLOOR**2) / share**UNSUPPORTED_POWER
    sigmas = [min(noise * math.sqrt(1.0 + CORRELATED / max(float(n), 1e-3)), WIDEST) for n in held]
    arm = max(math.sqrt(reach / max(weight, 1e-9)), 1.0)
    turn = min(TURN_FACTOR * noise * math.sqrt(1.0 + CORRELATED / max(weight, 1.0)) / arm, math.pi)
    return Support(
        axes, (sigmas[0], sigmas[1], turn), (across[0] / count, across[1] / count),
        across[0] < max(OBSERVED_SHARE * count, OBSERVED_BEAMS),
    )  # fmt: skip


class Wheels(NamedTuple):
    """What the wheels know of the pose: sigma along the axes of a scan (m), least held first, and of the heading (rad).

    hold: along which of the two axes they hold the pose, and not the scan.
    """

    sigma: tuple[float, float, float]
    hold: tuple[bool, bool]


def by_wheels(found: Support, before: FloatArray, theta: float, delta: Pose2D, pull: Pose2D) -> Wheels:
    """Return what the wheels know after the motion delta (robot frame) from heading theta (map frame).

    before: covariance (3 x 3) of the prediction; pull: by how much (map frame) a match moves it, which adds to what may
    be wrong of it. Wheels that are a little too large or small are wrong by a share of the way, a heading that is off
    by its sine, and that adds up.
    """
    (xx, xy, _), (_, yy, _), (_, _, tt) = before.tolist()  # numbers: each look into an array costs as much as a root
    way, turn = math.hypot(delta.x, delta.y), math.sqrt(max(tt, 0.0))
    ahead = theta + math.atan2(delta.y, delta.x)
    cos, sin = math.cos(ahead), math.sin(ahead)
    known, hold = [], []
    for k, (x, y) in enumerate(found.axes.T.tolist()):
        across = abs(y * cos - x * sin)
        spread = x * x * xx + 2.0 * x * y * xy + y * y * yy
        sigma = math.sqrt(max(spread, 0.0)) + way * (DRIFT + turn * across)
        hold.append(found.sigma[k] > max(sigma, NOTHING) or (found.degenerate and k == 0))
        known.append(sigma if hold[k] else sigma + abs(x * pull.x + y * pull.y))
    least, most = known
    return Wheels((least, most, turn + DRIFT * abs(delta.theta) + abs(pull.theta)), (hold[0], hold[1]))


def honest(found: Support, wheels: Wheels) -> FloatArray:
    """Return the 3 x 3 covariance of a pose: along each axis that of whoever knows it better, scan or wheels.

    A scan that nothing on the map supports says nothing; it must not say that a pose is lost which wheels still hold.
    """
    least, most, turn = (min(pair) for pair in zip(found.sigma, wheels.sigma, strict=True))
    least, most, turn = max(wheels.sigma[0] if found.degenerate else least, most) ** 2, most**2, turn**2
    (ax, bx), (ay, by) = found.axes.tolist()
    xy = least * ax * ay + most * bx * by
    return np.array(
        ((least * ax * ax + most * bx * bx, xy, 0.0), (xy, least * ay * ay + most * by * by, 0.0), (0.0, 0.0, turn))
    )


def widest(covariance: FloatArray) -> float:
    """Return the standard deviation (m) along the direction in which a position is known least; 2 x 2 or larger."""
    xx, xy, yy = float(covariance[0, 0]), float(covariance[0, 1]), float(covariance[1, 1])
    return math.sqrt(0.5 * (xx + yy) + math.hypot(0.5 * (xx - yy), xy))


def carried_along(found: Support, wheels: Wheels, matched: Pose2D, predicted: Pose2D) -> Pose2D:
    """Return the matched pose, as predicted along the axes of the scan that the wheels hold.

    Where no map is, a match is pulled to anything. The heading is the match's: any straight thing holds it.
    """
    x, y = matched.x, matched.y
    for k, (ax, ay) in enumerate(found.axes.T.tolist()):
        if wheels.hold[k]:
            back = ax * (predicted.x - matched.x) + ay * (predicted.y - matched.y)
            x, y = x + back * ax, y + back * ay
    return Pose2D(x, y, matched.theta)


def along_prior(found: Support, wheels: Wheels, matched: FloatArray, prior: FloatArray) -> FloatArray:
    """Return the covariance (3 x 3) of a match without what noise seemed to say where the wheels hold the pose."""
    wider = matched
    for k in (0, 1):
        if wheels.hold[k]:
            along = np.array((*found.axes[:, k], 0.0))
            wider = wider + np.outer(along, along) * max(float(along @ (prior - matched) @ along), 0.0)
    return wider


@njit
def _held(
    points: Any, sdf: Any, res: float, ox: float, oy: float, x: float, y: float, theta: float
) -> tuple[tuple[float, float], Any, tuple[float, float], float, float, float]:
    """Return how much the least and the most held direction are held, both (columns), beams across each, and sums.

    All in one call: a call from Python costs as much as what it computes.
    """
    plane, (residual, weight, reach), surfaces = _normals(points, sdf, res, ox, oy, x, y, theta)
    half, mean = 0.5 * (plane[0, 0] - plane[1, 1]), 0.5 * (plane[0, 0] + plane[1, 1])
    apart = math.hypot(half, plane[0, 1])
    angle = 0.5 * math.atan2(plane[0, 1], half)
    ux, uy = math.cos(angle), math.sin(angle)
    axes = np.array(((-uy, ux), (ux, uy)))
    across = _across(surfaces, -uy, ux), _across(surfaces, ux, uy)
    return (max(mean - apart, 0.0), mean + apart), axes, across, residual, weight, reach


@njit
def _normals(
    points: Any, sdf: Any, res: float, ox: float, oy: float, x: float, y: float, theta: float
) -> tuple[Any, tuple[float, float, float], Any]:
    """Return the 2 x 2 sum of normals, sums over supported points, and the surface that each point (N) meets.

    The sums: squared residuals, weights, squared distances. A surface: unit normal and weight; zeros: there is none.
    """
    plane, surfaces = np.zeros((2, 2)), np.zeros((points.shape[0], 3))
    residual, weight, reach = 0.0, 0.0, 0.0
    c, s = math.cos(theta), math.sin(theta)
    for i in range(points.shape[0]):
        rx, ry = c * points[i, 0] - s * points[i, 1], s * points[i, 0] + c * points[i, 1]
        d, gx, gy = sdf_gradient(sdf, res, ox, oy, x + rx, y + ry)
        norm = math.hypot(gx, gy)
        if abs(d) > 4.0 * WIDTH or norm < 0.3:
            continue
        w = WIDTH * WIDTH / (WIDTH * WIDTH + d * d)
        w = w * w
        gx, gy = gx / norm, gy / norm
        surfaces[i, 0], surfaces[i, 1], surfaces[i, 2] = gx, gy, w
        plane[0, 0] += w * gx * gx
        plane[0, 1] += w * gx * gy
        plane[1, 1] += w * gy * gy
        residual += w * d * d
        weight += w
        reach += w * (rx * rx + ry * ry)
    plane[1, 0] = plane[0, 1]
    return plane, (residual, weight, reach), surfaces


@njit
def _across(surfaces: Any, ux: float, uy: float) -> float:
    """Return how many points (weighted) meet a surface that is turned towards the direction (ux, uy).

    surfaces in the order of the sweep: only RUN of them in a row that face the same way are a surface; one or two are a
    cell that sticks out of a wall.
    """
    total, run, pending, sign = 0.0, 0, 0.0, 0.0
    for i in range(surfaces.shape[0]):
        facing = surfaces[i, 0] * ux + surfaces[i, 1] * uy
        if abs(facing) <= ACROSS or (run and facing * sign < 0.0):
            run, pending = 0, 0.0
        if abs(facing) <= ACROSS:
            continue
        run, sign, pending = run + 1, facing, pending + surfaces[i, 2] * facing * facing
        if run >= RUN:
            total, pending = total + pending, 0.0
    return total
