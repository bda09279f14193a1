"""The free-space controller: passes what stands and what comes, keeps the limits, says when there is no way."""

from __future__ import annotations

import math

import numpy as np

from amr_core.geometry import Pose2D, Twist2D
from amr_core.robots import LIFT_AMR
from amr_navigation.control.ahead import MovingObject
from amr_navigation.control.limits import limits_of
from amr_navigation.control.mppi import DT, Mppi, MppiParams, Surroundings, discs_of, with_arc
from amr_navigation.costmap.body import Body, body_of
from amr_navigation.costmap.static_map import DistanceGrid, distance_grid
from tests.unit.nav_world import clearance, polyline, static_map

HALL = [(0.0, 0.0, 40.0, 0.2), (0.0, 19.8, 40.0, 20.0)]
BOX = (12.0, 9.8, 12.6, 10.4)


def hall() -> DistanceGrid:
    return static_map(HALL, (40.0, 20.0)).walls


def seen(*rects: tuple[float, float, float, float]) -> DistanceGrid:
    occupied = np.zeros((200, 400), dtype=bool)
    for x0, y0, x1, y1 in rects:
        occupied[round(y0 * 10) : round(y1 * 10), round(x0 * 10) : round(x1 * 10)] = True
    return distance_grid(occupied, 0.1, 0.0, 0.0)


def test_it_passes_a_box_and_a_person_who_comes() -> None:
    controller, limits, body = Mppi(), limits_of(LIFT_AMR), body_of(LIFT_AMR)
    pose, last = Pose2D(6.0, 10.0, 0.0), Twist2D(0.0, 0.0)
    walls, local = hall(), seen(BOX)
    gaps, people = [], []
    for k in range(240):
        person = MovingObject(18.0 - 0.9 * k * DT, 10.3, -0.9, 0.0, 0.3, "person")
        path = polyline((pose.x, 10.0), (pose.x + 4.5, 10.0))
        command = controller.step(pose, last, limits, body, path, Surroundings(walls, local, (person,)))
        assert command is not None
        assert abs(command.v - last.v) <= limits.deceleration * DT + 1e-6
        assert abs(command.w - last.w) <= limits.turn_acceleration * DT + 1e-6
        assert -0.15 - 1e-6 <= command.v <= limits.speed + 1e-6
        last, heading = command, pose.theta + 0.5 * command.w * DT
        step = command.v * DT
        pose = Pose2D(pose.x + step * math.cos(heading), pose.y + step * math.sin(heading), pose.theta + command.w * DT)
        gaps.append(clearance(pose, [BOX]))
        square = (person.x - 0.2, person.y - 0.2, person.x + 0.2, person.y + 0.2)
        people.append(clearance(pose, [square]))
    assert pose.x > 14.0
    assert min(gaps) > 0.1
    assert min(people) > 0.25
    assert abs(pose.y - 10.0) < 0.6


def test_it_gives_no_command_when_every_way_touches_something() -> None:
    box = seen((5.0, 9.0, 8.0, 11.0))
    path = polyline((6.0, 10.0), (9.0, 10.0))
    found = Mppi(MppiParams(samples=50)).step(
        Pose2D(6.0, 10.0, 0.0), Twist2D(0.0, 0.0), limits_of(LIFT_AMR), body_of(LIFT_AMR), path,
        Surroundings(hall(), box, ()),
    )  # fmt: skip
    assert found is None


def test_the_discs_cover_the_body() -> None:
    body = Body(0.7, 0.6, 0.5, 0.46)
    discs = discs_of(body)
    for x in np.linspace(-body.rear, body.front, 40):
        for y in (-body.right, body.left):
            assert min(math.hypot(x - offset, y) - radius for offset, radius in discs) < 1e-9


def test_paths_carry_their_length() -> None:
    assert with_arc(polyline((0.0, 0.0), (1.0, 0.0)))[-1, 3] == 1.0
    assert with_arc(np.zeros((1, 3))).tolist() == [[0.0, 0.0, 0.0, 0.0]]
