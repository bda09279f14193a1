"""A recorded drive for `amr calibrate robot`: a line of JSON for each odometry pose, scan, tag and localised pose."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray, Pose2D

Finite = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
Stamp = Annotated[float, Field(allow_inf_nan=False, ge=0.0, le=1e11)]
LARGEST_BYTES, LEAST_SCANS = 500_000_000, 50


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    t: Stamp


class OdomLine(_Line):
    """base_link in the odom frame (m, rad) at t (s)."""

    kind: Literal["odom"]
    x: Finite
    y: Finite
    theta: Finite


class PoseLine(_Line):
    """base_link in the map frame (m, rad), as the robot's own localisation says it: the first one leads the search."""

    kind: Literal["pose"]
    x: Finite
    y: Finite
    theta: Finite


class ScanLine(_Line):
    """A scan of one lidar: name as in the robot's type, angles (rad), ranges (m), null without an echo."""

    kind: Literal["scan"]
    lidar: Annotated[str, Field(min_length=1, max_length=64)]
    angle_min: Finite
    increment: Annotated[float, Field(allow_inf_nan=False, gt=0.0, lt=0.2)]
    ranges: Annotated[list[Annotated[float, Field(allow_inf_nan=False, ge=0.0)] | None], Field(max_length=8192)]


class TagLine(_Line):
    """A tag in the camera's optical frame (m): x right, y down, z ahead."""

    kind: Literal["tag"]
    tag: Annotated[int, Field(ge=0, le=100_000)]
    x: Finite
    y: Finite
    z: Finite


Line = OdomLine | PoseLine | ScanLine | TagLine
_LINE: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="kind")])


@dataclass
class Drive:
    """odometry: N x 4 (t, x, y, theta unwrapped); scans: lidar -> (t, points M x 2 in its frame); tags: as recorded."""

    odometry: FloatArray
    start: Pose2D
    scans: dict[str, list[tuple[float, FloatArray]]] = field(default_factory=dict)
    tags: list[TagLine] = field(default_factory=list)

    def at(self, stamps: FloatArray) -> FloatArray:
        """Return N x 3 odometry poses at stamps (s)."""
        t = self.odometry[:, 0]
        return np.column_stack([np.interp(stamps, t, self.odometry[:, k]) for k in (1, 2, 3)])


def read_drive(path: Path) -> Drive:
    """Return a recorded drive. Raises calibration.bad with the line that cannot be used."""
    odometry, scans, tags = list[tuple[float, ...]](), dict[str, list[tuple[float, FloatArray]]](), list[TagLine]()
    start: Pose2D | None = None
    newest = dict[str, float]()
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise AmrError("calibration.bad", reason=f"{path}: more than {LARGEST_BYTES / 1e6:.0f} MB")
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                line = _parsed(text, f"{path.name}:{number}")
                source = line.lidar if isinstance(line, ScanLine) else line.kind
                if line.t < newest.get(source, -math.inf):
                    raise AmrError("calibration.bad", reason=f"{path.name}:{number}: {source} goes back in time")
                newest[source] = line.t
                if isinstance(line, OdomLine):
                    odometry.append((line.t, line.x, line.y, line.theta))
                elif isinstance(line, PoseLine):
                    start = start or Pose2D(line.x, line.y, line.theta)
                elif isinstance(line, ScanLine):
                    scans.setdefault(line.lidar, []).append((line.t, _points(line)))
                else:
                    tags.append(line)
    except (OSError, UnicodeDecodeError) as error:
        raise AmrError("calibration.bad", reason=f"{path}: {' '.join(str(error).split())}") from error
    if len(odometry) < 2 or start is None:
        missing = "no pose of the localisation" if start is None else f"{len(odometry)} odometry poses"
        raise AmrError("calibration.bad", reason=f"{path.name}: {missing}")
    table = np.array(odometry, dtype=np.float64)
    table[:, 3] = np.unwrap(table[:, 3])
    return Drive(table, start, scans, tags)


def _parsed(text: str, where: str) -> Line:
    try:
        return _LINE.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise AmrError("calibration.bad", reason=f"{where}: {place} {first['msg']}"[:200]) from error


def _points(line: ScanLine) -> FloatArray:
    ranges = np.array([math.nan if r is None else r for r in line.ranges], dtype=np.float64)
    angles = line.angle_min + line.increment * np.arange(len(ranges))
    good = np.isfinite(ranges) & (ranges > 0.05)
    return np.column_stack((ranges[good] * np.cos(angles[good]), ranges[good] * np.sin(angles[good])))
