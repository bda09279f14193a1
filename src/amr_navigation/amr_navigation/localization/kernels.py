"""Hot loops of the localisation (Numba): beam likelihoods, resampling, scan matching.

Field arguments are a signed distance grid (sdf, res, ox, oy) as in costmap.static_map; points are N x 2, base_link (m).
Sources: Thrun, Burgard, Fox, Probabilistic Robotics (likelihood field, low-variance sampler); Geman-McClure weights.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from amr_navigation.costmap.footprint import lookup, njit

HIT, RANDOM = 0.95, 0.05  # shares of beams that the map explains, and of any (likelihood field, Thrun et al. 2005)
BEYOND = 0.4  # m that a beam may pass through something solid before it contradicts
SOLID = -0.06  # m inside a surface: less is noise and the size of a cell


@njit
def log_weights(
    particles: Any, points: Any, sdf: Any, res: float, ox: float, oy: float, sigma: float, out: Any
) -> None:
    """Write the log likelihood of points seen from each particle (P x 3, map frame) to out (P)."""
    scale = -0.5 / (sigma * sigma)
    floor = math.log(RANDOM)
    cut = 3.0 * sigma
    for p in range(particles.shape[0]):
        c, s = math.cos(particles[p, 2]), math.sin(particles[p, 2])
        x, y = particles[p, 0], particles[p, 1]
        total = 0.0
        for i in range(points.shape[0]):
            px = x + c * points[i, 0] - s * points[i, 1]
            py = y + s * points[i, 0] + c * points[i, 1]
            d = abs(lookup(sdf, res, ox, oy, 9.0, px, py))
            total += floor if d > cut else math.log(HIT * math.exp(scale * d * d) + RANDOM)
        out[p] = total


@njit
def resample(particles: Any, weights: Any, start: float) -> Any:
    """Return particles drawn by the low-variance sampler; start is uniform in [0, 1)."""
    count = particles.shape[0]
    out = np.empty_like(particles)
    k = 0
    acc = weights[0]
    for i in range(count):
        u = (start + i) / count
        while u > acc and k < count - 1:
            k += 1
            acc += weights[k]
        out[i] = particles[k]
    return out


@njit
def sdf_gradient(sdf: Any, res: float, ox: float, oy: float, x: float, y: float) -> tuple[float, float, float]:
    """Return (distance, d/dx, d/dy) at (x, y) by bilinear interpolation; distance 9.0 when off the grid."""
    per = 1.0 / res  # once per loop of the caller: the compiler moves it out
    u, v = (x - ox) * per - 0.5, (y - oy) * per - 0.5
    c, r = math.floor(u), math.floor(v)
    if c < 0 or r < 0 or c + 1 >= sdf.shape[1] or r + 1 >= sdf.shape[0]:
        return 9.0, 0.0, 0.0
    fu, fv = u - c, v - r
    a, b, d, e = sdf[r, c], sdf[r, c + 1], sdf[r + 1, c], sdf[r + 1, c + 1]
    value = (a * (1 - fu) + b * fu) * (1 - fv) + (d * (1 - fu) + e * fu) * fv
    gx = ((b - a) * (1 - fv) + (e - d) * fv) * per
    gy = ((d - a) * (1 - fu) + (e - b) * fu) * per
    return value, gx, gy


@njit
def match(
    points: Any, sdf: Any, res: float, ox: float, oy: float, prior: Any, covariance: Any, sigma: float, widths: Any
) -> tuple[Any, Any]:
    """Refine a pose so that points fall on map surfaces, held by its prior.

    prior: (x, y, theta); covariance: its 3 x 3 covariance; sigma: noise of one point (m), chosen large because
    neighbouring beams are not independent; widths: robust kernel width (m) of each Gauss-Newton step, falling.
    Returns (pose, 3 x 3 covariance of the result).
    """
    pose = prior.copy()
    information = np.linalg.inv(covariance)
    total = information.copy()
    for step in range(widths.shape[0]):
        width2 = widths[step] * widths[step]
        total = information.copy()
        right = information @ (prior - pose)
        c, s = math.cos(pose[2]), math.sin(pose[2])
        for i in range(points.shape[0]):
            rx, ry = c * points[i, 0] - s * points[i, 1], s * points[i, 0] + c * points[i, 1]
            d, gx, gy = sdf_gradient(sdf, res, ox, oy, pose[0] + rx, pose[1] + ry)
            if abs(d) > 4.0 * widths[step]:
                continue
            w = width2 / (width2 + d * d)
            w = w * w / (sigma * sigma)
            gt = gy * rx - gx * ry
            total[0, 0] += w * gx * gx
            total[0, 1] += w * gx * gy
            total[0, 2] += w * gx * gt
            total[1, 1] += w * gy * gy
            total[1, 2] += w * gy * gt
            total[2, 2] += w * gt * gt
            right[0] -= w * gx * d
            right[1] -= w * gy * d
            right[2] -= w * gt * d
        total[1, 0], total[2, 0], total[2, 1] = total[0, 1], total[0, 2], total[1, 2]
        pose = pose + np.linalg.solve(total, right)
    return pose, np.linalg.inv(total)


@njit
def inliers(points: Any, sdf: Any, res: float, ox: float, oy: float, pose: Any, tolerance: float, keep: Any) -> int:
    """Mark in keep (N) the points within tolerance (m) of a map surface when seen from pose; return their count."""
    c, s = math.cos(pose[2]), math.sin(pose[2])
    n = 0
    for i in range(points.shape[0]):
        x = pose[0] + c * points[i, 0] - s * points[i, 1]
        y = pose[1] + s * points[i, 0] + c * points[i, 1]
        keep[i] = abs(lookup(sdf, res, ox, oy, 9.0, x, y)) < tolerance
        n += keep[i]
    return n


@njit
def match_scored(
    points: Any,
    sdf: Any,
    res: float,
    ox: float,
    oy: float,
    start: Any,
    covariance: Any,
    sigma: float,
    widths: Any,
    tolerance: float,
) -> tuple[tuple[float, float, float], Any, float]:
    """Do what match does from a start (x, y, theta), and tell the share of inliers, too: all in one call."""
    pose, spread = match(points, sdf, res, ox, oy, np.array(start), covariance, sigma, widths)
    near = inliers(points, sdf, res, ox, oy, pose, tolerance, np.empty(points.shape[0], np.bool_))
    return (pose[0], pose[1], pose[2]), spread, near / points.shape[0]


@njit
def coarse_scores(
    cells: Any, theta: float, points: Any, sdf: Any, res: float, ox: float, oy: float, reach: float, out: Any
) -> None:
    """Write to out (C) how well points (N x 2) fit the map from each of cells (C x 2, m) at heading theta: 0..1."""
    c, s = math.cos(theta), math.sin(theta)
    for k in range(cells.shape[0]):
        total = 0.0
        for i in range(points.shape[0]):
            px = cells[k, 0] + c * points[i, 0] - s * points[i, 1]
            py = cells[k, 1] + s * points[i, 0] + c * points[i, 1]
            d = abs(lookup(sdf, res, ox, oy, 9.0, px, py))
            if d < reach:
                total += 1.0 - d / reach
        out[k] = total / points.shape[0]


@njit
def evidence(
    points: Any, origins: Any, sdf: Any, res: float, ox: float, oy: float, pose: Any, tolerance: float
) -> tuple[float, float]:
    """Return the shares of points that the map explains and that contradict it, seen from pose.

    A beam contradicts the map when it passed more than BEYOND m through something solid; what ends before the map's
    surfaces is an unmapped thing and does neither. origins (N x 2): where each beam started (m, base_link).
    """
    if points.shape[0] == 0:
        return 0.0, 0.0
    c, s = math.cos(pose[2]), math.sin(pose[2])
    explained, through = 0, 0
    for i in range(points.shape[0]):
        ex = pose[0] + c * points[i, 0] - s * points[i, 1]
        ey = pose[1] + s * points[i, 0] + c * points[i, 1]
        if abs(lookup(sdf, res, ox, oy, 9.0, ex, ey)) < tolerance:
            explained += 1
            continue
        bx = pose[0] + c * origins[i, 0] - s * origins[i, 1]
        by = pose[1] + s * origins[i, 0] + c * origins[i, 1]
        length = math.hypot(ex - bx, ey - by)
        along = 0.3
        while along < length - BEYOND:
            f = along / length
            d = lookup(sdf, res, ox, oy, 9.0, bx + f * (ex - bx), by + f * (ey - by))
            if d < SOLID:
                through += 1
                break
            along += max(d, res)
    return explained / points.shape[0], through / points.shape[0]
