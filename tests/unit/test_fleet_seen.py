"""Phantom forklifts: robots that see each other, and one person that several of them see."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.camera_frames import CameraFrame, CameraThing
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.seen import fused
from amr_fleet.ports import RobotView, TrackView
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.service import FleetService
from amr_fleet.vocabulary import DoorMode, SeenKind, TrackKind

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


def camera(*things: tuple[float, float, SeenKind], name: str = "cam_1", blind: str = "") -> CameraFrame:
    seen = tuple(
        CameraThing(kind=kind, score=0.9, box=(0.0, 0.0, 9.0, 9.0), x=x, y=y, radius=0.4) for x, y, kind in things
    )
    return CameraFrame(camera=name, t=0.0, blind=blind, size=(1280, 720), things=seen)


def test_a_person_whom_only_a_camera_sees_is_told_as_standing() -> None:
    assert fused({}, ROBOTS, [camera((60.0, 25.0, "person"))]) == (
        TrackView(x=60.0, y=25.0, vx=0.0, vy=0.0, kind="person", radius=0.4, camera=True),
    )


def test_a_camera_does_not_move_or_slow_what_a_robot_measures() -> None:
    walker = track(60, 25, "person", vx=1.4)
    [one] = fused({"amr_01": [walker]}, ROBOTS, [camera((61.0, 25.0, "person"))])
    assert (one.x, one.y, one.vx, one.radius, one.camera) == (60, 25, 1.4, 0.3, True)
    assert fused({"amr_01": [walker]}, ROBOTS) == (walker,)


def test_two_cameras_and_a_robot_count_three_people_as_three() -> None:
    seen = [(60.0, 25.0), (64.0, 25.0), (68.0, 25.0)]
    people = [(x + 0.4, y - 0.3, "person") for x, y in seen]
    frames = [camera(*people), camera(*((x - 0.2, y, k) for x, y, k in people), name="cam_2")]  # type: ignore[arg-type]
    told = fused({"amr_01": [track(60.0, 25.0, "person")]}, ROBOTS, frames)
    assert len(told) == 3
    assert [t.x for t in told][1:] == pytest.approx([64.3, 68.3])


def test_two_people_in_one_picture_stay_two() -> None:
    assert len(fused({}, ROBOTS, [camera((60.0, 25.0, "person"), (60.6, 25.0, "person"))])) == 2


def test_a_camera_tells_of_no_loads_of_no_robots_and_nothing_when_it_is_blind() -> None:
    robot = ROBOTS[0]
    beside = robot.theta + math.pi / 2
    at = (robot.x + 1.2 * math.cos(beside), robot.y + 1.2 * math.sin(beside))
    assert fused({}, ROBOTS, [camera((*at, "vehicle"), (60.0, 25.0, "load"), (math.nan, 1.0, "person"))]) == ()
    assert fused({}, ROBOTS, [camera((60.0, 25.0, "person"), blind="covered")]) == ()
    close = (robot.x + 0.75 * math.cos(beside), robot.y + 0.75 * math.sin(beside))
    [hand] = fused({}, ROBOTS, [camera((*close, "person"))])
    assert (hand.x, hand.y) == close, "a person who stands beside a robot is no robot"


def _shut(run: Rehearsal) -> set[str]:
    return {door.id for door in run.engine.leaves()}


def test_a_shut_door_is_no_forklift_but_who_stands_at_it_or_drives_through_it_is_seen() -> None:
    run = Rehearsal(build_roadmap(SITE), units_of(SITE, 1))
    run.run(lambda r: r.engine.ready, 5.0)
    [door] = [door for door in run.engine.leaves() if door.id == "fire_door_south"]
    across = door.theta + math.pi / 2
    x, y = door.x + 1.2 * math.cos(across), door.y + 1.2 * math.sin(across)
    leaf = [track(x, y), track(door.x, door.y, "unknown", vx=0.1)]
    assert fused({"amr_01": leaf}, [], leaves=[door]) == ()
    assert len(fused({"amr_01": leaf}, [])) == 2, "an open door has no leaf: what stands there is a thing"
    at_it = track(x + math.cos(door.theta), y + math.sin(door.theta))
    others = [track(x, y, "person"), track(door.x, door.y, vx=0.8), at_it]
    assert len(fused({"amr_01": others}, [], leaves=[door])) == 3


def test_a_door_is_shut_until_it_says_that_it_is_open_and_a_silent_one_hides_nothing() -> None:
    run = Rehearsal(build_roadmap(SITE), units_of(SITE, 1))
    run.run(lambda r: r.engine.ready, 5.0)
    unit = run.engine.world.doors["fire_door_south"]
    modes: dict[DoorMode, bool] = {"CLOSED": True, "OPENING": True, "OPEN": False, "CLOSING": False, "FAULT": False}
    for mode, shut in modes.items():
        unit.said = mode
        assert ("fire_door_south" in _shut(run)) == shut, mode
    unit.said, unit.heard = "CLOSED", -1e9
    assert "fire_door_south" not in _shut(run)


def test_the_landing_doors_of_a_lift_are_shut_where_no_open_cabin_stands() -> None:
    site = load_site("two_floor")
    run = Rehearsal(build_roadmap(site), units_of(site, 1))
    run.run(lambda r: r.engine.ready, 5.0)
    [lift] = run.engine.world.lifts.values()
    here, there = lift.way.stops[0], lift.way.stops[1]
    assert lift.said is not None
    lift.said = replace(lift.said, level=here.level, door="OPEN")
    assert _shut(run) == {there.door.id}
    lift.said = replace(lift.said, door="CLOSED")
    assert _shut(run) == {here.door.id, there.door.id}
    lift.heard = -1e9
    assert _shut(run) == set()


class Silent:
    """A journal that keeps nothing."""

    def append(self, entries: Sequence[JournalEntry]) -> None: ...

    def recover(self) -> None: ...

    def read(self, order_id: str | None = None) -> Sequence[JournalEntry]:
        return ()


def test_on_the_screen_a_shut_door_is_no_forklift_either() -> None:
    """The service knows which doors are shut; the trackers of the robots do not."""
    run = Rehearsal(build_roadmap(SITE), units_of(SITE, 1))
    run.run(lambda r: r.engine.ready, 5.0)
    [door] = [door for door in run.engine.leaves() if door.id == "fire_door_south"]
    service = FleetService(run.engine, Silent(), lambda _message: None)
    across = door.theta + math.pi / 2
    leaf = track(door.x + 1.2 * math.cos(across), door.y + 1.2 * math.sin(across))
    service.set_tracks({"amr_01": [leaf, track(door.x, door.y, "person")]}, 1.0)
    service.advance(run.now + 1.0)
    assert [seen.kind for seen in service.snapshot().tracks] == ["person"]
