"""`amr calibrate robot`: where the lidars and the camera of a robot really are, from a drive past walls and tags."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from amr_bringup.drive import LEAST_SCANS, Drive, read_drive
from amr_core.errors import AmrError
from amr_core.geometry import FloatArray, Pose2D, compose, inverse, wrap_angle
from amr_core.robots import RobotType
from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.localization.lidar_track import lidar_track
from amr_perception.calibration.mount import MountFit, camera_mount, lidar_mount

FARTHEST_M, WIDEST_RAD = 0.15, math.radians(10.0)  # chosen: brackets are never so far off; a wrong type or map is
LEAST_SCORE, LARGEST_LAG_S = 0.6, 0.05  # share of the beams that the map explains, s between the clocks; chosen
# chosen: standing adds only equal equations; scans come ten a second, with two lost a way between is near straight
_STILL_M, _STILL_RAD, _GAP_S = 0.02, 0.02, 0.3
_FEWEST_POINTS = 30


def calibrate_robot(
    path: Path, robot: RobotType, walls: DistanceGrid, tags: Mapping[int, Pose2D]
) -> dict[str, dict[str, Any]]:
    """Return what belongs into the result file for each sensor of robot. Raises calibration.bad.

    walls: the site's map; tags: boards by their number (map frame). A camera that saw too few tags is left out.
    """
    drive = read_drive(path)
    result, bases = dict[str, dict[str, Any]](), list[tuple[FloatArray, FloatArray]]()
    for spec in robot.lidars:
        try:
            stamps, track = _track(drive, spec.name, walls, spec.mount)
            fit = lidar_mount(drive.at(stamps), track)
            result[f"lidar_{spec.name}"] = _facts(fit, spec.mount)
        except AmrError as error:
            raise AmrError(
                "calibration.bad", reason=f"lidar {spec.name}: {error.facts.get('reason', error)}"
            ) from error
        back = inverse(fit.mount)
        bases.append((stamps, np.array([tuple(compose(Pose2D(*pose), back)) for pose in track])))
    nominal = Pose2D(robot.camera.x, 0.0, 0.0)
    try:
        result["camera"] = _facts(_camera(drive, bases[0], tags), nominal)
    except AmrError as error:
        result["camera"] = {"left_out": str(error.facts.get("reason", error))}
    return result


def _track(drive: Drive, name: str, walls: DistanceGrid, mount: Pose2D) -> tuple[FloatArray, FloatArray]:
    """Return stamps (N) and poses (N x 3, map frame) of one lidar where the robot moved."""
    first, last = drive.odometry[0, 0], drive.odometry[-1, 0]
    scans = [s for s in drive.scans.get(name, []) if first <= s[0] <= last and len(s[1]) >= _FEWEST_POINTS]
    if len(scans) < LEAST_SCANS:
        raise AmrError("calibration.bad", reason=f"{len(scans)} scans, {LEAST_SCANS} are needed")
    stamps = np.array([t for t, _ in scans])
    odometry = [Pose2D(*row) for row in drive.at(stamps)]
    poses, scores = lidar_track(walls, odometry, [points for _, points in scans], drive.start, mount)
    if float(np.median(scores)) < LEAST_SCORE:
        raise AmrError(
            "calibration.bad", reason=f"{np.median(scores):.0%} of the beams fit the map: wrong site or start"
        )
    lag = _lag(drive, stamps, poses)
    if abs(lag) > LARGEST_LAG_S:
        raise AmrError("calibration.bad", reason=f"its clock is {lag:+.2f} s off that of the wheels")
    kept, newest = list[int](), -math.inf
    base = drive.at(stamps)
    for k, score in enumerate(scores):
        moved = math.inf if not kept else math.dist(base[k, :2], base[kept[-1], :2])
        turned = math.inf if not kept else abs(float(base[k, 2] - base[kept[-1], 2]))
        if score >= LEAST_SCORE and stamps[k] > newest and (moved > _STILL_M or turned > _STILL_RAD):
            kept.append(k)
            newest = float(stamps[k])
    return stamps[kept], poses[kept]


def _lag(drive: Drive, stamps: FloatArray, poses: FloatArray) -> float:
    """Return by how much (s) the lidar's stamps are too late: where its turns fit those of the wheels best."""
    turns = np.diff(np.unwrap(poses[:, 2]))
    lags = np.arange(-0.5, 0.51, 0.025)
    off = [float(np.abs(turns - np.diff(drive.at(stamps - lag)[:, 2])).mean()) for lag in lags]
    best = int(np.argmin(off))
    # A drive without changes of its turn rate says nothing of the clocks: then none is better by much.
    return float(lags[best]) if off[best] < 0.7 * off[len(lags) // 2] else 0.0


def _camera(drive: Drive, base: tuple[FloatArray, FloatArray], tags: Mapping[int, Pose2D]) -> MountFit:
    stamps, poses = base
    theta = np.unwrap(poses[:, 2])
    rows, seen, boards = list[tuple[float, ...]](), list[tuple[float, float]](), list[tuple[float, float]]()
    for line in drive.tags:
        k = int(np.searchsorted(stamps, line.t))
        if line.tag not in tags or not 0 < k < len(stamps) or stamps[k] - stamps[k - 1] > _GAP_S:
            continue
        rows.append(tuple(float(np.interp(line.t, stamps, v)) for v in (poses[:, 0], poses[:, 1], theta)))
        seen.append((line.z, -line.x))
        boards.append((tags[line.tag].x, tags[line.tag].y))
    return camera_mount(np.array(rows).reshape(-1, 3), np.array(seen).reshape(-1, 2), np.array(boards).reshape(-1, 2))


def _facts(fit: MountFit, nominal: Pose2D) -> dict[str, Any]:
    off = (fit.mount.x - nominal.x, fit.mount.y - nominal.y, wrap_angle(fit.mount.theta - nominal.theta))
    if math.hypot(*off[:2]) > FARTHEST_M or abs(off[2]) > WIDEST_RAD:
        raise AmrError(
            "calibration.bad",
            reason=f"{math.hypot(*off[:2]):.2f} m and {math.degrees(off[2]):.1f} degrees from where it should be: "
            "another robot's type, or a wrong map",
        )
    return {
        "x": round(fit.mount.x, 4),
        "y": round(fit.mount.y, 4),
        "theta": round(fit.mount.theta, 5),
        "off_mm": [round(1000.0 * v, 1) for v in off[:2]],
        "off_deg": round(math.degrees(off[2]), 3),
        "sigma_mm": [round(1000.0 * v, 2) for v in fit.sigma[:2]],
        "sigma_deg": round(math.degrees(fit.sigma[2]), 4),
        "residual_mm": round(1000.0 * fit.rms, 1),
        "halves_mm": round(1000.0 * fit.halves[0], 1),
        "halves_deg": round(math.degrees(fit.halves[1]), 3),
        "used": fit.used,
        "odometry_scale": round(fit.scale, 4),
    }
