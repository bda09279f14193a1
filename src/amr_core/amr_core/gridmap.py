"""Occupancy grids and costmap masks in the ROS map_server file format (YAML and PNG)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from amr_core.errors import AmrError
from amr_core.numbers import is_number
from amr_core.yaml_files import read_yaml

FREE = 0
OCCUPIED = 100
UNKNOWN = 255

MAX_CELLS = 400_000_000
"""Larger images are refused."""

Cells = npt.NDArray[np.uint8]
MapMode = Literal["trinary", "scale"]


@dataclass(frozen=True, eq=False)
class GridMap:
    """A grid in the map frame.

    data: uint8, shape (rows, columns), row 0 is the southernmost: 0 free .. 100 occupied, 255 unknown
    (nav_msgs/OccupancyGrid -1).
    resolution: metres a cell. origin: map coordinates (m) of the SW corner of cell (0, 0); the grid is not rotated.
    """

    data: Cells
    resolution: float
    origin: tuple[float, float]

    @property
    def rows(self) -> int:
        """Cells from south to north."""
        return int(self.data.shape[0])

    @property
    def columns(self) -> int:
        """Cells from west to east."""
        return int(self.data.shape[1])

    @property
    def occupied(self) -> npt.NDArray[np.bool_]:
        """True where a cell is occupied for certain."""
        return np.asarray(self.data == OCCUPIED)

    def cell(self, x: float, y: float) -> tuple[int, int] | None:
        """Return (row, column) of the cell at a position in m, or None outside the grid."""
        column = math.floor((x - self.origin[0]) / self.resolution)
        row = math.floor((y - self.origin[1]) / self.resolution)
        return (row, column) if 0 <= row < self.rows and 0 <= column < self.columns else None

    def value(self, x: float, y: float) -> int:
        """Return the value at a position in m; UNKNOWN outside the grid."""
        cell = self.cell(x, y)
        return UNKNOWN if cell is None else int(self.data[cell])

    def centre(self, row: int, column: int) -> tuple[float, float]:
        """Return the position (m) of the centre of a cell."""
        return self.origin[0] + (column + 0.5) * self.resolution, self.origin[1] + (row + 0.5) * self.resolution

    def encode(self, image: str, mode: MapMode = "trinary") -> tuple[bytes, bytes]:
        """Return the YAML and the PNG, whose file name is image; the same grid gives the same bytes."""
        import cv2  # 30 MB that most commands do without

        pixels = _pixels(self.data, mode)
        png = cv2.imencode(".png", np.ascontiguousarray(pixels[::-1]), [cv2.IMWRITE_PNG_COMPRESSION, 9])[1]
        occupied, free = ("0.65", "0.196") if mode == "trinary" else ("1.0", "0.0")
        text = (
            f"image: {image}\nmode: {mode}\nresolution: {self.resolution}\n"
            f"origin: [{self.origin[0]}, {self.origin[1]}, 0.0]\n"
            f"negate: 0\noccupied_thresh: {occupied}\nfree_thresh: {free}\n"
        )
        return text.encode(), png.tobytes()

    def save(self, path: Path, mode: MapMode = "trinary") -> None:
        """Write <path>.yaml and <path>.png (path may carry either ending)."""
        text, png = self.encode(path.with_suffix(".png").name, mode)
        path.with_suffix(".png").write_bytes(png)
        path.with_suffix(".yaml").write_bytes(text)

    @staticmethod
    def load(path: Path) -> GridMap:
        """Read a map YAML and its image. Raises site.unreadable for the YAML, else map.mismatch."""
        meta = _read_yaml(path)
        image = str(meta.get("image", ""))
        resolution = _number(meta.get("resolution"), image, "resolution")
        if not 0.001 <= resolution <= 10.0:
            raise _mismatch(image, f"resolution {resolution} m is not possible")
        pixels = _read_image(path.parent / image if image else None, image)
        data = _values(pixels, meta, image)
        return GridMap(np.ascontiguousarray(data[::-1]), resolution, _origin(meta.get("origin"), image))


def _mismatch(image: str, reason: str) -> AmrError:
    return AmrError("map.mismatch", image=image, reason=reason)


def _pixels(data: Cells, mode: MapMode) -> Cells:
    """Return grey values as map_saver writes them; scale mode keeps all values 0..100."""
    if mode == "scale":
        table = np.rint(255.0 * (1.0 - np.minimum(np.arange(256), 100) / 100.0)).astype(np.uint8)
    else:
        table = np.full(256, 205, np.uint8)
        table[FREE] = 254
        table[OCCUPIED] = 0
    return np.asarray(table[data], dtype=np.uint8)


def _values(pixels: Cells, meta: dict[str, Any], image: str) -> Cells:
    """Return the occupancy of each pixel by map_server's rules."""
    mode = str(meta.get("mode", "trinary"))
    if mode not in ("trinary", "scale"):
        raise _mismatch(image, f"mode {mode} is not one of trinary, scale")
    low = _number(meta.get("free_thresh", 0.196), image, "free_thresh")
    high = _number(meta.get("occupied_thresh", 0.65), image, "occupied_thresh")
    if not 0.0 <= low < high <= 1.0:
        raise _mismatch(image, f"free_thresh {low} and occupied_thresh {high} are not in order within 0..1")
    grey = np.arange(256) / 255.0
    occupancy = grey if meta.get("negate") in (1, True) else 1.0 - grey
    between = np.rint((occupancy - low) / (high - low) * 100.0) if mode == "scale" else np.full(256, float(UNKNOWN))
    table = np.where(occupancy >= high, OCCUPIED, np.where(occupancy <= low, FREE, between))
    return np.asarray(table.astype(np.uint8)[pixels], dtype=np.uint8)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        meta = read_yaml(path)
    except (OSError, ValueError) as error:
        raise AmrError("site.unreadable", reason=" ".join(str(error).split())) from error
    if not isinstance(meta, dict):
        raise AmrError("site.unreadable", reason=f"{path.name} does not hold a mapping")
    return meta


def _read_image(path: Path | None, image: str) -> Cells:
    if path is None or not path.is_file():
        raise _mismatch(image, "there is no such image")
    import cv2

    try:
        pixels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
    except (OSError, cv2.error) as error:
        raise _mismatch(image, " ".join(str(error).split())) from error
    if pixels is None or pixels.size == 0:
        raise _mismatch(image, "it is not an image that can be read")
    if pixels.size > MAX_CELLS:
        raise _mismatch(image, f"{pixels.shape[1]} x {pixels.shape[0]} pixels are too many")
    return np.asarray(pixels, dtype=np.uint8)


def _number(value: object, image: str, name: str) -> float:
    if not is_number(value):
        raise _mismatch(image, f"{name} {value} is not a number")
    return float(value)


def _origin(value: object, image: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) not in (2, 3):
        raise _mismatch(image, f"origin {value} is not [x, y, yaw]")
    x, y, *yaw = (_number(v, image, "origin") for v in value)
    if any(abs(v) > 1e-9 for v in yaw):
        raise _mismatch(image, "rotated maps (origin yaw) are not supported")
    if max(abs(x), abs(y)) > 1e6:
        raise _mismatch(image, f"origin {value} is too far away")
    return x, y
