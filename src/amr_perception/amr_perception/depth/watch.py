"""Whether a depth camera still sees: late, frozen and partly covered pictures are told before they call anything free.

The lens watch of the other cameras (amr_perception.lens) goes by light and details, of which depth has none. Here it is
geometry: where the floor, or what stands on it, is within reach, there must be depth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from amr_core.geometry import Pose2D, distance, wrap_angle
from amr_core.own_camera import LensReason
from amr_perception.depth.rays import DepthArray, DepthMount, Points

_TILES = (8, 6)
_AT_REST = 0.002  # m and rad between two pictures


@dataclass(frozen=True)
class DepthLimits:
    """Where a depth camera counts as blind.

    late_s: age of a picture. near_m: floor up to this far from the camera must give depth. empty: share of a tile's
    pixels with depth below which it gives none; covered: share of such tiles. moved_m, moved_rad: what a robot cannot
    move without another picture. still_s: nor can a camera that has noise show the same one for so long; changes: how
    many different pictures of a robot at rest show that it has.
    """

    late_s: float = 0.5
    near_m: float = 2.0
    empty: float = 0.2
    covered: float = 0.34
    moved_m: float = 0.1
    moved_rad: float = 0.05
    still_s: float = 3.0
    changes: int = 8


@dataclass(frozen=True)
class DepthState:
    """reason: why the picture calls nothing free, "" when it may; code: the word for it that people are told by.

    wrong: nor is anything where it shows it.
    """

    reason: str = ""
    wrong: bool = False
    code: LensReason | Literal[""] = ""


class DepthWatch:
    """Judges the pictures of one depth camera; one thread owns it."""

    def __init__(self, mount: DepthMount, limits: DepthLimits | None = None) -> None:
        self._mount = mount
        self._limits = limits or DepthLimits()
        self._last: npt.NDArray[np.uint32] | None = None
        self._since = 0.0
        self._there: Pose2D | None = None
        self._changes = 0
        self._before: Pose2D | None = None

    def look(
        self, depth: DepthArray, points: Points, rays: Points, *, now: float, stamp: float, pose: Pose2D | None
    ) -> DepthState:
        """Return what is to be said of a picture.

        depth: m, as it came; points, rays: rows x columns x 3 of DepthRays for it; now, stamp: s; pose: of the robot,
        any frame that does not move, None = unknown.
        """
        frozen = self.frozen(depth, stamp, pose)
        if now - stamp > self._limits.late_s:
            return DepthState(f"pictures come late: {now - stamp:.1f} s", wrong=frozen, code="late")
        if not np.isfinite(points[..., 0]).any():  # an empty picture may be the same one again and again
            return DepthState("no depth at all: clear what is in front of the lens", code="covered")
        if frozen:
            return DepthState("the picture stands still", wrong=True, code="frozen")
        covered = self.covered(points, rays)
        if covered > self._limits.covered:
            return DepthState(f"no depth in {100.0 * covered:.0f} % of the floor ahead: clean the lens", code="dirty")
        return DepthState()

    def covered(self, points: Points, rays: Points) -> float:
        """Return the share of the tiles that look at near floor, or at what stands there, and give no depth."""
        falls = -rays[..., 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            away = np.where(falls > 1e-6, self._mount.z / falls, np.inf)
            near = (away > 0.0) & (away * np.hypot(rays[..., 0], rays[..., 1]) < self._limits.near_m)
        shape = (near.shape[0] // _TILES[1], near.shape[1] // _TILES[0])
        if not all(shape):
            return 0.0
        expected = _by_tile(near, shape)
        seen = _by_tile(near & np.isfinite(points[..., 0]), shape)
        judged = expected > 0.25 * shape[0] * shape[1]
        if not judged.any():
            return 0.0
        return float((judged & (seen < self._limits.empty * expected)).sum() / judged.sum())

    def frozen(self, depth: DepthArray, stamp: float, pose: Pose2D | None) -> bool:
        """Return whether a picture (m, taken at stamp, s) is the last one again, though it cannot be. Ask of each."""
        bits = np.ascontiguousarray(depth).view(np.uint32)  # NaN is not equal to itself
        last, self._last = self._last, bits
        before, self._before = self._before, pose
        if last is None or stamp < self._since or not np.array_equal(last, bits):
            # Pictures that differ because the robot drove say nothing of the camera's noise.
            self._changes += last is not None and _at_rest(before, pose)
            self._since, self._there = stamp, pose
            return False
        if self._changes >= self._limits.changes and stamp - self._since > self._limits.still_s:
            return True
        if self._there is None or pose is None:
            return False
        moved, turned = _apart(self._there, pose)
        return moved > self._limits.moved_m or turned > self._limits.moved_rad


def _at_rest(before: Pose2D | None, after: Pose2D | None) -> bool:
    """Return whether a robot that was before at one pose stood still; False when nobody knows."""
    if before is None or after is None:
        return False
    moved, turned = _apart(before, after)
    return moved < _AT_REST and turned < _AT_REST


def _apart(a: Pose2D, b: Pose2D) -> tuple[float, float]:
    """Return how far two poses are from each other (m, rad)."""
    return distance(a, b), abs(wrap_angle(b.theta - a.theta))


def _by_tile(mask: npt.NDArray[np.bool_], shape: tuple[int, int]) -> npt.NDArray[np.int64]:
    """Return how many pixels of each tile (shape: its rows, columns) are set; what is left over at the edges is not."""
    rows, columns = shape
    whole = mask[: rows * _TILES[1], : columns * _TILES[0]]
    return np.asarray(whole.reshape(_TILES[1], rows, _TILES[0], columns).sum(axis=(1, 3)), dtype=np.int64)
