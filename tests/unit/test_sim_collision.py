"""Collision episodes and separations."""

import math

import numpy as np
import pytest

from amr_core.geometry import FloatArray, rectangle
from amr_sim.collision import CollisionCounter, Contact
from amr_sim.polygon import pack

BOX = rectangle(0.5, 0.5, 0.5)


def check(monitor: CollisionCounter, now: float, *centres: tuple[float, float]) -> list[Contact]:
    bodies: list[FloatArray] = [BOX + centre for centre in centres]
    corners, counts = pack(bodies)
    return monitor.check(now, corners, counts, 1, ["amr_01", "person_1"][: len(bodies)])


@pytest.fixture
def monitor() -> CollisionCounter:
    corners, counts = pack([BOX + np.array((5.0, 0.0)), BOX + np.array((5.0, 9.0))])
    return CollisionCounter(corners, counts, ("rack", "stack"))


def test_episode_starts_once_and_ends_after_a_clear_second(monitor: CollisionCounter) -> None:
    assert check(monitor, 0.0, (3.0, 0.0)) == []
    assert check(monitor, 0.1, (4.1, 0.0)) == [Contact(0.1, "amr_01", "rack")]
    assert check(monitor, 0.2, (4.1, 0.0)) == []
    assert check(monitor, 0.9, (3.0, 0.0)) == []
    assert check(monitor, 1.0, (4.1, 0.0)) == [], "still the same episode"
    assert check(monitor, 2.2, (3.0, 0.0)) == []
    assert len(check(monitor, 2.3, (4.1, 0.0))) == 1
    assert monitor.episodes == 2


def test_separation_is_the_smallest_so_far(monitor: CollisionCounter) -> None:
    check(monitor, 0.0, (2.0, 0.0))
    assert monitor.min_separation == math.inf
    check(monitor, 0.1, (3.7, 0.0))
    assert monitor.min_separation == pytest.approx(0.3)
    check(monitor, 0.2, (0.0, 0.0), (1.1, 0.0))
    assert monitor.min_separation == pytest.approx(0.1)
    assert monitor.robot_separation[0] == pytest.approx(0.1)


def test_robot_and_mover_collide(monitor: CollisionCounter) -> None:
    assert check(monitor, 0.0, (0.0, 0.0), (0.9, 0.3)) == [Contact(0.0, "amr_01", "person_1")]


def test_only_robots_count() -> None:
    monitor = CollisionCounter(*pack([]), ())
    corners, counts = pack([BOX, BOX + np.array((5.0, 0.0)), BOX + np.array((5.2, 0.0))])
    assert monitor.check(0.0, corners, counts, 1, ["amr_01", "a", "b"]) == []
