"""Compiles the Numba kernels of this package into their cache."""

from __future__ import annotations

import cv2
import numpy as np

from amr_core.geometry import Pose2D
from amr_core.robots import LIFT_AMR
from amr_perception.docking.template import fit, v_dock
from amr_perception.lens.jpeg import damage
from amr_perception.scan.segmenter import Segmenter
from amr_perception.scan.static_map import BackgroundMap
from amr_perception.tracking.tracker import Tracker


def warm_up() -> None:
    """Run every kernel once, with the types of the real thing."""
    empty = BackgroundMap(np.full((40, 40), 255, np.uint8), 0.5, (-10.0, -10.0))
    segmenter = Segmenter(LIFT_AMR.lidars[0], empty)
    # The node's ranges are a read-only view of the message.
    for ranges in (np.full(9, 2.0, np.float32), np.frombuffer(bytes(36), np.float32)):
        parts = segmenter.cut(ranges, -0.04, 0.01, 0.05, Pose2D(0.0, 0.0, 0.0))
        Tracker().update(0.0, parts, (0.0, 0.0))
    dock = v_dock()
    fit(dock, np.repeat(dock.pieces[:, :2], 8, axis=0), Pose2D(0.0, 0.0, 0.0))
    rough = np.random.default_rng(1).integers(0, 255, (32, 32, 3)).astype(np.uint8)
    for progressive in (0, 1):
        packed = cv2.imencode(".jpg", rough, (cv2.IMWRITE_JPEG_PROGRESSIVE, progressive))[1].tobytes()
        assert not damage(packed)
