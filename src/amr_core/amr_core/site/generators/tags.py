"""Pictures of the AprilTag boards, for the Gazebo world and to print."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

TAG_SIDE = 0.16
"""Side (m) of the black square. Chosen: found in every picture of 640 px from 2 m (docs/perception.md)."""

MODULES = 8
"""Modules of the black square's side, its border included."""

QUIET = 2
"""White modules around it, without which it is not found."""

BOARD_SIDE = TAG_SIDE * (MODULES + 2 * QUIET) / MODULES
"""Side (m) of the whole board."""

PIXELS = 16
"""Pixels a module."""


def tag_path(tag: int) -> str:
    """Return the file of a board to print, seen from the world's folder."""
    return f"tags/36h11_{tag:03d}.png"


def board_picture(tag: int) -> npt.NDArray[np.uint8]:
    """Return the grey picture of board tag (0 to 586) of the family 36h11: BOARD_SIDE wide when printed to scale."""
    import cv2  # 30 MB that most commands do without

    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    small = cv2.aruco.generateImageMarker(dictionary, tag, MODULES, borderBits=1)
    return np.kron(np.pad(small, QUIET, constant_values=255), np.ones((PIXELS, PIXELS), dtype=np.uint8))


def tag_png(tag: int) -> bytes:
    """Return board_picture() as a PNG file."""
    import cv2

    done, png = cv2.imencode(".png", board_picture(tag))
    assert done
    return bytes(png)
