"""Doors as resources of the traffic engine: leases, evidence of passage, fail closed, ways around, who waits."""

from __future__ import annotations

import random
from typing import Any

import pytest

from amr_core.doors import WATCHDOG_S, SimulatedDoor
from amr_core.errors import AmrError
from amr_core.roadmap import Doorway, build_roadmap
from amr_core.roadmap.doorways import distance, side
from amr_core.site import Site, load_site
from amr_core.site.lint import lint
from amr_fleet.domain import causes
from amr_fleet.domain.events import Ask, DoorSession, JournalEntry
from amr_fleet.domain.gates import FRESH
from amr_fleet.ports import OrderRequest, Reason, ZoneRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import Behaviour
from amr_fleet.requests import SetZone

SITE = load_site("cai_cui")
ROADMAP = build_roadmap(SITE)
SOUTH, NORTH = "fire_door_south", "fire_door_north"
CALM = Behaviour(stop_rate=0.0)
IN_LEAF_M = 0.9
"""m from a leaf to the middle of a robot that is in it."""


def fleet(robots: int = 1, seed: int = 1) -> Rehearsal:
    """Robots of the reference site, all doors simulated; D01 is west of the fire wall, D12 east of it."""
    found = Rehearsal(ROADMAP, units_of(SITE, robots), seed=seed, how=CALM)
    for _ in range(12):
        found.step()
    return found


def there_and_back(count: int) -> list[OrderRequest]:
    ways = [("D01", "D12"), ("D12", "D01")]
    return [OrderRequest(pick_place=a, drop_place=b) for a, b in (ways[i % 2] for i in range(count))]


def in_leaf(run: Rehearsal, door: Doorway) -> list[str]:
    """Robots whose middle is so near the leaf that they are in it."""
    return [name for name, (x, y) in places(run).items() if distance(door, x, y) < IN_LEAF_M]


def places(run: Rehearsal) -> dict[str, tuple[float, float]]:
    """Where the robots are; who asks for their reports takes these from the fleet, and pays for all the rest."""
    return {name: robot.place() for name, robot in run.robots.items()}


def crossings(run: Rehearsal, limit: float, until: Any = None) -> int:
    """Run; return how often a robot crossed a door, and fail when it did while the door was not open."""
    sides: dict[tuple[str, str], bool] = {}
    count, end = 0, run.now + limit
    while run.now < end and not (until or (lambda r: r.done))(run):
        run.step()
        at = places(run)
        for door in ROADMAP.doors:
            for name, (x, y) in at.items():
                away, beyond = distance(door, x, y), side(door, x, y) > 0.0
                assert away >= IN_LEAF_M or run.doors[door.id].share > 0.999, f"{name} in {door.id} at {run.now}"
                count += away < 5.0 and sides.get((name, door.id), beyond) != beyond
                sides[name, door.id] = beyond
    return count


def test_the_reference_site_has_two_roller_doors_and_a_gate_and_lints() -> None:
    driven = {door.id: door.kind for door in SITE.doors if door.lanes}
    assert driven == {SOUTH: "roller", NORTH: "roller", "crossdock_gate": "gate"}
    assert [f for f in lint(SITE) if f.severity == "error"] == []
    assert {door.id for door in ROADMAP.doors} == set(driven)


def test_robots_cross_only_while_the_door_is_open_whatever_it_takes_to_open() -> None:
    run, rng = fleet(4), random.Random(7)
    for door in run.doors.values():
        door.slow = rng.uniform(0.2, 2.5)
    run.create(there_and_back(10))
    assert crossings(run, 4000.0) >= 8
    assert run.done
    assert run.violations() == []
    kinds = [e.kind for e in run.journal if e.kind.startswith("door_")]
    assert kinds.count("door_leased") == kinds.count("door_freed") + len(_leases(run))


def _leases(run: Rehearsal) -> list[tuple[str, str]]:
    leases = run.engine.world.state.doors.leases
    return [(door, robot) for door, held in leases.items() for robot in held]


def test_fencing_numbers_only_grow_also_over_a_restart() -> None:
    run = fleet(2)
    run.create(there_and_back(2))
    crossings(run, 300.0, lambda r: any(e.kind == "door_freed" for e in r.journal))
    before = run.engine.world.state.doors.fence
    run.restart_fleet()
    run.create(there_and_back(4))
    crossings(run, 2000.0)
    fences = [int(e.facts["fence"] or 0) for e in run.journal if e.kind == "door_leased"]
    assert fences == sorted(set(fences))
    assert fences[-1] > before > 0


def test_a_door_is_called_before_the_robot_comes_and_closes_behind_it() -> None:
    run = fleet()
    run.create(there_and_back(1))
    door = run.doors[SOUTH]
    waited = 0.0
    while not run.done:
        run.step()
        waiting = run.engine.world.robots["amr_01"].waiting
        waited += 0.1 * (waiting is not None and waiting.code == "wait.door")
    assert waited < 2.0
    run.run(lambda r: door.share == 0.0, 60.0)
    assert door.share == 0.0


