"""Where the robot is, from a tag whose place the site knows: a fix for aisles that all look alike to a lidar."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, compose
from amr_core.robots import CameraSpec
from amr_core.site import Site
from amr_core.site.v_dock import MARKER_AHEAD, MARKER_HEIGHT
from amr_perception.markers.detector import Marker

_FARTHEST_M = 3.0
_TILT_RAD = 0.12  # a fix that says the robot leans more than this is wrong
_HEIGHT_M = 0.08
_FLOOR_SIGMA = (0.01, 0.01, 0.005)  # how exactly boards hang and the camera is mounted (m, m, rad)


@dataclass(frozen=True, eq=False)
class Fix:
    """Pose of base_link in the map frame with its 3 x 3 covariance (x, y in m, theta in rad)."""

    pose: Pose2D
    covariance: FloatArray
    tag: int


def site_tags(site: Site) -> dict[int, Pose2D]:
    """Return tag -> pose of the board (map frame; theta is where it faces). A tag that hangs twice is left out."""
    stations = [s for place in site.places for s in place.stations] + site.chargers + site.parking
    tags: dict[int, Pose2D] = {}
    twice = set()
    for station in stations:
        if station.marker is None:
            continue
        if station.marker in tags:
            twice.add(station.marker)
        tags[station.marker] = compose(station.pose, Pose2D(MARKER_AHEAD, 0.0, math.pi))
    return {tag: pose for tag, pose in tags.items() if tag not in twice}


def fix_from(marker: Marker, board: Pose2D, camera: CameraSpec) -> Fix | None:
    """Return the fix, or None when the sighting is too far, ambiguous, or contradicts an upright robot on the floor."""
    pose = marker.pose
    if pose.ambiguous or float(np.linalg.norm(pose.tvec)) > _FARTHEST_M:
        return None
    x, y, theta, z, tilt = _base(pose.rotation, pose.tvec, board, camera)
    if abs(z) > _HEIGHT_M or tilt > _TILT_RAD:
        return None
    jacobian = np.empty((3, 6))
    step = 1e-5
    for k in range(6):
        moved, turn = pose.tvec.copy(), np.zeros(3)
        if k < 3:
            moved[k] += step
        else:
            turn[k - 3] = step
        bx, by, btheta, _, _ = _base(_small(turn) @ pose.rotation, moved, board, camera)
        jacobian[:, k] = ((bx - x) / step, (by - y) / step, math.remainder(btheta - theta, math.tau) / step)
    covariance = jacobian @ pose.covariance @ jacobian.T + np.diag(np.square(_FLOOR_SIGMA))
    return Fix(Pose2D(x, y, theta), covariance, marker.tag)


def _small(turn: FloatArray) -> FloatArray:
    x, y, z = turn
    return np.array([(1.0, -z, y), (z, 1.0, -x), (-y, x, 1.0)])


def _base(
    rotation: FloatArray, tvec: FloatArray, board: Pose2D, camera: CameraSpec
) -> tuple[float, float, float, float, float]:
    """Return x, y, theta, height and tilt of base_link in the map frame."""
    c, s = math.cos(board.theta), math.sin(board.theta)
    in_map = np.array([(-s, 0.0, c), (c, 0.0, s), (0.0, 1.0, 0.0)])  # columns: the tag's axes
    in_base = np.array([(0.0, 0.0, 1.0), (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0)])  # columns: the optical axes
    turn = in_map @ rotation.T @ in_base.T
    offset = in_base @ tvec + np.array((camera.x, 0.0, camera.z))
    place = np.array((board.x, board.y, MARKER_HEIGHT)) - turn @ offset
    theta = math.atan2(turn[1, 0], turn[0, 0])
    tilt = math.acos(max(-1.0, min(1.0, float(turn[2, 2]))))
    return float(place[0]), float(place[1]), theta, float(place[2]), tilt
