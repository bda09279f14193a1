"""The robots' forward cameras: AprilTag boards warped into a grey, slightly noisy picture.

Camera frame (optical): x right, y down, z ahead. Pixel (0, 0) is the centre of the first pixel, so the principal point
is ((width - 1) / 2, (height - 1) / 2), as in OpenCV.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from amr_core.geometry import FloatArray, Pose2D, compose
from amr_core.robots import CameraSpec
from amr_core.site import Site
from amr_core.site.generators.tags import BOARD_SIDE, MODULES, QUIET
from amr_core.site.v_dock import MARKER_AHEAD, MARKER_HEIGHT
from amr_sim.lidar import EdgeGrid, cast_ray

Image = npt.NDArray[np.uint8]

RANGE = 6.0  # m: beyond it no tag is drawn
NEAREST = 0.10  # m; nearer, the lens is in the board, and its corners lie behind the picture
_WHITE, _BLACK = 205, 35
_NOISE_SIGMA = 2.0  # grey levels
_NOISE_ROOM = 64
_FINEST = 600  # px of supersampled board side


@dataclass(frozen=True)
class PlacedMarker:
    """A board: tag id and the pose of its centre on the floor plan; theta is where it faces (map frame)."""

    tag: int
    pose: Pose2D


def site_markers(site: Site) -> list[PlacedMarker]:
    """Return the boards of all stations, chargers and parking places that have one."""
    stations = [station for place in site.places for station in place.stations] + site.chargers + site.parking
    ahead = Pose2D(MARKER_AHEAD, 0.0, math.pi)
    return [PlacedMarker(s.marker, compose(s.pose, ahead)) for s in stations if s.marker is not None]


@lru_cache(maxsize=256)
def board_texture(tag: int, module: int) -> Image:
    """Return the picture of a board with module px a module."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    small = cv2.aruco.generateImageMarker(dictionary, tag, MODULES, borderBits=1)
    board = np.pad(small, QUIET, constant_values=255)
    grey = np.where(board > 127, _WHITE, _BLACK).astype(np.uint8)
    return np.ascontiguousarray(np.kron(grey, np.ones((module, module), dtype=np.uint8)))


class MarkerCamera:
    """Renders what a camera sees of the boards. occluders: static edges (S, 4) at the boards' height."""

    def __init__(self, markers: Sequence[PlacedMarker], occluders: FloatArray, seed: int) -> None:
        self._markers = list(markers)
        self._positions = np.array([m.pose[:2] for m in markers], dtype=float).reshape(-1, 2)
        self._grid = EdgeGrid.build(occluders)
        self._rng = np.random.default_rng((seed, 4))
        self._backgrounds: dict[CameraSpec, Image] = {}
        self._noise: npt.NDArray[np.int16] = np.zeros((0, 0), dtype=np.int16)

    def render(self, spec: CameraSpec, base: Pose2D) -> Image:
        """Return the mono8 picture (height, width) of a robot's camera for its base_link pose in the map frame."""
        eye = compose(base, Pose2D(spec.x, 0.0, 0.0))
        picture = self._background(spec).copy()
        visible = [marker for marker in self._near(eye) if self._sees(eye, marker)]
        visible.sort(key=lambda m: -math.hypot(m.pose.x - eye.x, m.pose.y - eye.y))
        for marker in visible:
            draw_board(picture, board_corners(spec, eye, marker), marker.tag)
        return self._add_noise(picture)

    def _near(self, eye: Pose2D) -> list[PlacedMarker]:
        away = np.hypot(*(self._positions - (eye.x, eye.y)).T)
        return [self._markers[i] for i in np.flatnonzero(away < RANGE)]

    def _sees(self, eye: Pose2D, marker: PlacedMarker) -> bool:
        dx, dy = marker.pose.x - eye.x, marker.pose.y - eye.y
        away = math.hypot(dx, dy)
        facing = -(dx * math.cos(marker.pose.theta) + dy * math.sin(marker.pose.theta))
        ahead = dx * math.cos(eye.theta) + dy * math.sin(eye.theta)
        if away < NEAREST or facing < 0.1 * away or ahead < NEAREST + BOARD_SIDE:
            return False
        # the board itself, and what it hangs on, may be solid: look at a point just in front of it
        reach = away - 0.10
        grid = self._grid
        free = cast_ray(
            eye.x, eye.y, dx / away, dy / away, reach, grid.segments, grid.origin, grid.leap, grid.starts, grid.items
        )
        return free >= reach

    def _background(self, spec: CameraSpec) -> Image:
        """Return floor and wall in grey: the wall gets darker upwards, the floor lighter towards the robot."""
        if spec not in self._backgrounds:
            rows = np.arange(spec.height)
            horizon = (spec.height - 1) / 2 + spec.focal * spec.z / (2 * RANGE)
            wall = 120.0 - 20.0 * (horizon - rows) / spec.height
            floor = 80.0 + 40.0 * (rows - horizon) / spec.height
            column = np.where(rows < horizon, wall, floor).astype(np.uint8)
            self._backgrounds[spec] = np.repeat(column[:, None], spec.width, axis=1)
        return self._backgrounds[spec]

    def _add_noise(self, picture: Image) -> Image:
        height, width = picture.shape
        if self._noise.shape[0] < height + _NOISE_ROOM or self._noise.shape[1] < width + _NOISE_ROOM:
            size = (height + _NOISE_ROOM, width + _NOISE_ROOM)
            self._noise = np.round(self._rng.normal(0.0, _NOISE_SIGMA, size)).astype(np.int16)
        row, column = self._rng.integers(_NOISE_ROOM, size=2)
        noise = self._noise[row : row + height, column : column + width]
        return np.asarray(cv2.add(picture, noise, dtype=cv2.CV_8U), dtype=np.uint8)


