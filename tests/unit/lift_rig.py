"""A fleet on a site with two floors and a lift."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from amr_core.roadmap import build_roadmap
from amr_core.roadmap.doorways import distance
from amr_core.site import load_site
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import Behaviour

SITE = load_site("two_floor")
ROADMAP = build_roadmap(SITE)
WAY = ROADMAP.lifts[0]
LIFT = WAY.id
CALM = Behaviour(stop_rate=0.0)
UP, DOWN = ("D1", "A1"), ("A1", "X1")
OURS, OTHER = "amr/amr_01/3", "other/amr_07/9"
"""Sessions of a lift: one of this fleet and one of another."""
BY_MQTT: dict[str, Any] = {"lift": "lift_1", "command": "a", "state": "b", "floors": {"ground": "G", "upper": "1"}}


def fleet(robots: int = 2, seed: int = 1, how: Behaviour = CALM) -> Rehearsal:
    found = Rehearsal(ROADMAP, units_of(SITE, robots), seed=seed, how=how)
    for _ in range(12):
        found.step()
    return found


def orders(count: int) -> list[OrderRequest]:
    ways = [UP, DOWN]
    return [OrderRequest(pick_place=a, drop_place=b) for a, b in (ways[i % 2] for i in range(count))]


def check(run: Rehearsal) -> None:
    """Fail when a robot is in the doorway of a cabin that is not there, or two are in the lift."""
    lift = run.lifts[LIFT]
    inside = [robot.name for robot in run.robots.values() if robot.occupied() in WAY.elements]
    assert len(inside) <= 1, inside
    for robot in run.robots.values():
        told = robot.report()
        for stop in WAY.stops:
            if distance(stop.door, told.x, told.y) < 0.8:
                assert lift.open_at(stop.level), f"{robot.name} in the doorway at {stop.level}, {run.now} s"
        robot.changed = True


def drive(run: Rehearsal, until: Callable[[Rehearsal], bool], limit: float) -> bool:
    end = run.now + limit
    while run.now < end:
        if until(run):
            return True
        run.step()
        check(run)
    return until(run)


def done(run: Rehearsal) -> bool:
    return run.done


def in_cabin(run: Rehearsal, robot: str = "amr_01") -> bool:
    return run.robots[robot].node in {stop.node for stop in WAY.stops}


def riding(run: Rehearsal) -> bool:
    return run.lifts[LIFT].moving and any(in_cabin(run, name) for name in run.robots)


def rider(run: Rehearsal) -> str:
    return next(name for name in run.robots if in_cabin(run, name))


def lease(run: Rehearsal) -> tuple[str, int]:
    return run.engine.world.state.lifts.leases[LIFT]
