"""Several tags on one flat board: one pose from all corners, far steadier than that of any tag alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from amr_core.geometry import FloatArray
from amr_core.site.generators.tags import TAG_SIDE
from amr_perception.markers.detector import Marker
from amr_perception.markers.pose import MarkerPose, solve_flat, square_points


@dataclass(frozen=True, eq=False)
class TagBoard:
    """tags: id -> centre (x right, y up; m) in the board's frame, whose z axis points out of its face. size: m."""

    tags: Mapping[int, tuple[float, float]]
    size: float = TAG_SIDE

    @staticmethod
    def pair(left: int, right: int, apart: float = 0.5, size: float = TAG_SIDE) -> TagBoard:
        """Return a board of two tags side by side, apart (m) from centre to centre."""
        return TagBoard({left: (-apart / 2.0, 0.0), right: (apart / 2.0, 0.0)}, size)

    def corners(self, tag: int) -> FloatArray:
        """Return the corners (4 x 3, m) of a tag in the board's frame."""
        return np.asarray(square_points(self.size) + np.array((*self.tags[tag], 0.0)), dtype=np.float64)


def solve_board(
    board: TagBoard, markers: Sequence[Marker], matrix: FloatArray, distortion: FloatArray
) -> MarkerPose | None:
    """Return the board's pose from those of its tags that were seen, or None. See solve_pose for the camera."""
    seen = [marker for marker in markers if marker.tag in board.tags]
    if not seen:
        return None
    model = np.concatenate([board.corners(marker.tag) for marker in seen])
    return solve_flat(model, np.concatenate([marker.corners for marker in seen]), matrix, distortion)
