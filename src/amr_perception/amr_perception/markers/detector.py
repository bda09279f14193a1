"""AprilTags 36h11 in pictures, with a search window around the last sighting."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from amr_core.geometry import FloatArray
from amr_core.site.generators.tags import TAG_SIDE
from amr_perception.markers.pose import FINE, ROUGH, SMALL, MarkerPose, solve_pose
from amr_perception.markers.refine import SMALL_PX, Image, refine_corners

_WINDOW = 0.6  # margin of the search window, in box sizes
_FULL_EVERY = 10
_CELL_PX = 8  # of the grid that a tag is laid on: with OpenCV's 4 a cell of less than 2 px is read wrongly


@dataclass(frozen=True, eq=False)
class Marker:
    """A tag: id, corners (4 x 2 px, from the tag's upper left clockwise) and pose.

    refined: the corners come from lines fitted to the edges; else they are whole pixels and the pose is rough.
    """

    tag: int
    corners: FloatArray
    pose: MarkerPose
    refined: bool = True

    @property
    def area(self) -> float:
        """Area in the picture, px^2."""
        return abs(float(cv2.contourArea(self.corners.astype(np.float32))))


class MarkerDetector:
    """Finds tags; remembers where they were to search there first."""

    def __init__(self, size: float = TAG_SIDE) -> None:
        cv2.setNumThreads(1)
        dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
        parameters = cv2.aruco.DetectorParameters()
        parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_NONE
        parameters.perspectiveRemovePixelPerCell = _CELL_PX
        self._detector = cv2.aruco.ArucoDetector(dictionary, parameters)
        # Contours are judged by their length against the picture's: in the window the tag is large.
        parameters.minMarkerPerimeterRate = 0.5
        self._near_detector = cv2.aruco.ArucoDetector(dictionary, parameters)
        self._size = size
        self._window: tuple[int, int, int, int] | None = None
        self._frames = 0

    def reset(self) -> None:
        """Forget the last sighting."""
        self._window = None
        self._frames = 0

    def detect(self, image: Image, matrix: FloatArray, distortion: FloatArray) -> list[Marker]:
        """Return the tags in a mono8 picture. matrix: 3 x 3; distortion: OpenCV's coefficients."""
        self._frames += 1
        use_window = self._window is not None and self._frames % _FULL_EVERY != 0
        found = self._find(image, self._window) if use_window else []
        if not found:
            found = self._find(image, None)
        markers = []
        for tag, rough in found:
            refined = refine_corners(image, rough)
            side = math.sqrt(abs(cv2.contourArea(rough.astype(np.float32))))
            fine = FINE if side > SMALL_PX else SMALL
            corners, noise = (refined[0], fine) if refined else (rough, ROUGH)
            pose = solve_pose(corners, self._size, matrix, distortion, noise)
            if pose is not None:
                markers.append(Marker(tag, corners, pose, refined is not None))
        self._window = _window_about(markers, image)
        return markers

    def _find(self, image: Image, window: tuple[int, int, int, int] | None) -> list[tuple[int, FloatArray]]:
        x0, y0, x1, y1 = window or (0, 0, image.shape[1], image.shape[0])
        detector = self._detector if window is None else self._near_detector
        corners, ids, _ = detector.detectMarkers(np.ascontiguousarray(image[y0:y1, x0:x1]))
        if ids is None:
            return []
        shift = np.array((x0, y0), dtype=np.float64)
        return [
            (int(tag), quad.reshape(4, 2).astype(np.float64) + shift)
            for tag, quad in zip(np.ravel(ids), corners, strict=True)
        ]


def _window_about(markers: list[Marker], image: Image) -> tuple[int, int, int, int] | None:
    if not markers:
        return None
    points = np.concatenate([m.corners for m in markers])
    low, high = points.min(axis=0), points.max(axis=0)
    margin = _WINDOW * (high - low) + 16.0
    x0, y0 = np.maximum(low - margin, 0.0).astype(int)
    x1, y1 = np.minimum(high + margin, (image.shape[1], image.shape[0])).astype(int)
    return int(x0), int(y0), int(x1), int(y1)


def best_marker(markers: list[Marker], width: int, height: int) -> Marker | None:
    """Return the tag that is largest and nearest to the middle of the picture."""

    def score(marker: Marker) -> float:
        x, y = marker.corners.mean(axis=0)
        away = math.hypot(x - width / 2.0, y - height / 2.0) / math.hypot(width / 2.0, height / 2.0)
        return marker.area * (1.0 - 0.5 * min(1.0, away))

    return max(markers, key=score, default=None)