def board_corners(spec: CameraSpec, eye: Pose2D, marker: PlacedMarker) -> FloatArray:
    """Return where a board's corners are in the picture (4, 2; px): upper left and on clockwise."""
    half = BOARD_SIDE / 2
    # who looks at the board has its right side in the direction of its normal turned by +90 degrees
    c, s = math.cos(marker.pose.theta), math.sin(marker.pose.theta)
    corners = []
    for right, down in ((-half, -half), (half, -half), (half, half), (-half, half)):
        x, y = marker.pose.x - s * right, marker.pose.y + c * right
        dx, dy = x - eye.x, y - eye.y
        ahead = dx * math.cos(eye.theta) + dy * math.sin(eye.theta)
        left = dy * math.cos(eye.theta) - dx * math.sin(eye.theta)
        below = spec.z - MARKER_HEIGHT + down
        corners.append(
            (
                spec.focal * -left / ahead + (spec.width - 1) / 2,
                spec.focal * below / ahead + (spec.height - 1) / 2,
            )
        )
    return np.array(corners)


def draw_board(picture: Image, corners: FloatArray, tag: int) -> None:
    """Warp a board into the picture, supersampled so that its edges lie where they belong to a fraction of a pixel."""
    height, width = picture.shape
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 2, (width, height))
    if np.any(high <= low):
        return
    size = high - low
    side = float(np.ptp(corners, axis=0).max())
    factor = int(np.clip(_FINEST // max(1.0, side), 2, 8))
    module = int(np.clip(round(side * factor / (MODULES + 2 * QUIET)), 2, 64))
    texture = board_texture(tag, module)
    n = len(texture)
    # pixel i covers i - 0.5 .. i + 0.5: texture corners lie at -0.5 and n - 0.5
    source = np.array(((0, 0), (n, 0), (n, n), (0, n)), dtype=np.float64) - 0.5
    target = (corners - low + 0.5) * factor - 0.5
    to_patch = cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))
    fine_size = (int(size[0]) * factor, int(size[1]) * factor)
    fine = cv2.warpPerspective(texture, to_patch, fine_size, flags=cv2.INTER_LINEAR, borderValue=0)
    mask = cv2.warpPerspective(np.full_like(texture, 255), to_patch, fine_size, flags=cv2.INTER_LINEAR, borderValue=0)
    patch_size = (int(size[0]), int(size[1]))
    board = cv2.resize(fine, patch_size, interpolation=cv2.INTER_AREA).astype(np.float32)
    share = cv2.resize(mask, patch_size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    under = picture[low[1] : high[1], low[0] : high[0]]
    under[:] = np.clip(board + (1.0 - share) * under + 0.5, 0, 255).astype(np.uint8)