def _until_waiting_at_a_door(run: Rehearsal) -> str:
    def waits(r: Rehearsal) -> bool:
        waiting = r.engine.world.robots["amr_01"].waiting
        return waiting is not None and waiting.code == "wait.door"

    assert run.run(waits, 600.0)
    waiting = run.engine.world.robots["amr_01"].waiting
    assert waiting is not None
    return str(waiting.facts["door"])


def test_who_waits_names_the_door_and_since_when_and_the_door_is_the_root() -> None:
    run = fleet()
    for door in run.doors.values():
        door.slow = 2.0
    run.create(there_and_back(1))
    door_id = _until_waiting_at_a_door(run)
    world = run.engine.world
    first = world.robots["amr_01"].waiting
    for _ in range(20):
        run.step()
    reason = world.robots["amr_01"].waiting
    assert isinstance(first, Reason)
    assert isinstance(reason, Reason)
    assert (reason.code, reason.facts["door"], reason.since) == ("wait.door", door_id, first.since)
    assert world.robots["amr_01"].root == reason
    snapshot = run.engine.snapshot()
    assert [c.reason.code for c in snapshot.causes if "amr_01" in c.robots] == ["wait.door"]
    assert causes.ends(reason) == "itself"
    assert snapshot.orders[0].root == reason
    assert next(d for d in snapshot.doors if d.door_id == door_id).robots == ("amr_01",)


def test_a_door_that_does_not_open_is_an_alarm_and_routes_lead_around_it() -> None:
    run = fleet(2)
    run.doors[SOUTH].slow = 1e9
    run.create(there_and_back(1))
    assert run.run(lambda r: r.engine.world.doors[SOUTH].dead, 600.0)
    first = next(iter(run.engine.world.state.missions))
    run.create([OrderRequest(pick_place="D02", drop_place="D11")])
    assert run.run(lambda r: r.engine.world.state.done == 1, 1500.0)
    raised = [e.facts for e in run.journal if e.kind == "alarm_raised" and e.facts["code"] == "alarm.door"]
    assert [(f["door"], f["state"]) for f in raised] == [(SOUTH, "STUCK")]
    assert NORTH in {e.facts["door"] for e in run.journal if e.kind == "door_leased"}
    root = run.engine.world.robots[first].root  # it stands before the door on a one-way lane
    assert root is not None
    assert (root.code, root.facts["door"], causes.ends(root)) == ("wait.door", SOUTH, "repair_door")
    run.doors[SOUTH].slow = 1.0
    assert run.run(lambda r: r.done, 1500.0)
    assert not run.engine.world.state.alarms.active


@pytest.mark.parametrize("how", ["silent", "fault"])
def test_doors_that_are_silent_or_broken_let_nobody_through_and_say_so(how: str) -> None:
    run = fleet()
    for door_id in (SOUTH, NORTH):
        setattr(run.doors[door_id], how, True)
    run.create(there_and_back(1))
    crossings(run, 240.0)
    assert not run.done
    alarms = {a.facts["door"] for a in run.engine.world.state.alarms.active.values() if a.code == "alarm.door"}
    assert alarms == {SOUTH, NORTH}
    order = run.engine.snapshot().orders[0]
    assert order.root is not None
    assert order.root.code == "wait.door"
    assert order.root.facts["state"] == {"silent": "UNKNOWN", "fault": "FAULT"}[how]
    assert causes.ends(order.root) == "repair_door"
    for door_id in (SOUTH, NORTH):
        setattr(run.doors[door_id], how, False)
    assert run.run(lambda r: r.done, 1500.0)
    assert not run.engine.world.state.alarms.active


def test_unknown_is_closed_until_the_door_has_spoken() -> None:
    run = fleet()
    run.doors[SOUTH].silent = run.doors[NORTH].silent = True
    world = run.engine.world
    for _ in range(int(FRESH / run.dt) + 5):
        run.step()
    assert world.doors[SOUTH].mode(run.now) == "UNKNOWN"
    assert all(not gate.open_to for gate in world.traffic.gates)


def test_a_door_that_shuts_before_a_robot_that_was_let_through_stops_it() -> None:
    run = fleet()
    run.create(there_and_back(1))
    world, door = run.engine.world, ROADMAP.doors[0]

    def let_through(r: Rehearsal) -> bool:
        mover = world.mover("amr_01")
        report = r.robots["amr_01"].report()
        inside = mover is not None and bool(mover.held & world.doors[door.id].mask)
        return inside and 2.0 < distance(door, report.x, report.y) < 9.0 and side(door, report.x, report.y) < 0

    assert run.run(let_through, 600.0)
    run.doors[door.id].share = 0.4
    run.doors[door.id].slow = 6.0
    for _ in range(10):  # 1 s
        run.step()
    assert run.robots["amr_01"].paused
    waiting = world.robots["amr_01"].waiting
    assert waiting is not None
    assert (waiting.code, waiting.facts["door"]) == ("wait.door", door.id)
    assert crossings(run, 600.0) >= 1
    assert run.done
    assert not world.state.paused


