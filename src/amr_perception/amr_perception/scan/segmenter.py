"""One lidar of one robot: ranges to segments in the map frame."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from amr_core.geometry import FloatArray, Pose2D, compose
from amr_core.robots import LidarSpec
from amr_perception.scan.kernels import segments
from amr_perception.scan.static_map import BackgroundMap

MAX_RANGE_M = 12.0  # at 12 m beams of a degree are 0.2 m apart: farther a person is one beam or none
MAP_MARGIN_M = 0.25  # chosen: a wall's place is off by less (pose, map); wider hides who stands at the wall
_GAP_M = 0.3  # chosen: wider than 0.2 m between two beams on one thing at 12 m, narrower than between two people
_MOST = 256


class Segmenter:
    """Cuts the scans of a lidar; keeps the beam directions between scans."""

    def __init__(self, spec: LidarSpec, static: BackgroundMap) -> None:
        self._spec = spec
        self._static = static
        margin = MAP_MARGIN_M / static.unit
        self._grid = np.array([*static.origin, static.resolution, margin])
        self._beams: FloatArray = np.empty((0, 2))
        self._fan = (0.0, 0.0, 0)
        self._out = np.empty((_MOST, 7))

    def cut(
        self, ranges: npt.NDArray[np.float32], angle_min: float, increment: float, range_min: float, pose: Pose2D
    ) -> FloatArray:
        """Return S x 7 segments (see kernels.segments) of a scan taken at pose (base_link in the map frame).

        ranges: N metres, beam i at angle_min + i * increment (rad) in the lidar's frame; values that are no numbers or
        out of range are left out.
        """
        if self._fan != (angle_min, increment, len(ranges)):
            angles = angle_min + increment * np.arange(len(ranges))
            self._beams = np.stack((np.cos(angles), np.sin(angles)), axis=1)
            self._fan = (angle_min, increment, len(ranges))
        sensor = compose(pose, self._spec.mount)
        c, s = math.cos(sensor.theta), math.sin(sensor.theta)
        directions = self._beams @ np.array([(c, s), (-s, c)])
        limits = np.array([max(range_min, self._spec.range_min), min(MAX_RANGE_M, self._spec.range_max)])
        count = segments(
            ranges, directions, np.array(sensor[:2]), limits, self._static.table, self._grid, _GAP_M, self._out
        )
        return self._out[:count].copy()
