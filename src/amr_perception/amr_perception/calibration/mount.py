"""Where on a robot its lidars and its camera are: from a drive, by hand-eye calibration in the plane.

A lidar: between two moments it has moved by X^-1 A X, where A is what the wheels say of base_link and X the mount that
is sought (as AX = XB, Tsai and Lenz 1989, here in the plane and linear). A camera: a tag at a known place, seen from a
known pose of base_link, lies at X times what the camera measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray, Pose2D, wrap_angle

LEAST_LEGS, LEAST_SIGHTS = 40, 30
LEAST_TURNED, LEAST_DRIVEN = 2.0 * math.pi, 3.0  # rad, m: without turns and ways the mount is not told; chosen
# chosen: above a lidar's noise of 1 to 2 cm; more is slip or clocks that differ, and moves the mount
LARGEST_RMS_M = 0.03
LARGEST_SIGMA = (0.005, math.radians(0.2))  # m, rad; chosen: docking needs so much
# m, rad between the two halves of a drive; chosen: three times LARGEST_SIGMA
LARGEST_HALVES = (0.015, math.radians(0.6))
# m, rad, steps: a leg is long beside the noise of its ends, short beside the drift of wheels
_LEG_M, _LEG_RAD, _LONGEST = 0.4, 0.5, 40
_OUTLIER = 2.5  # sigmas, by the median; chosen: from there a pair weighs less the farther off it is


@dataclass(frozen=True)
class MountFit:
    """mount: the sensor in base_link. sigma: its standard deviations (m, m, rad) from the residuals.

    rms: residual (m) of a leg or a sight. halves: by how much the even and the odd ones differ (m, rad). used: how many
    legs or sights. scale: by how much the wheels count too little, 1 for a camera.
    """

    mount: Pose2D
    sigma: tuple[float, float, float]
    rms: float
    halves: tuple[float, float]
    used: int
    scale: float = 1.0


def lidar_mount(odometry: FloatArray, lidar: FloatArray) -> MountFit:
    """Return a lidar's mount. odometry, lidar: N x 3 poses of base_link (odom frame) and of the lidar (map frame).

    Both at the same moments. Raises calibration.bad: too short a drive, too few turns, wheels that slip,
    halves that do not agree.
    """
    legs = _legs(odometry)
    if len(legs) < LEAST_LEGS:
        raise _bad(f"{len(legs)} legs of {_LEG_M} m or {_LEG_RAD} rad, {LEAST_LEGS} are needed: drive longer")
    steps = np.diff(odometry, axis=0)
    turned = float(np.abs([wrap_angle(float(a)) for a in steps[:, 2]]).sum())
    driven = float(np.hypot(steps[:, 0], steps[:, 1]).sum())
    if turned < LEAST_TURNED or driven < LEAST_DRIVEN:
        raise _bad(f"the drive has {driven:.1f} m and turns of {math.degrees(turned):.0f} degrees: "
                   f"{LEAST_DRIVEN:.0f} m and {math.degrees(LEAST_TURNED):.0f} are needed")  # fmt: skip
    rows, wanted = _hand_eye(odometry, lidar, legs)
    found, sigma, rms = _solve(rows, wanted)
    length = math.hypot(found[2], found[3])
    if not 0.8 < length < 1.25:
        raise _bad(f"the wheels count {1.0 / max(length, 1e-9):.2f} of the way: check the odometry")
    halves = [_solve(rows[_part(legs, k)], wanted[_part(legs, k)])[0] for k in (0, 1)]
    return _judged(found, sigma, rms, (halves[0], halves[1]), len(legs), 1.0 / length)


def camera_mount(base: FloatArray, seen: FloatArray, boards: FloatArray) -> MountFit:
    """Return a camera's mount. base: N x 3 poses of base_link, boards: N x 2 places of the tags (both map frame).

    seen: N x 2, where the camera measured them, x ahead and y to the left of it (m). Raises calibration.bad.
    """
    if len(seen) < LEAST_SIGHTS:
        raise _bad(f"{len(seen)} sights of tags, {LEAST_SIGHTS} are needed")
    c, s = np.cos(base[:, 2]), np.sin(base[:, 2])
    away = boards - base[:, :2]
    wanted = np.column_stack((c * away[:, 0] + s * away[:, 1], -s * away[:, 0] + c * away[:, 1])).ravel()
    rows = np.zeros((len(seen), 2, 4))
    rows[:, 0, 0] = rows[:, 1, 1] = 1.0
    rows[:, 0, 2], rows[:, 0, 3] = seen[:, 0], -seen[:, 1]
    rows[:, 1, 2], rows[:, 1, 3] = seen[:, 1], seen[:, 0]
    flat = rows.reshape(-1, 4)
    found, sigma, rms = _solve(flat, wanted)
    length = math.hypot(found[2], found[3])
    if abs(length - 1.0) > 0.03:
        raise _bad(
            f"distances of tags are {length:.3f} of what they should be: check the size of the tags and the lens"
        )
    halves = [
        _solve(flat.reshape(-1, 2, 4)[k::2].reshape(-1, 4), wanted.reshape(-1, 2)[k::2].ravel())[0] for k in (0, 1)
    ]
    # The tags' size is what it is: the length of (c, s) tells of the lens and must not scale the mount.
    return _judged(found, sigma, rms, (halves[0], halves[1]), len(seen), 1.0)


def _legs(odometry: FloatArray) -> list[tuple[int, int]]:
    """Return pairs of moments between which the robot has moved or turned enough to tell something."""
    legs = []
    for i in range(len(odometry) - 1):
        for j in range(i + 1, min(i + _LONGEST, len(odometry))):
            moved = math.dist(odometry[i, :2], odometry[j, :2])
            if moved >= _LEG_M or abs(wrap_angle(float(odometry[j, 2] - odometry[i, 2]))) >= _LEG_RAD:
                legs.append((i, j))
                break
    return legs


def _part(legs: list[tuple[int, int]], half: int) -> slice:
    """Return the rows of the first or the second half of a drive."""
    middle = len(legs) // 2
    return slice(0, 2 * middle) if half == 0 else slice(2 * middle, None)


def _hand_eye(odometry: FloatArray, lidar: FloatArray, legs: list[tuple[int, int]]) -> tuple[FloatArray, FloatArray]:
    """Return the rows and right sides of (R - 1) t - X t_B = -t_A for t, and X's cosine and sine, over 1 / scale."""
    first, last = (np.array(side) for side in zip(*legs, strict=True))
    a, b = _relative(odometry, first, last), _relative(lidar, first, last)
    c, s = np.cos(b[:, 2]), np.sin(b[:, 2])  # the lidar turns as the robot does, and its match knows it better
    rows = np.zeros((len(legs), 2, 4))
    rows[:, 0, 0], rows[:, 0, 1] = c - 1.0, -s
    rows[:, 1, 0], rows[:, 1, 1] = s, c - 1.0
    rows[:, 0, 2], rows[:, 0, 3] = -b[:, 0], b[:, 1]
    rows[:, 1, 2], rows[:, 1, 3] = -b[:, 1], -b[:, 0]
    return rows.reshape(-1, 4), -a[:, :2].ravel()