def test_killed_with_a_robot_in_the_doorway_the_door_is_never_told_to_close() -> None:
    run = fleet()
    run.create(there_and_back(1))
    door = ROADMAP.doors[0]
    assert run.run(lambda r: bool(in_leaf(r, door)), 600.0)
    robot = run.robots["amr_01"]
    robot.alive = False
    leases = {door.id: dict(run.engine.world.state.doors.leases[door.id])}
    run.restart_fleet()
    told: list[bool] = []
    tell = run.doors[door.id].tell

    def listen(now: float, *, open_it: bool) -> None:
        told.append(open_it)
        tell(now, open_it=open_it)

    setattr(run.doors[door.id], "tell", listen)  # noqa: B010
    for _ in range(900):
        run.step()
    assert told
    assert all(told)
    assert run.engine.world.state.doors.leases[door.id] == leases[door.id]
    assert any(a.code == "alarm.door_held" for a in run.engine.world.state.alarms.active.values())
    robot.alive = True
    assert run.run(lambda r: r.done, 1500.0)
    assert told[-1] is False


def test_somebody_else_may_hold_the_same_door_open() -> None:
    run = fleet()
    door = run.doors[SOUTH]
    for _ in range(200):
        run.step([DoorSession("tablet", SOUTH, open=True)])
    assert door.share == 1.0
    run.step([DoorSession("tablet", SOUTH, open=False), DoorSession("tablet", "no_such_door", open=True)])
    assert run.run(lambda r: door.share == 0.0, 30.0)
    run.step([DoorSession("tablet", SOUTH, open=True)])
    assert run.run(lambda r: r.doors[SOUTH].share > 0.9, 30.0)
    assert run.run(lambda r: door.share == 0.0, 60.0)  # a wish that is not repeated ends


def test_a_simulated_door_obeys_its_curtain_and_closes_when_nobody_speaks() -> None:
    door = SimulatedDoor("d", open_s=2.0)
    assert door.mode(0.0) == "CLOSED"
    door.tell(0.0, open_it=True)
    for i in range(1, 21):
        door.step(i / 10, 0.1)
    assert door.mode(2.0) == "OPEN"
    assert not door.solid
    door.step(2.1 + WATCHDOG_S, 0.1, blocked=True)
    assert door.share == 1.0
    door.step(2.2 + WATCHDOG_S, 0.1)
    assert door.mode(2.2 + WATCHDOG_S) == "CLOSING"
    door.fault = True
    assert door.mode(9.0) == "FAULT"


def _with(**changes: Any) -> Site:
    doors = [d.model_dump() | (changes if d.id == SOUTH else {}) for d in SITE.doors]
    return Site.model_validate(SITE.model_dump() | {"id": "changed", "doors": doors})


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"lanes": ["SE"]}, "site.door_lane", "SW"),
        ({"lanes": ["SE", "SW", "NE"]}, "site.door_lane", "does not lead through"),
        ({"lanes": ["SE", "SW", "nowhere"]}, "site.door_lane", "no such lane"),
        ({"x": 116, "y": 15.5, "theta": 1.57, "width": 2.6, "lanes": ["X2"]}, "site.door_lane", "stands in door"),
        ({"x": 113.4, "y": 24.0, "width": 6.0, "lanes": ["X2"]}, "site.door_blocked", "X2_"),
    ],
)
def test_the_lint_finds_doors_that_do_not_fit(changes: dict[str, Any], code: str, text: str) -> None:
    found = [str(f) for f in lint(_with(**changes)) if f.code == code]
    assert any(text in f for f in found), found


def test_a_robot_that_a_door_stopped_goes_on_when_the_site_has_that_door_no_more() -> None:
    """The site was changed while the fleet stood: its journal still tells of the door."""
    stopped = JournalEntry(t=1.0, kind="robot_paused", robot="amr_01", facts={"user": "old_gate", "scope": "door"})
    run = Rehearsal(ROADMAP, units_of(SITE, 1), seed=1, how=CALM)
    run.journal = [stopped]
    run.restart_fleet()
    for _ in range(12):
        run.step()
    assert run.engine.world.state.pauses == {}
    assert causes.behind(run.engine.world, "door:old_gate", 1.0).facts["state"] == "UNKNOWN"


def test_no_zone_is_called_like_a_door_or_a_trial() -> None:
    run = fleet()
    for name in ("door:x", "trial:TN-1"):
        zone = ZoneRequest(zone_id=name, kind="closed", elements=(next(iter(ROADMAP.edges)),), until=0.0)
        result = run.engine.step(run.now + 0.01, [Ask(1, SetZone(zone=zone))])
        error = result.replies[0].result
        assert isinstance(error, AmrError)
        assert (error.code, error.facts["where"]) == ("zone.invalid", "zone_id")
