"""A drive of a robot as JSON lines: odometry, scans, tags and the localisation's pose, for `amr calibrate robot`.

The lines are those of docs/perception.md. What is no number, or goes back in time, is left out and counted: the
calibration would refuse the whole drive for it.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError

LARGEST_BYTES: Final = 200_000_000
_WIDEST_STEP, _MOST_BEAMS, _MOST_TAG = 0.2, 8192, 100_000  # rad; what the calibration reads
_DIGITS = 4  # of metres and radians: a tenth of a millimetre


class DriveWriter:
    """Writes one drive; one thread owns it. written, left_out: lines by source (odom, pose, tag, a lidar's name)."""

    def __init__(self, path: Path, most_bytes: int = LARGEST_BYTES) -> None:
        """Begin the file. Raises record.failed where it cannot be written, or is there already."""
        self.written: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.full = False
        self._path, self._most, self._bytes = path, most_bytes, 0
        self._newest: dict[str, float] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("x", encoding="utf-8")
        except OSError as error:
            raise self._failed(error) from error

    def odom(self, t: float, x: float, y: float, theta: float) -> None:
        """Write base_link in the odom frame (m, rad) at t (s)."""
        self._pose("odom", t, x, y, theta)

    def pose(self, t: float, x: float, y: float, theta: float) -> None:
        """Write base_link in the map frame (m, rad) at t (s)."""
        self._pose("pose", t, x, y, theta)

    def scan(self, t: float, lidar: str, angle_min: float, increment: float, ranges: Iterable[float]) -> None:
        """Write a scan (rad, m); a range that is none, or no number, is no echo."""
        echoes = [round(float(r), _DIGITS) if math.isfinite(r) and r > 0.0 else None for r in ranges]
        line = {"kind": "scan", "t": t, "lidar": lidar, "angle_min": angle_min, "increment": increment}
        if not 0.0 < increment < _WIDEST_STEP or not 0 < len(echoes) <= _MOST_BEAMS:
            self.left_out[lidar] += 1
            return
        self._write(lidar, line, (angle_min, increment), ranges=echoes)

    def tag(self, t: float, tag: int, x: float, y: float, z: float) -> None:
        """Write a tag in the camera's optical frame (m): x right, y down, z ahead."""
        if not 0 <= tag <= _MOST_TAG:
            self.left_out["tag"] += 1
            return
        place = {"x": round(x, _DIGITS), "y": round(y, _DIGITS), "z": round(z, _DIGITS)} if _sound(x, y, z) else {}
        self._write("tag", {"kind": "tag", "t": t, "tag": tag, **place}, (x, y, z))

    def close(self) -> None:
        """Finish the file. Raises record.failed."""
        try:
            self._file.close()
        except OSError as error:
            raise self._failed(error) from error

    def _pose(self, kind: str, t: float, x: float, y: float, theta: float) -> None:
        self._write(kind, {"kind": kind, "t": t, "x": x, "y": y, "theta": theta}, (x, y, theta))

    def _write(self, source: str, line: dict[str, Any], numbers: tuple[float, ...], **more: Any) -> None:
        """Write a line. Raises record.failed when the disk refuses, once; later lines are left out."""
        t = float(line["t"])
        if self.full or not _sound(t, *numbers) or t < self._newest.get(source, -math.inf):
            self.left_out[source] += 1
            return
        text = json.dumps({**line, **more}, allow_nan=False) + "\n"
        if self._bytes + len(text) > self._most:
            self.full = True
            self.left_out[source] += 1
            return
        try:
            self._file.write(text)
        except (OSError, ValueError) as error:
            self.full = True
            raise self._failed(error) from error
        self._bytes += len(text)
        self._newest[source] = t
        self.written[source] += 1

    def _failed(self, error: Exception) -> AmrError:
        return AmrError("record.failed", folder=str(self._path), reason=" ".join(str(error).split()))


def _sound(*numbers: float) -> bool:
    return all(map(math.isfinite, numbers))
