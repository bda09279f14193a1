"""The static world: collision geometry of a Gazebo SDF world, and horizontal slices through it.

Frame: the site's map frame, metres. Only static models with box and cylinder collisions count; all stand upright.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray, Pose2D, compose, rectangle, transform
from amr_sim.polygon import IntArray, octagon, pack

LIDAR_HEIGHT = 0.2  # m above the floor, as the robots' lidars are mounted
RESOLUTION = 0.05  # m a cell, as that of the robots' maps
_MARGIN = 1.0  # m of free floor around everything; chosen


@dataclass(frozen=True)
class Shape:
    """An upright solid: a box (size_x, size_y, heading in pose) or, with radius > 0, a cylinder; z range in metres."""

    name: str
    pose: Pose2D
    size_x: float
    size_y: float
    z_min: float
    z_max: float
    radius: float = 0.0

    def outline(self) -> FloatArray:
        """Return the Nx2 counter-clockwise corners of the base in the map frame."""
        if self.radius > 0.0:
            return octagon(self.pose.x, self.pose.y, self.radius)
        return transform(rectangle(self.size_x / 2, self.size_x / 2, self.size_y / 2), self.pose)


@dataclass(frozen=True)
class Slice:
    """A horizontal cut: convex polygons, their edges (S, 4: ax ay bx by) and an occupancy grid.

    occupied is (rows, columns), row 0 at the lowest y; cell (0, 0) has its lower left corner at origin.
    """

    names: tuple[str, ...]
    corners: FloatArray
    counts: IntArray
    segments: FloatArray
    origin: tuple[float, float]
    occupied: npt.NDArray[np.bool_]

    def clearance(self) -> npt.NDArray[np.float32]:
        """Return for every cell the distance in metres to the nearest occupied cell."""
        free = np.where(self.occupied, 0, 255).astype(np.uint8)
        return np.asarray(cv2.distanceTransform(free, cv2.DIST_L2, 5) * RESOLUTION, dtype=np.float32)


@dataclass(frozen=True)
class SimWorld:
    """All solids of a world."""

    shapes: tuple[Shape, ...]

    def slice(self, height: float = LIDAR_HEIGHT) -> Slice:
        """Return the cut through all solids that reach through the given height (m)."""
        cut = [shape for shape in self.shapes if shape.z_min < height < shape.z_max]
        outlines = [shape.outline() for shape in cut]
        corners, counts = pack(outlines)
        edges = [np.hstack((outline, np.roll(outline, -1, axis=0))) for outline in outlines]
        segments = np.vstack(edges) if edges else np.zeros((0, 4))
        origin, occupied = _rasterise(outlines)
        return Slice(tuple(shape.name for shape in cut), corners, counts, segments, origin, occupied)


def load_world(path: Path) -> SimWorld:
    """Read an SDF world file, or raise site.unreadable."""
    try:
        return parse_world(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise AmrError("site.unreadable", reason=" ".join(str(error).split())) from error


def parse_world(text: str) -> SimWorld:
    """Read the text of an SDF world, or raise site.unreadable."""
    try:
        root = ET.fromstring(text)
        models = [m for m in root.iter("model") if (m.findtext("static") or "").strip() in ("true", "1")]
        return SimWorld(tuple(shape for model in models for shape in _shapes(model)))
    except (ET.ParseError, ValueError) as error:
        raise AmrError("site.unreadable", reason=f"SDF: {error}") from error


def _shapes(model: ET.Element) -> list[Shape]:
    found = []
    model_pose, model_z = _pose(model)
    for link in model.iter("link"):
        link_pose, link_z = _pose(link)
        for collision in link.iter("collision"):
            pose, z = _pose(collision)
            in_map = compose(compose(model_pose, link_pose), pose)
            name = f"{model.get('name', 'model')}/{collision.get('name', 'collision')}"
            shape = _shape(name, in_map, model_z + link_z + z, collision)
            if shape is not None:
                found.append(shape)
    return found


def _shape(name: str, pose: Pose2D, z: float, collision: ET.Element) -> Shape | None:
    size = collision.findtext("geometry/box/size")
    if size is not None:
        x, y, height = _numbers(size, 3)
        return Shape(name, pose, x, y, z - height / 2, z + height / 2)
    radius_text = collision.findtext("geometry/cylinder/radius")
    if radius_text is not None:
        (radius,) = _numbers(radius_text, 1)
        (length,) = _numbers(collision.findtext("geometry/cylinder/length") or "", 1)
        return Shape(name, pose, 2 * radius, 2 * radius, z - length / 2, z + length / 2, radius)
    return None


def _pose(element: ET.Element) -> tuple[Pose2D, float]:
    text = element.findtext("pose")
    if text is None:
        return Pose2D(0.0, 0.0, 0.0), 0.0
    x, y, z, _roll, _pitch, yaw = _numbers(text, 6)
    return Pose2D(x, y, yaw), z


def _numbers(text: str, count: int) -> list[float]:
    numbers = [float(word) for word in text.split()]
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{count} numbers expected in {text!r}")
    return numbers


def _rasterise(outlines: list[FloatArray]) -> tuple[tuple[float, float], npt.NDArray[np.bool_]]:
    points = np.vstack(outlines) if outlines else np.zeros((1, 2))
    low = np.floor(points.min(axis=0)) - _MARGIN
    columns, rows = (int(n) for n in np.ceil((points.max(axis=0) + _MARGIN - low) / RESOLUTION))
    image = np.zeros((rows, columns), dtype=np.uint8)
    for outline in outlines:
        # fillPoly takes pixel centres as integers; 8 fractional bits keep it exact to 0.2 mm
        pixels = np.round(((outline - low) / RESOLUTION - 0.5) * 256).astype(np.int32)
        cv2.fillPoly(image, [pixels], (1,), cv2.LINE_8, 8)
    return (float(low[0]), float(low[1])), image.astype(np.bool_)
