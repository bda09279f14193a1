"""Doors in the simulator: bodies that stand in the way, seen by lidars, that do not close on anybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from shapely.geometry import Polygon

from amr_core.conveyors import SimulatedConveyor
from amr_core.geometry import Pose2D, rectangle, transform
from amr_core.roadmap.doorways import leaf
from amr_core.site import Conveyor, load_site
from amr_sim.doors import SimDoors
from amr_sim.polygon import octagon, pack

SITE = load_site("cai_cui")
SOUTH = "fire_door_south"


def box(x: float, y: float) -> Any:
    return transform(rectangle(0.5, 0.5, 0.4), Pose2D(x, y, 0.0))


@pytest.fixture
def doors() -> SimDoors:
    return SimDoors(SITE)


def run(
    doors: SimDoors, seconds: float, *, robots: Sequence[Any] = (), people: Sequence[Any] = (), start: float = 0.0
) -> float:
    now = start
    while now < start + seconds:
        now += 0.1
        doors.step(now, 0.1, *pack([*robots, *people]), len(robots))
    return now


def test_only_doors_on_lanes_are_simulated_and_hang_closed(doors: SimDoors) -> None:
    assert set(doors.all) == {SOUTH, "fire_door_north", "crossdock_gate"}
    assert {name for name, _ in doors.bodies()} == {f"door_{name}" for name in doors.all}
    assert len(doors.seen()) == 3
    leaf = dict(doors.bodies())[f"door_{SOUTH}"]
    assert np.ptp(leaf[:, 1]) == pytest.approx(4.0)
    assert np.ptp(leaf[:, 0]) < 0.1


def test_it_opens_when_told_and_no_body_is_left(doors: SimDoors) -> None:
    doors.all[SOUTH].tell(0.0, open_it=True)
    run(doors, 3.0)
    assert f"door_{SOUTH}" in dict(doors.bodies())  # half open: a robot with its load would hit it
    assert len(doors.seen()) == 2
    doors.all[SOUTH].tell(3.0, open_it=True)
    run(doors, 4.0, start=3.0)
    assert f"door_{SOUTH}" not in dict(doors.bodies())


def test_it_does_not_close_on_a_robot(doors: SimDoors) -> None:
    doors.all[SOUTH].share = 1.0
    doors.all[SOUTH].tell(0.0, open_it=False)
    now = run(doors, 20.0, robots=[box(60.0, 11.2)])
    assert doors.all[SOUTH].share == 1.0
    run(doors, 20.0, robots=[box(64.0, 11.2)], start=now)
    assert doors.all[SOUTH].share == 0.0


def test_people_and_forklifts_have_it_opened_and_it_says_so(doors: SimDoors) -> None:
    now = run(doors, 10.0, people=[box(53.5, 12.0)])
    assert doors.all[SOUTH].mode(now) == "OPEN"
    assert doors.all["fire_door_north"].mode(now) == "CLOSED"
    now = run(doors, 10.0, people=[box(40.0, 12.0)], start=now)
    assert doors.all[SOUTH].mode(now) == "CLOSED"


def test_the_curtain_and_the_button_reach_as_far_as_geometry_says(doors: SimDoors) -> None:
    rng, seen = np.random.default_rng(1), list[bool]()
    for _ in range(400):
        x, y, theta = (float(v) for v in rng.uniform((48.0, 0.0, -3.0), (72.0, 22.0, 3.0)))
        body = transform(rectangle(1.2, 0.5, 0.55), Pose2D(x, y, theta)) if len(seen) % 2 else octagon(x, y, 0.2)
        area, curtain = Polygon(body), leaf(SITE.driven_doors[0])
        door = doors.all[SITE.driven_doors[0].id]
        door.share, door.button = 0.5, False
        doors.step(0.0, 0.1, *pack([body]), 0)
        assert door.button == (curtain.distance(area) < 8.0)
        door.share = 0.5
        doors.step(0.0, 0.1, *pack([body]), 1)
        assert (door.share == 0.5) == curtain.intersects(area)
        seen.append(door.share == 0.5)
    assert 5 < sum(seen) < 395


def test_a_conveyor_is_ready_some_time_after_it_was_asked_and_has_no_leaf() -> None:
    station = SITE.places[0].stations[0].id
    made = SimDoors(SITE.model_copy(update={"conveyors": [Conveyor(id="C1", station=station, ready_s=2.0)]}))
    assert "door_C1" not in {name for name, _ in made.bodies()}
    assert len(made.seen()) == 3
    conveyor = made.all["C1"]
    conveyor.tell(0.0, open_it=True)
    now = run(made, 1.0)
    assert conveyor.mode(now) == "OPENING"
    now = run(made, 1.5, start=now)
    assert conveyor.mode(now) == "OPEN"
    conveyor.tell(now, open_it=False)
    now = run(made, 3.0, start=now)
    assert conveyor.mode(now) == "CLOSED"


def test_a_conveyor_with_a_load_sensor_brings_and_takes_loads_for_the_robot_next_to_it() -> None:
    station = SITE.places[0].stations[0]
    one = Conveyor(id="C1", station=station.id, ready_s=2.0, load_sensor=True)
    made = SimDoors(SITE.model_copy(update={"conveyors": [one]}))
    belt: Any = made.all["C1"]  # its words change under the eyes of the type checker
    assert isinstance(made.all["C1"], SimulatedConveyor)
    near, far = Pose2D(station.x + 3.0, station.y, 0.0), Pose2D(station.x + 9.0, station.y, 0.0)
    made.serve([])
    made.serve([(near, False), (far, True)])
    assert belt.belt == "FREE", "nobody asked for it"
    belt.tell(0.0, open_it=True)
    for step in range(30):
        made.step(step / 10, 0.1, *pack([]), 0)
    made.serve([(near, False), (far, True)])
    assert belt.belt == "LOAD", "the robot next to it has none: it comes to pick"
    made.serve([(station.pose, True), (far, False)])
    assert belt.belt == "FREE", "it has it now"
    made.serve([(near, True)])
    belt.fixed = True
    assert belt.belt == "LOAD", "a sensor that is stuck"
