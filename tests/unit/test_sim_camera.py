"""The camera: a detector must find the tag, its number and its pose in the picture."""

import math

import cv2
import numpy as np
import pytest

from amr_core.geometry import Pose2D
from amr_core.robots import LIFT_AMR
from amr_core.site.generators.tags import TAG_SIDE
from amr_sim.camera import Image, MarkerCamera, PlacedMarker

SPEC = LIFT_AMR.camera
MARKER = PlacedMarker(17, Pose2D(5.0, 1.0, math.pi))
NO_WALLS = np.zeros((0, 4))


def detect(picture: Image) -> dict[int, np.ndarray]:
    """Return the tags' centres (3,) in the camera frame, m."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    corners, ids, _ = cv2.aruco.ArucoDetector(dictionary).detectMarkers(picture)
    h = TAG_SIDE / 2
    model = np.array([(-h, h, 0), (h, h, 0), (h, -h, 0), (-h, -h, 0)])
    cx, cy = (SPEC.width - 1) / 2, (SPEC.height - 1) / 2
    k = np.array([(SPEC.focal, 0, cx), (0, SPEC.focal, cy), (0, 0, 1)])
    found = {}
    for tag, quad in zip([] if ids is None else ids.ravel().tolist(), corners, strict=True):
        _, _, t = cv2.solvePnP(model, quad[0].astype(float), k, None, flags=cv2.SOLVEPNP_IPPE_SQUARE)
        found[tag] = t.ravel()
    return found


@pytest.mark.parametrize(
    ("x", "y", "theta", "along", "aside"),
    [
        (3.8, 1.0, 0.0, 0.006, 0.002),  # docked
        (3.5, 0.9, 0.1, 0.008, 0.003),
        (2.9, 1.15, -0.12, 0.02, 0.005),
        (1.9, 0.8, 0.05, 0.08, 0.01),
    ],
)
def test_tag_is_found_where_it_is(x: float, y: float, theta: float, along: float, aside: float) -> None:
    picture = MarkerCamera([MARKER], NO_WALLS, 1).render(SPEC, Pose2D(x, y, theta))
    found = detect(picture)
    assert list(found) == [17]
    dx, dy = 5.0 - x, 1.0 - y
    ahead = dx * math.cos(theta) + dy * math.sin(theta) - SPEC.x
    right = dx * math.sin(theta) - dy * math.cos(theta)
    assert found[17][2] == pytest.approx(ahead, abs=along)
    assert found[17][0] == pytest.approx(right, abs=aside)
    assert found[17][1] == pytest.approx(0.0, abs=aside)


@pytest.mark.parametrize(
    ("marker", "walls"),
    [
        (PlacedMarker(17, Pose2D(5.0, 1.0, 0.0)), NO_WALLS),  # faces away
        (PlacedMarker(17, Pose2D(-5.0, 1.0, math.pi)), NO_WALLS),  # behind
        (PlacedMarker(17, Pose2D(12.0, 1.0, math.pi)), NO_WALLS),  # too far
        (MARKER, np.array([(4.0, 0.0, 4.0, 2.0)])),  # behind a wall
    ],
)
def test_tag_is_not_seen(marker: PlacedMarker, walls: np.ndarray) -> None:
    assert detect(MarkerCamera([marker], walls, 1).render(SPEC, Pose2D(2.0, 1.0, 0.0))) == {}


def test_wall_behind_the_board_does_not_hide_it() -> None:
    wall = np.array([(5.01, 0.0, 5.01, 2.0)])
    assert 17 in detect(MarkerCamera([MARKER], wall, 1).render(SPEC, Pose2D(3.0, 1.0, 0.0)))


def test_picture_depends_on_the_seed_alone() -> None:
    def pictures(seed: int) -> list[Image]:
        camera = MarkerCamera([MARKER], NO_WALLS, seed)
        return [camera.render(SPEC, Pose2D(3.0, 1.0, 0.0)) for _ in range(2)]

    first, again, other = pictures(1), pictures(1), pictures(2)
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])
    assert not np.array_equal(first[0], first[1]), "noise changes from picture to picture"
    assert first[0].shape == (SPEC.height, SPEC.width)
    assert first[0].dtype == np.uint8
