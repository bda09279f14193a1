"""The V-shape that robots dock by with their lidars: four upright plates, a V that opens towards the robot."""

from __future__ import annotations

import math

from amr_core.geometry import Pose2D, compose

MARKER_AHEAD = 1.2
"""From base_link of a docked robot to the face of the marker board and the mouth of the V-shape behind it (m)."""

MARKER_HEIGHT = 0.45
"""Of the middle of a marker board above the floor (m)."""

V_WIDTH, V_DEPTH, V_SHOULDER = 0.6, 0.15, 0.3
"""Width of the mouth, depth of the apex behind it, length of the flat piece on either side (m)."""

V_PLATE, V_HEIGHT = 0.01, 0.6  # m, thickness and height; chosen: well above the lidars' plane of 0.2 m


def v_dock_pieces(
    width: float = V_WIDTH, depth: float = V_DEPTH, shoulder: float = V_SHOULDER
) -> list[tuple[float, float, float, float]]:
    """Return the faces as x0, y0, x1, y1 (m), from right to left; the origin is the middle of the mouth, x into it."""
    half = width / 2.0
    pieces = [(0.0, -half, depth, 0.0), (depth, 0.0, 0.0, half)]
    if shoulder > 0.0:
        pieces = [(0.0, -half - shoulder, 0.0, -half), *pieces, (0.0, half, 0.0, half + shoulder)]
    return pieces


def v_dock_plates(mouth: Pose2D) -> list[tuple[Pose2D, float]]:
    """Return pose and length (m) of the plates of a V whose mouth is at a pose; the lidar meets their faces there."""
    plates = []
    for x0, y0, x1, y1 in v_dock_pieces():
        turn, length = math.atan2(y1 - y0, x1 - x0), math.hypot(x1 - x0, y1 - y0)
        # The lidar must meet the face itself, so the plate lies behind it.
        side = compose(Pose2D((x0 + x1) / 2, (y0 + y1) / 2, turn), Pose2D(0.0, -V_PLATE / 2, 0.0))
        plates.append((compose(mouth, side), length))
    return plates