def _relative(poses: FloatArray, first: FloatArray, last: FloatArray) -> FloatArray:
    start, end = poses[first], poses[last]
    c, s = np.cos(start[:, 2]), np.sin(start[:, 2])
    d = end - start
    return np.column_stack((c * d[:, 0] + s * d[:, 1], -s * d[:, 0] + c * d[:, 1], d[:, 2]))


def _solve(rows: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Return solution (4), its covariance (4 x 4) and the residual (rms of a pair), outliers weighed down."""
    weight = np.ones(len(rows) // 2)
    found = np.zeros(4)
    for _ in range(8):
        w = np.repeat(np.sqrt(weight), 2)
        found = np.linalg.lstsq(rows * w[:, None], wanted * w, rcond=None)[0]
        off = np.hypot(*(rows @ found - wanted).reshape(-1, 2).T)
        scale = max(1.4826 * float(np.median(off)), 1e-6)
        weight = 1.0 / np.maximum(1.0, off / (_OUTLIER * scale))
    rms = float(np.sqrt(np.average(off**2, weights=weight)))
    w = np.repeat(weight, 2)
    covariance = 0.5 * rms**2 * np.linalg.pinv(rows.T @ (rows * w[:, None]))
    return found, covariance, rms


def _judged(
    found: FloatArray,
    covariance: FloatArray,
    rms: float,
    halves: tuple[FloatArray, FloatArray],
    used: int,
    scale: float,
) -> MountFit:
    mount, sigma = _mount(found, scale), np.sqrt(np.diag(covariance))
    spread = (float(sigma[0]), float(sigma[1]), float(max(sigma[2:])))
    one, two = (_mount(half, scale) for half in halves)
    apart = (math.dist(one[:2], two[:2]), abs(wrap_angle(one.theta - two.theta)))
    if rms > LARGEST_RMS_M:
        raise _bad(
            f"residual {1000 * rms:.0f} mm, {1000 * LARGEST_RMS_M:.0f} are allowed: slipping wheels, wrong clocks"
        )
    if max(spread[:2]) > LARGEST_SIGMA[0] or spread[2] > LARGEST_SIGMA[1]:
        raise _bad(f"the mount is known to {1000 * max(spread[:2]):.0f} mm and {math.degrees(spread[2]):.2f} degrees "
                   "only: drive longer, with turns to both sides and straight parts")  # fmt: skip
    if apart[0] > LARGEST_HALVES[0] or apart[1] > LARGEST_HALVES[1]:
        raise _bad(
            f"the halves of the drive differ by {1000 * apart[0]:.0f} mm and {math.degrees(apart[1]):.2f} degrees"
        )
    return MountFit(mount, spread, rms, apart, used, scale)


def _mount(found: FloatArray, scale: float) -> Pose2D:
    return Pose2D(float(found[0]) * scale, float(found[1]) * scale, math.atan2(float(found[3]), float(found[2])))


def _bad(reason: str) -> AmrError:
    return AmrError("calibration.bad", reason=reason)
