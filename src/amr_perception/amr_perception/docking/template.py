"""Fits a known outline of straight pieces to lidar points, from a rough guess of where it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from amr_core.geometry import FloatArray, Pose2D, transform, wrap_angle
from amr_core.site.v_dock import V_DEPTH, V_SHOULDER, V_WIDTH, v_dock_pieces

# coarse to fine: the first takes in a prior 0.3 m off, the last five times the noise; wider lets clutter pull
_GATES_M = (0.30, 0.20, 0.12, 0.08, 0.05, 0.05, 0.05, 0.05)
_STARTS = tuple((0.0, y, t) for t in (0.0, -0.15, 0.15) for y in (0.0, -0.15, 0.15))
SIGMA_M = 0.01  # as the types' lidars have it (LidarSpec.sigma); less would promise more than a scan can hold
_BIN_M = 0.03  # chosen: beams of a degree are so far apart at 1.7 m; finer leaves holes in what was seen whole
_CLEARLY = 0.001  # m of _cost
_WORSE_FOOT = 1.3  # of real scans that were read one foot off none reached 1.25
_LEAST_OF_A_FOOT = 0.2  # share of a foot's points that its own scan covers; chosen


@dataclass(frozen=True, eq=False)
class DockOutline:
    """pieces: S x 4 of x0, y0, x1, y1 (m) in the target's frame. x points the way a docked robot faces.

    opaque: echoes from behind the pieces, seen through them, speak against it. margin (m): how far around the outline
    points are taken. largest_residual (m, rms): above it a fit is not believed; feet look alike, and a fit that is
    shifted by one of them leaves 20 mm and more. repeats (m): shifted by this along y it looks much the same, so the
    shifted fit must be clearly worse (LookAlike); 0 for an outline without such a look-alike. feet: rows of pieces that
    are one thing each, every one of which must be seen. least_coverage: share of the outline with points on it.
    """

    name: str
    pieces: FloatArray
    margin: float = 0.35
    opaque: bool = False
    largest_residual: float = 0.025
    repeats: float = 0.0
    feet: tuple[tuple[int, ...], ...] = ()
    least_coverage: float = 0.6

    @property
    def length(self) -> float:
        """Total length of the pieces (m)."""
        return float(np.hypot(*(self.pieces[:, 2:] - self.pieces[:, :2]).T).sum())


@dataclass(frozen=True, eq=False)
class OutlinePose:
    """pose: the target in the frame of the points; covariance: 3 x 3 (m, m, rad); residual: rms (m).

    coverage: share of the outline with points on it; points: how many support the pose.
    """

    pose: Pose2D
    covariance: FloatArray
    residual: float
    coverage: float
    points: int


@dataclass(frozen=True)
class LookAlike:
    """A fit one repeat beside another one.

    cost: by how much (m) it scores worse; foot, other: rms (m) of its worst foot, and of the other one's.
    """

    cost: float
    foot: float
    other: float

    @property
    def clearly_worse(self) -> bool:
        """Whether nobody could take it for the better one."""
        return self.cost >= _CLEARLY and self.foot >= _WORSE_FOOT * self.other


def v_dock(width: float = V_WIDTH, depth: float = V_DEPTH, shoulder: float = V_SHOULDER) -> DockOutline:
    """Return a V that opens towards the robot; its origin is the middle of the mouth, the apex lies depth ahead.

    shoulder: length (m) of a flat piece on either side of the mouth, which steadies the heading; 0 for a bare V.
    """
    return DockOutline("v_dock", np.array(v_dock_pieces(width, depth, shoulder)), opaque=True)


def pallet_feet(width: float = 0.8, outer: float = 0.1, middle: float = 0.145, depth: float = 0.1) -> DockOutline:
    """Return the front faces and inner sides of a pallet's three feet; the origin is the middle of its front."""
    half, inner = width / 2.0, middle / 2.0
    pieces = [
        (0.0, -half, 0.0, -half + outer),
        (0.0, -half + outer, depth, -half + outer),
        (0.0, -inner, depth, -inner),
        (0.0, -inner, 0.0, inner),
        (0.0, inner, depth, inner),
        (0.0, half - outer, depth, half - outer),
        (0.0, half - outer, 0.0, half),
    ]
    return DockOutline(
        "pallet_feet", np.array(pieces), margin=0.25, largest_residual=0.020, repeats=half - outer / 2.0,
        feet=((0, 1), (2, 3, 4), (5, 6)), least_coverage=0.4,
    )  # fmt: skip


