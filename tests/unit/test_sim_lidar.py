"""Lidars against distances worked out by hand."""

import math

import numpy as np
import pytest

from amr_core.geometry import Pose2D, transform
from amr_core.robots import LIFT_AMR
from amr_sim.lidar import Bodies, EdgeGrid, Lidars, cast_ray
from amr_sim.polygon import pack

ROOM = np.array([(-8.0, -5.0, 12.0, -5.0), (12.0, -5.0, 12.0, 7.0), (12.0, 7.0, -8.0, 7.0), (-8.0, 7.0, -8.0, -5.0)])
NOBODY = Bodies(np.zeros((0, 8, 2)), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros((0, 3)))
HERE = np.zeros((1, 3))


def cast(segments: np.ndarray, x: float, y: float, angle: float, reach: float = 30.0) -> float:
    g = EdgeGrid.build(segments)
    return cast_ray(x, y, math.cos(angle), math.sin(angle), reach, g.segments, g.origin, g.leap, g.starts, g.items)


@pytest.mark.parametrize(("angle", "expected"), [(0.0, 12.0), (math.pi / 2, 7.0), (math.pi, 8.0), (-math.pi / 2, 5.0)])
def test_walls_of_a_room(angle: float, expected: float) -> None:
    assert cast(ROOM, 0.0, 0.0, angle) == pytest.approx(expected, abs=1e-6)


def test_ray_from_outside_the_grid_and_past_it() -> None:
    wall = np.array([(5.0, -1.0, 5.0, 1.0)])
    assert cast(wall, -3.0, 0.0, 0.0) == pytest.approx(8.0)
    assert cast(wall, -3.0, 0.0, math.pi) == 30.0
    assert cast(wall, -3.0, 4.0, 0.0) == 30.0


def test_grid_agrees_with_brute_force() -> None:
    rng = np.random.default_rng(5)
    middles, ways = rng.uniform(-9, 9, (150, 2)), rng.uniform(-1, 1, (150, 2))
    segments = np.hstack((middles - ways, middles + ways))
    grid = EdgeGrid.build(segments)
    for _ in range(300):
        x, y, angle = rng.uniform(-9, 9), rng.uniform(-9, 9), rng.uniform(-math.pi, math.pi)
        dx, dy = math.cos(angle), math.sin(angle)
        args = (grid.segments, grid.origin, grid.leap, grid.starts, grid.items)
        found = cast_ray(x, y, dx, dy, 20.0, *args)
        e = segments[:, 2:] - segments[:, :2]
        q = segments[:, :2] - (x, y)
        det = dx * e[:, 1] - dy * e[:, 0]
        t = (q[:, 0] * e[:, 1] - q[:, 1] * e[:, 0]) / det
        u = (q[:, 0] * dy - q[:, 1] * dx) / det
        hits = t[(t >= 0) & (u >= 0) & (u <= 1)]
        assert found == pytest.approx(min(20.0, hits.min(initial=20.0)), abs=1e-6)


def test_scan_of_a_room_is_right_and_noisy_by_the_sigma() -> None:
    lidars = Lidars([LIFT_AMR], ROOM, seed=1)
    front = LIFT_AMR.lidars[0]
    index = round((front.field_of_view / 2 - front.mount.theta) / (front.field_of_view / 270))
    seen = np.array([lidars.scan(HERE, NOBODY)[0, index] for _ in range(300)])
    assert seen.mean() == pytest.approx(12.0 - front.mount.x, abs=0.003)
    assert seen.std() == pytest.approx(front.sigma, rel=0.2)


def test_own_body_is_not_seen_but_others_are() -> None:
    box = LIFT_AMR.footprint()
    lidars = Lidars([LIFT_AMR, LIFT_AMR], ROOM, seed=1)
    poses = np.array([(0.0, 0.0, 0.0), (4.0, 0.0, 0.3)])
    shapes = [transform(box, Pose2D(*pose)) for pose in poses.tolist()]
    owners = np.array([0, 1])
    scan = lidars.scan(poses, Bodies(*pack(shapes), owners, np.zeros((0, 3))))
    nobody = lidars.scan(poses, NOBODY)
    closer = scan[0] < nobody[0] - 0.5
    assert 5 < closer.sum() < 60
    assert 2.5 < scan[0][closer].min() < 4.0 - 0.675 - 0.645 + 0.3
    assert scan[:, :].min() > 0.5


def test_person_is_a_circle() -> None:
    lidars = Lidars([LIFT_AMR], ROOM, seed=1)
    mount = LIFT_AMR.lidars[0].mount
    people = np.array([(mount.x + 2.0, mount.y, 0.2)])
    bodies = Bodies(NOBODY.corners, NOBODY.counts, NOBODY.owners, people)
    scan = lidars.scan(HERE, bodies)[0]
    assert scan.min() == pytest.approx(1.8, abs=0.04)
    assert (scan < 2.05).sum() == pytest.approx(2 * math.degrees(math.asin(0.1)), abs=2)


def test_dust_and_a_dead_lidar_show_no_echo() -> None:
    lidars = Lidars([LIFT_AMR], ROOM, seed=1)
    lidars.range_factor = 0.3
    scan = lidars.scan(HERE, NOBODY)
    assert np.isinf(scan).any()
    assert scan[np.isfinite(scan)].max() < 6.1
    lidars.off[1] = True
    assert np.isinf(lidars.scan(HERE, NOBODY)[1]).all()
