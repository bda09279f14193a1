"""Air-locks: two doors of which at most one is open, one robot between them, and nobody is caught in there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.roadmap.doorways import side
from amr_core.site import Site
from amr_core.site.lint import lint
from amr_fleet.domain import causes
from amr_fleet.domain.air_locks import occupants
from amr_fleet.domain.events import DoorSession, JournalEntry
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import Behaviour

WEST, EAST = "west_door", "east_door"
LOCK = {"id": "lock", "doors": [WEST, EAST]}


def ring(name: str, x: float) -> list[dict[str, Any]]:
    """Return a counter-clockwise ring of 6 x 4 m whose west side is at x."""
    corners = [(x, 4.0), (x + 6, 4.0), (x + 6, 8.0), (x, 8.0), (x, 4.0)]
    return [{"id": f"{name}{i}", "points": corners[i : i + 2], "max_speed": 1} for i in range(4)]


def station(name: str, x: float, y: float, theta: float, lane: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "x": x, "y": y, "theta": theta, "lane": lane, **more}


def place(name: str, kind: str, at: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "kind": kind, "name_vi": name, "name_en": name, "stations": [at]}


def made(**changes: Any) -> Site:
    """Return two rings that a lane in both directions joins, with an air-lock on it."""
    half = 1.570796
    door = {"kind": "roller", "y": 6.0, "width": 2.6, "lanes": ["through"], "open_s": 4.0}
    found: dict[str, Any] = {
        "id": "locked", "name_vi": "x", "name_en": "x", "size": (38.0, 12.0), "walls": [],
        "lanes": [
            *ring("w", 4.0), *ring("e", 28.0),
            {"id": "through", "points": [(10.0, 6.0), (28.0, 6.0)], "two_way": True, "max_speed": 1},
        ],
        "doors": [{"id": WEST, "x": 15.0, **door}, {"id": EAST, "x": 23.0, **door}],
        "air_locks": [LOCK],
        "places": [
            place("D1", "dock", station("D1_1", 6.0, 1.6, -half, "w0", marker=1)),
            place("D2", "dock", station("D2_1", 8.5, 1.6, -half, "w0", marker=2)),
            place("A1", "block", station("A1_1", 30.0, 1.6, -half, "e0", marker=3)),
            place("A2", "block", station("A2_1", 32.5, 1.6, -half, "e0", marker=4)),
        ],
        "chargers": [station("CH1", 30.0, 10.4, half, "e2", marker=5)],
        "parking": [
            station("P1", 9.0, 10.4, half, "w2"), station("P2", 6.0, 10.4, half, "w2"),
            station("P3", 33.0, 10.4, half, "e2"),
        ],
        "fleet": [{"name": f"amr_0{i}", "type": "lift_amr", "parking": f"P{i}"} for i in (1, 2, 3)],
        "demand": {"base_per_hour": 8, "peak_per_hour": 9, "mix": [{"pick": "dock", "drop": "block", "share": 1}]},
    }  # fmt: skip
    return Site.model_validate(found | changes)


SITE = made()
ROADMAP = build_roadmap(SITE)


def fleet(robots: int = 1, roadmap: Roadmap = ROADMAP) -> Rehearsal:
    run = Rehearsal(roadmap, units_of(SITE, robots), seed=1, how=Behaviour(stop_rate=0.0), dt=0.4)
    for _ in range(12):
        run.step()
    return run


def there(count: int) -> list[OrderRequest]:
    ways = [("D1", "A1"), ("A2", "D2")]
    return [OrderRequest(pick_place=a, drop_place=b) for a, b in (ways[i % 2] for i in range(count))]


def between(run: Rehearsal) -> list[str]:
    """Robots whose middle is between the leaves."""
    west, east = (next(d for d in ROADMAP.doors if d.id == name) for name in (WEST, EAST))
    reports = (robot.report() for robot in run.robots.values())
    return [r.robot for r in reports if side(west, r.x, r.y) > 0.0 > side(east, r.x, r.y)]


def drive(run: Rehearsal, until: Callable[[Rehearsal], bool], limit: float) -> bool:
    """Run; fail when both doors are open, when two robots are between them, or one is where a leaf is."""
    end = run.now + limit
    while run.now < end:
        if until(run):
            return True
        run.step()
        assert min(run.doors[WEST].share, run.doors[EAST].share) == 0.0, run.now
        assert len(between(run)) <= 1, run.now
        leases = run.engine.world.state.doors.leases
        assert not (leases.get(WEST) and leases.get(EAST)), run.now
        for door in ROADMAP.doors:
            for robot in run.robots.values():
                if abs(side(door, *robot.place())) < 0.9 and abs(robot.place()[1] - door.y) < 0.5:
                    assert run.doors[door.id].share > 0.999, (run.now, robot.name, door.id)
    return until(run)


def done(run: Rehearsal) -> bool:
    return run.done


def inside(run: Rehearsal) -> bool:
    """A robot stands in the chamber, in neither doorway."""
    chamber = ROADMAP.air_locks[0].chamber
    return any(robot.occupied() in chamber and robot.edge is None for robot in run.robots.values())


def told(run: Rehearsal, robot: str = "amr_01") -> tuple[str, object, object]:
    waiting = run.engine.world.robots[robot].waiting
    assert waiting is not None
    return waiting.code, waiting.facts.get("door"), waiting.facts.get("state")


def test_the_site_lints_and_knows_what_is_between_its_doors() -> None:
    assert [f for f in lint(SITE) if f.severity == "error"] == []
    (lock,) = ROADMAP.air_locks
    assert lock.doors == (WEST, EAST)
    assert lock.chamber
    assert all(15.0 < ROADMAP.nodes[node].x < 23.0 for node in lock.chamber)
    outer = next(n.id for n in ROADMAP.nodes.values() if n.x < 11.0)
    assert not any(outer in ROADMAP.conflicts[node] for node in lock.chamber)


def test_robots_go_through_both_ways_one_at_a_time_and_never_are_both_doors_open() -> None:
    run = fleet(3)
    run.create(there(4))
    assert drive(run, done, 3000.0)
    assert run.violations() == []
    assert not run.engine.world.state.alarms.active
    assert drive(run, lambda r: not any(d.share for d in r.doors.values()), 60.0)
    kinds = [e.facts["door"] for e in run.journal if e.kind == "door_leased"]
    assert kinds.count(WEST) >= 4
    assert kinds.count(EAST) >= 4


def test_who_is_inside_comes_first_and_who_waits_names_the_door_and_the_robot_inside() -> None:
    run = fleet(3)
    run.create(there(2))
    assert drive(run, inside, 900.0)
    name = between(run)[0]
    run.robots[name].alive = False
    other = next(o.robot for o in run.engine.world.state.open_orders.values() if o.robot != name)

    def waits(r: Rehearsal) -> bool:
        waiting = r.engine.world.robots[other].waiting
        return waiting is not None and waiting.code in ("wait.door", "wait.traffic")

    assert drive(run, waits, 600.0)
    drive(run, lambda _r: False, 60.0)
    root = run.engine.world.robots[other].root
    assert root is not None
    assert (root.code, root.facts["robot"]) == ("robot.offline", name)
    assert between(run) == [name]
    run.robots[name].alive = True
    assert drive(run, done, 2000.0)


def test_the_far_door_opens_only_when_the_near_one_says_that_it_is_closed() -> None:
    run = fleet()
    run.create(there(1))
    assert drive(run, lambda r: bool(between(r)), 900.0)
    run.doors[WEST].slow = 20.0
    begun = run.now
    assert drive(run, lambda r: r.engine.world.robots["amr_01"].waiting is not None, 60.0)
    assert told(run) == ("wait.door", EAST, "AIR_LOCK")
    assert drive(run, lambda r: r.doors[WEST].share == 0.0, 200.0)
    assert run.now - begun > 30.0
    assert drive(run, done, 600.0)


@pytest.mark.parametrize(("what", "state"), [("silent", "UNKNOWN"), ("button", "STUCK")])
def test_a_near_door_that_fails_keeps_the_far_one_shut_and_is_named(what: str, state: str) -> None:
    run = fleet()
    run.create(there(1))
    assert drive(run, lambda r: bool(between(r)) and r.doors[WEST].share > 0.9, 900.0)
    setattr(run.doors[WEST], what, True)
    drive(run, lambda _r: False, 60.0)
    if what != "silent":  # a silent one closes all the same, and nobody knows it
        assert run.doors[WEST].share > 0.0
    assert run.doors[EAST].share == 0.0
    assert told(run) == ("wait.door", WEST, state)
    waiting = run.engine.world.robots["amr_01"].waiting
    assert waiting is not None
    assert causes.ends(waiting) == "repair_door"
    alarms = {a.facts["door"] for a in run.engine.world.state.alarms.active.values() if a.code == "alarm.door"}
    assert alarms == {WEST}
    setattr(run.doors[WEST], what, False)
    assert drive(run, done, 900.0)
    assert not run.engine.world.state.alarms.active


def test_nobody_is_let_in_when_the_far_door_would_not_let_it_out() -> None:
    run = fleet()
    run.create(there(1))
    west = run.doors[WEST]
    assert drive(run, lambda r: WEST in r.engine.world.state.doors.leases and west.share > 0.0, 900.0)
    run.doors[EAST].fault = True
    drive(run, lambda _r: False, 20.0)
    assert between(run) == []
    assert west.share == 0.0, "its call is over"
    drive(run, lambda _r: False, 20.0)
    assert between(run) == []
    assert [e.facts["door"] for e in run.journal if e.kind == "door_leased"] == [WEST]
    run.doors[EAST].fault = False
    assert drive(run, done, 900.0)


def test_a_person_opens_no_second_door_and_the_robot_inside_comes_before_persons() -> None:
    run = fleet()
    for _ in range(100):
        run.step([DoorSession("tablet", WEST, open=True), DoorSession("tablet", EAST, open=True)])
        assert min(door.share for door in run.doors.values()) == 0.0
    assert max(door.share for door in run.doors.values()) == 1.0
    run.create(there(1))
    end = run.now + 900.0
    while run.now < end and not run.done:
        run.step([DoorSession("tablet", WEST, open=True)])
        assert min(door.share for door in run.doors.values()) == 0.0
    assert run.done


def test_the_fleet_killed_with_a_robot_inside_lets_it_out_and_nobody_in() -> None:
    run = fleet(3)
    run.create(there(2))
    assert drive(run, inside, 900.0)
    name = between(run)[0]
    run.robots[name].mute = True
    run.restart_fleet()
    run.step()
    assert occupants(run.engine.world, run.engine.world.doors[WEST]) == [name]
    drive(run, lambda _r: False, 40.0)
    assert run.doors[WEST].share == run.doors[EAST].share == 0.0
    run.robots[name].mute = False
    assert drive(run, done, 2000.0)
    assert run.violations() == []


def test_a_silent_robot_whose_place_in_the_air_lock_another_one_has_since_is_in_it_no_more() -> None:
    """By an entry of before it was in there for ever: nobody else was ever let in."""
    run = fleet(2)
    run.step()
    old, new = run.robots
    world = run.engine.world
    held = " ".join(world.graph.ids(world.doors[WEST].lock_mask))
    run.journal += [
        JournalEntry(t=run.now, kind="robot_holds", robot=name, facts={"held": held}) for name in (old, new)
    ]
    for robot in run.robots.values():
        robot.mute = True
    run.restart_fleet()
    for _ in range(400):
        run.step()
    assert run.engine.ready
    assert occupants(run.engine.world, run.engine.world.doors[WEST]) == [new]


def test_a_robot_that_the_site_has_no_more_keeps_no_door() -> None:
    run = fleet()
    run.journal = [JournalEntry(t=1.0, kind="door_leased", robot="gone", facts={"door": WEST, "fence": 3})]
    run.restart_fleet()
    run.step()
    assert run.engine.world.state.doors.leases == {WEST: {}}
    assert run.engine.world.state.doors.fence == 3


def leads_out() -> Site:
    """Return it with a lane out of the chamber, around the east door."""
    beside = {"id": "beside", "points": [(19.0, 6.0), (19.0, 11.0), (27.0, 11.0), (28.0, 8.0)], "two_way": True}
    return made(lanes=[*(lane.model_dump() for lane in SITE.lanes), beside])


def doors_at(west: float, east: float) -> list[dict[str, Any]]:
    return [d.model_dump() | {"x": x} for d, x in zip(SITE.doors, (west, east), strict=True)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"air_locks": [{"id": "lock", "doors": [WEST, "nowhere"]}]}, "no lane leads through a door nowhere"),
        ({"air_locks": [{"id": "lock", "doors": [WEST, WEST]}]}, "is in it twice"),
        ({"air_locks": [LOCK, {"id": "b", "doors": [WEST, EAST]}]}, "in two air-locks"),
        ({"doors": doors_at(18.0, 19.5)}, "does not fit between"),
        ({"lanes": [lane.model_dump() for lane in leads_out().lanes]}, "leads out of it beside"),
    ],
)
def test_the_lint_finds_air_locks_that_are_none(changes: dict[str, Any], reason: str) -> None:
    found = [str(f) for f in lint(made(**changes)) if f.code == "site.air_lock"]
    assert any(reason in text for text in found), found


def test_a_roadmap_with_an_air_lock_without_doors_is_refused() -> None:
    with pytest.raises(AmrError, match="no driven door nowhere"):
        build_roadmap(made(air_locks=[{"id": "lock", "doors": [WEST, "nowhere"]}]))
