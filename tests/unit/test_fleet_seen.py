"""Phantom forklifts: robots that see each other, and one person that several of them see."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.seen import fused
from amr_fleet.ports import RobotView, TrackView
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.vocabulary import TrackKind

SITE = load_site("cai_cui")


def robots() -> list[RobotView]:
    run = Rehearsal(build_roadmap(SITE), units_of(SITE))
    run.run(lambda r: r.engine.ready, 5.0)
    return list(run.engine.snapshot().robots)


ROBOTS = robots()


def track(x: float, y: float, kind: TrackKind = "vehicle", vx: float = 0.0) -> TrackView:
    return TrackView(x=x, y=y, vx=vx, vy=0.0, kind=kind, radius=0.3 if kind == "person" else 1.2)


def test_what_a_robot_sees_of_another_one_is_no_forklift() -> None:
    seen = {r.name: [track(o.x + 0.5, o.y - 0.4) for o in ROBOTS if o is not r] for r in ROBOTS}
    assert fused(seen, ROBOTS) == ()


def test_a_forklift_beside_a_robot_stays() -> None:
    robot = ROBOTS[0]
    side = robot.theta + math.pi / 2
    beside = track(robot.x + 1.3 * math.cos(side), robot.y + 1.3 * math.sin(side))
    assert fused({ROBOTS[1].name: [beside]}, ROBOTS) == (beside,)


def test_a_person_that_five_robots_see_is_one_and_two_that_stand_together_are_two() -> None:
    rng = random.Random(1)
    one = {r.name: [track(60 + rng.uniform(-0.2, 0.2), 25 + rng.uniform(-0.2, 0.2), "person")] for r in ROBOTS[:5]}
    [person] = fused(one, ROBOTS)
    assert math.hypot(person.x - 60, person.y - 25) < 0.2
    assert len(fused({"amr_01": [track(60, 25, "person"), track(60.6, 25, "person")]}, ROBOTS)) == 2
    assert len(fused({"amr_01": [track(60, 25, "person"), track(60.1, 25, "person")]}, ROBOTS)) == 1


def test_a_person_who_touches_a_robot_is_still_there() -> None:
    robot = ROBOTS[0]
    side = robot.theta + math.pi / 2
    at = track(robot.x + 0.75 * math.cos(side), robot.y + 0.75 * math.sin(side), "person")
    assert fused({ROBOTS[1].name: [at]}, ROBOTS) == (at,)


def test_a_person_beside_a_forklift_and_two_that_pass_are_not_one() -> None:
    assert len(fused({"amr_01": [track(60, 25)], "amr_02": [track(60.4, 25, "person")]}, ROBOTS)) == 2
    assert len(fused({"amr_01": [track(60, 25, vx=1.0)], "amr_02": [track(60.4, 25, vx=-1.0)]}, ROBOTS)) == 2


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_has_no_place_is_left_out(bad: float) -> None:
    assert fused({"amr_01": [track(bad, 25), track(60, 25)]}, ROBOTS) == (track(60, 25),)


@given(seed=st.integers(0, 10**6), count=st.integers(0, 8))
def test_people_apart_are_counted_right_however_many_robots_see_them(seed: int, count: int) -> None:
    rng = random.Random(seed)
    people = [(20.0 + 3.0 * i, 45.0 - 2.5 * (i % 2)) for i in range(count)]
    people = [p for p in people if all(math.dist(p, (r.x, r.y)) > 2.0 for r in ROBOTS)]
    seen = {
        r.name: [track(x + rng.uniform(-0.2, 0.2), y + rng.uniform(-0.2, 0.2), "person") for x, y in people]
        for r in ROBOTS[: rng.randint(1, 12)]
    }
    assert len(fused(seen, ROBOTS)) == len(people)