def fit(
    outline: DockOutline,
    points: FloatArray,
    prior: Pose2D,
    *,
    least_coverage: float | None = None,
    starts: Sequence[tuple[float, float, float]] = _STARTS,
) -> OutlinePose | None:
    """Return the pose of an outline among points (N x 2 m), None when none near prior (same frame) is convincing.

    least_coverage: in place of the outline's own.
    """
    reach = float(np.abs(outline.pieces).max()) + outline.margin
    away = points - np.array(prior[:2])
    near = points[np.hypot(away[:, 0], away[:, 1]) < reach]
    if len(near) < 8 or not np.all(np.isfinite(near)):
        return None
    best: tuple[float, Pose2D] | None = None
    for dx, dy, dt in starts:
        c, s = math.cos(prior.theta), math.sin(prior.theta)
        guess = Pose2D(prior.x + c * dx - s * dy, prior.y + s * dx + c * dy, wrap_angle(prior.theta + dt))
        pose = _descend(outline, near, guess)
        if pose is None:
            continue
        cost = _cost(outline, near, pose)
        if best is None or cost < best[0]:
            best = (cost, pose)
    if best is None:
        return None
    if outline.repeats and any(not other.clearly_worse for other in look_alikes(outline, points, best[1])):
        return None
    least = outline.least_coverage if least_coverage is None else least_coverage
    return _judge(outline, near, best[1], prior, least)


def look_alikes(outline: DockOutline, points: FloatArray, pose: Pose2D) -> list[LookAlike]:
    """Return what the fits that are shifted by one repeat to either side of pose look like, where something stands."""
    c, s = math.cos(pose.theta), math.sin(pose.theta)
    reach = float(np.abs(outline.pieces).max()) + outline.margin + outline.repeats
    near = points[np.hypot(*(points - np.array(pose[:2])).T) < reach]
    here, worst, found = _cost(outline, near, pose), _worst_foot(outline, _to_local(near, pose)), list[LookAlike]()
    for side in (-outline.repeats, outline.repeats):
        guess = Pose2D(pose.x - s * side, pose.y + c * side, pose.theta)
        other = _descend(outline, near, guess, _GATES_M[3:])
        if other is None or math.hypot(other.x - pose.x, other.y - pose.y) < 0.5 * outline.repeats:
            continue
        foot = _worst_foot(outline, _to_local(near, other))
        if foot < math.inf:
            found.append(LookAlike(_cost(outline, near, other) - here, foot, worst))
    return found


def _descend(
    outline: DockOutline, points: FloatArray, pose: Pose2D, gates: Sequence[float] = _GATES_M
) -> Pose2D | None:
    for gate in gates:
        local = _to_local(points, pose)
        error, normal, _ = _nearest(outline, local)
        keep = np.abs(error) < gate
        if keep.sum() < 6:
            return None
        normal, here, off = normal[keep], local[keep], error[keep]
        rows = np.column_stack((normal, here[:, 0] * normal[:, 1] - here[:, 1] * normal[:, 0]))
        weight = 1.0 / np.maximum(1.0, np.abs(off) / 0.02)
        hessian = rows.T @ (rows * weight[:, None]) + np.diag((1e-6, 1e-6, 1e-6))
        dx, dy, dt = np.linalg.solve(hessian, rows.T @ (weight * off)).tolist()
        c, s = math.cos(pose.theta), math.sin(pose.theta)
        pose = Pose2D(pose.x + c * dx - s * dy, pose.y + s * dx + c * dy, wrap_angle(pose.theta + dt))
        if abs(dt) > 1.0:
            return None
    return pose


def _to_local(points: FloatArray, pose: Pose2D) -> FloatArray:
    c, s = math.cos(pose.theta), math.sin(pose.theta)
    return np.asarray((points - np.array(pose[:2])) @ np.array([(c, -s), (s, c)]))


