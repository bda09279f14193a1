"""What a depth camera has seen below and above the plane of the lidars, remembered where the camera cannot look.

The grid lies in the odom frame and wraps around, so that nothing is copied while the robot drives.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from amr_core.geometry import FloatArray, Pose2D, transform
from amr_core.robots import DepthCameraSpec
from amr_navigation.costmap.body import Body

_RES, _CELLS = 0.05, 400  # m a cell, as the maps; cells a side: 20 m, more than three times _FORGET_M
_FORGET_M = 6.0  # chosen: beyond the camera's own reach of 4 m; further keeps what odometry has drifted away from
# chosen: longer, who walked off leaves a ghost; nearer than 1.5 m the camera cannot look again, and it stays
_KEEP_S, _NEAR_M = 8.0, 1.5
_LIDAR_BAND = (0.12, 0.28)  # m above the floor: the lidars' plane (0.2) and the noise of depth around it
_OVERHANG_CELLS = 5
_NEVER = -1e9  # s, a time before any stamp: not seen
EMPTY: FloatArray = np.empty((0, 2))


class DepthLayer:
    """Cells with obstacles. A cell is freed by floor that is seen in it, or, farther than 1.5 m away, after 8 s.

    Floor frees nothing that hangs above what the camera can see at that distance. Nothing at all is freed while no
    clouds come: a camera that has gone blind goes on holding what it saw.
    """

    def __init__(self, camera: DepthCameraSpec, timeout: float = 1.0) -> None:
        self._seen = np.full((_CELLS, _CELLS), _NEVER)
        self._lowest = np.zeros((_CELLS, _CELLS), dtype=np.float32)
        self._camera = camera
        self._rise = math.tan(math.atan2(camera.height / 2.0, camera.focal) - camera.pitch)
        self._timeout = timeout
        self._heard = self._saw = -math.inf
        self._points: FloatArray = EMPTY
        self.wanted = False

    def clear(self) -> None:
        """Forget everything."""
        self._seen[:] = _NEVER
        self._points = EMPTY

    def stale(self, now: float) -> bool:
        """Return whether clouds are wanted and none has come for a second that shows floor.

        A camera that sees none says itself that it is blind, or something fills its view: neither is a reason to hurry.
        """
        return self.wanted and now - self._saw > self._timeout

    def update(self, stamp: float, base: Pose2D, obstacles: FloatArray, clearing: FloatArray, body: Body) -> None:
        """Take in points (N x 3 and M x 3; m, base_link at stamp). base: base_link in the odom frame then."""
        self.wanted = True
        if stamp < self._heard:
            return
        self._heard = stamp
        if len(clearing):
            self._saw = stamp
            self._free(clearing, base)
        marked = _beside_the_plane(_outside(obstacles, body))
        if len(marked):
            self._mark(marked, base, stamp)
        self._forget(stamp, base)

    def points(self, base: Pose2D) -> FloatArray:
        """Return the middles of the cells (N x 2; m) in the frame of base, a pose in the odom frame."""
        if not len(self._points):
            return EMPTY
        c, s = math.cos(base.theta), math.sin(base.theta)
        return np.asarray((self._points - (base.x, base.y)) @ np.array([(c, -s), (s, c)]))

    def _free(self, floor: FloatArray, base: Pose2D) -> None:
        cells = _cells(transform(floor[:, :2], base))
        ceiling = self._camera.z + self._rise * (floor[:, 0] - self._camera.x)
        shown = self._lowest[cells[:, 0], cells[:, 1]] < ceiling
        self._seen[cells[shown, 0], cells[shown, 1]] = _NEVER

    def _mark(self, points: FloatArray, base: Pose2D, stamp: float) -> None:
        cells = _cells(transform(points[:, :2], base))
        where = (cells[:, 0], cells[:, 1])
        self._lowest[where] = np.inf
        np.minimum.at(self._lowest, where, points[:, 2].astype(np.float32))
        self._seen[where] = stamp

    def _forget(self, now: float, base: Pose2D) -> None:
        rows, columns = np.nonzero(self._seen > _NEVER)
        places = np.column_stack((_unwrap(rows, base.x), _unwrap(columns, base.y)))
        away = np.hypot(places[:, 0] - base.x, places[:, 1] - base.y)
        old = now - self._seen[rows, columns] > _KEEP_S
        gone = (away > _FORGET_M) | (old & (away > _NEAR_M))
        self._seen[rows[gone], columns[gone]] = _NEVER
        self._points = places[~gone]


def _cells(points: FloatArray) -> npt.NDArray[np.int64]:
    return np.floor(points / _RES).astype(np.int64) % _CELLS


def _unwrap(index: npt.NDArray[np.int64], near: float) -> FloatArray:
    """Return the middle of each cell (m) on the turn of the grid that is nearest to near."""
    place = (index + 0.5) * _RES
    turn = _RES * _CELLS
    return np.asarray(place + turn * np.round((near - place) / turn))


def _outside(points: FloatArray, body: Body) -> FloatArray:
    x, y = points[:, 0], points[:, 1]
    inside = (-body.rear < x) & (x < body.front) & (-body.right < y) & (y < body.left)
    return points[~inside]


def _beside_the_plane(points: FloatArray) -> FloatArray:
    """Return the points of things that the lidars do not see.

    What reaches through their plane is theirs: they see it come and go in time. So is what hangs less than 0.25 m over
    beside it, such as the arms of a person, which would else stay behind in the blind zone before the robot.
    """
    if not len(points):
        return points
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    columns, rows = (np.floor((high - low) / _RES).astype(int) + 1 + 2 * _OVERHANG_CELLS).tolist()
    cells = np.floor((points[:, :2] - low) / _RES).astype(int) + _OVERHANG_CELLS
    plane = np.zeros((rows, columns), np.uint8)
    band = (points[:, 2] > _LIDAR_BAND[0]) & (points[:, 2] < _LIDAR_BAND[1])
    plane[cells[band, 1], cells[band, 0]] = 1
    around = cv2.dilate(plane, np.ones((2 * _OVERHANG_CELLS + 1,) * 2, np.uint8))
    beside = cv2.dilate(plane, np.ones((3, 3), np.uint8))
    above = points[:, 2] >= _LIDAR_BAND[1]
    theirs = np.where(above, around[cells[:, 1], cells[:, 0]], beside[cells[:, 1], cells[:, 0]]) > 0
    return np.asarray(points[~theirs & ~band])