def _nearest(outline: DockOutline, local: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return signed distance (N), the direction it is measured along (N x 2) and the place on the outline (N, m)."""
    signed, direction, place = np.empty(len(local)), np.empty((len(local), 2)), np.empty(len(local))
    _measure(outline.pieces, local, signed, direction, place)
    return signed, direction, place


@njit(cache=True, nogil=True)
def _measure(
    pieces: FloatArray, local: FloatArray, signed: FloatArray, direction: FloatArray, place: FloatArray
) -> None:
    """Do what _nearest says for pieces (S x 4) and points (N x 2), into the last three."""
    for i in range(len(local)):
        least, passed = np.inf, 0.0
        for k in range(len(pieces)):
            along_x, along_y = pieces[k, 2] - pieces[k, 0], pieces[k, 3] - pieces[k, 1]
            length = math.hypot(along_x, along_y)
            ux, uy = along_x / length, along_y / length
            rx, ry = local[i, 0] - pieces[k, 0], local[i, 1] - pieces[k, 1]
            share = min(max(rx * ux + ry * uy, 0.0), length)
            gap_x, gap_y = rx - share * ux, ry - share * uy
            away = math.hypot(gap_x, gap_y)
            if away < least:
                least = away
                beside = gap_y * ux - gap_x * uy
                inside = abs(abs(beside) - away) < 1e-9
                signed[i] = beside if inside else away
                direction[i, 0] = -uy if inside else gap_x / max(away, 1e-9)
                direction[i, 1] = ux if inside else gap_y / max(away, 1e-9)
                place[i] = passed + share
            passed += length


def _covered(outline: DockOutline, place: FloatArray) -> float:
    bins = max(1, round(outline.length / _BIN_M))
    hit = np.unique(np.minimum((place / outline.length * bins).astype(int), bins - 1))
    return len(hit) / bins


def _cost(outline: DockOutline, points: FloatArray, pose: Pose2D) -> float:
    error, _, place = _nearest(outline, _to_local(points, pose))
    near = np.abs(error) < 0.05
    return float(np.minimum(np.abs(error), 0.05).mean()) + 0.05 * (1.0 - _covered(outline, place[near]))


def _judge(
    outline: DockOutline, points: FloatArray, pose: Pose2D, prior: Pose2D, least_coverage: float
) -> OutlinePose | None:
    local = _to_local(points, pose)
    error, normal, place = _nearest(outline, local)
    near = np.abs(error) < 0.06
    coverage = _covered(outline, place[near])
    residual = float(np.sqrt(np.mean(np.square(error[near])))) if near.any() else math.inf
    turned = abs(wrap_angle(pose.theta - prior.theta))
    if near.sum() < 8 or residual > outline.largest_residual or coverage < least_coverage or turned > 0.45:
        return None
    if math.isinf(_worst_foot(outline, local)):
        return None
    if outline.opaque and _seen_through(outline, local) > 0.1 * near.sum():
        return None
    rows = np.column_stack((normal, local[:, 0] * normal[:, 1] - local[:, 1] * normal[:, 0]))[near]
    covariance = max(residual, SIGMA_M) ** 2 * np.linalg.pinv(rows.T @ rows)
    turn = np.eye(3)
    turn[:2, :2] = [(math.cos(pose.theta), -math.sin(pose.theta)), (math.sin(pose.theta), math.cos(pose.theta))]
    return OutlinePose(pose, turn @ covariance @ turn.T, residual, coverage, int(near.sum()))


def _worst_foot(outline: DockOutline, local: FloatArray) -> float:
    """Return the residual (m, rms) of the foot that fits worst; inf where one has no points on it.

    A fit that is off by one foot has one that stands nowhere, or on what is no foot.
    """
    worst = 0.0
    for foot in outline.feet:
        alone = replace(outline, pieces=outline.pieces[list(foot)])
        error, _, place = _nearest(alone, local)
        near = np.abs(error) < 0.05
        if near.sum() < 3 or _covered(alone, place[near]) < _LEAST_OF_A_FOOT:
            return math.inf
        worst = max(worst, float(np.sqrt(np.mean(np.square(error[near])))))
    return worst


def _seen_through(outline: DockOutline, local: FloatArray) -> int:
    """Return how many points lie well behind the pieces, or well before them: a V has neither."""
    y = outline.pieces[:, [1, 3]]
    inside = (local[:, 1] > y.min()) & (local[:, 1] < y.max())
    starts = np.argsort(outline.pieces[:, 1])
    surface = np.interp(
        local[:, 1], outline.pieces[starts][:, [1, 3]].ravel(), outline.pieces[starts][:, [0, 2]].ravel()
    )
    return int((inside & (np.abs(local[:, 0] - surface) > 0.08)).sum())


def scan_points(ranges: FloatArray, angle_min: float, increment: float, mount: Pose2D, reach: float) -> FloatArray:
    """Return the echoes (N x 2 m) of a scan in base_link, without ranges (m) that are no numbers or beyond reach."""
    angles = angle_min + increment * np.arange(len(ranges))
    good = np.isfinite(ranges) & (ranges > 0.0) & (ranges < reach)
    local = ranges[good, None] * np.column_stack((np.cos(angles[good]), np.sin(angles[good])))
    return transform(np.asarray(local, dtype=np.float64), mount)
