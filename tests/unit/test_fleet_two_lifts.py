"""P10: robots between two floors with two lifts, which stop at random as the robots do: no deadlock, all delivered.

`AMR_LIFT_ROBOTS=12 AMR_LIFT_ORDERS=100` makes the run of docs/traffic.md of it.
"""

from __future__ import annotations

import os
import random
from typing import Any

from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.roadmap.doorways import distance
from amr_core.site import Site
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import Behaviour

HALF = 1.570796
EAST, WEST, NORTH = 46.0, 4.0, 16.0


def ring(level: str, y: float) -> list[dict[str, Any]]:
    """Return a counter-clockwise ring of 42 x 4 m, named by its sides."""
    corners = [(WEST, y + 4), (EAST, y + 4), (EAST, y + 8), (WEST, y + 8), (WEST, y + 4)]
    sides = ("south", "east", "north", "west")
    return [{"id": f"{level}_{side}", "points": corners[i : i + 2], "max_speed": 1} for i, side in enumerate(sides)]


def leaf(name: str, x: float, y: float, lane: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "x": x, "y": y, "theta": HALF if lane.endswith("north") else -HALF, "lane": lane, **more}


def place(name: str, kind: str, level: str, y: float, xs: tuple[float, ...], marker: int) -> dict[str, Any]:
    stations = [leaf(f"{name}_{i}", x, y + 1.6, f"{level}_south", marker=marker + i) for i, x in enumerate(xs)]
    return {"id": name, "kind": kind, "name_vi": name, "name_en": name, "stations": stations}


def stop(level: str, y: float, *, east: bool) -> dict[str, Any]:
    side, x = ("east", EAST + 2.6) if east else ("west", WEST - 2.6)
    return {"level": level, "x": x, "y": y + 6, "theta": 0.0 if east else 2 * HALF, "lane": f"{level}_{side}"}


def two_lifts() -> Site:
    """Return two floors with a lift at each end, two places on each floor, and parking for twelve robots."""
    size = (50.0, 12.0)
    floors = [("g", 0.0), ("u", NORTH)]
    xs = [10.0 + 3.0 * k for k in range(10)]
    chargers = [
        leaf(f"C{level}", 34.0, y + 10.4, f"{level}_north", marker=41 + k) for k, (level, y) in enumerate(floors)
    ]
    homes = [leaf(f"P{level}{k}", x, y + 10.4, f"{level}_north") for level, y in floors for k, x in enumerate(xs[:6])]
    levels = [
        {"id": level, "name_vi": level, "name_en": level, "height": 4.5 * k, "origin": (0, y), "size": size}
        for k, (level, y) in enumerate(floors)
    ]
    lifts = [
        {"id": name, "name_vi": name, "name_en": name, "size": (2.4, 1.8),
         "stops": [stop(level, y, east=name == "east") for level, y in floors]}
        for name in ("east", "west")
    ]  # fmt: skip
    return Site.model_validate({
        "id": "two_lifts", "name_vi": "x", "name_en": "x", "size": (50.0, 28.0), "walls": [], "levels": levels,
        "lifts": lifts, "lanes": [lane for level, y in floors for lane in ring(level, y)],
        "places": [
            place("D1", "dock", "g", 0.0, (10.0, 13.0, 16.0), 1), place("D2", "dock", "g", 0.0, (26.0, 29.0, 32.0), 11),
            place("A1", "block", "u", NORTH, (10.0, 13.0, 16.0), 21),
            place("A2", "block", "u", NORTH, (26.0, 29.0, 32.0), 31),
        ],
        "chargers": chargers,
        "parking": homes,
        "fleet": [{"name": f"amr_{k}", "type": "lift_amr", "parking": home["id"]} for k, home in enumerate(homes)],
        "demand": {"base_per_hour": 1, "peak_per_hour": 1, "mix": [{"pick": "dock", "drop": "block", "share": 1}]},
    })  # fmt: skip


def wrong(run: Rehearsal, roadmap: Roadmap) -> list[str]:
    """Return who is in the doorway of a cabin that is not there, and lifts with two robots in them."""
    found = []
    for way in roadmap.lifts:
        inside = [robot.name for robot in run.robots.values() if robot.occupied() in way.elements]
        found += inside if len(inside) > 1 else []
        for robot in run.robots.values():
            told = robot.report()
            robot.changed = True
            for at in way.stops:
                if distance(at.door, told.x, told.y) < 0.8 and not run.lifts[way.id].open_at(at.level):
                    found.append(f"{robot.name} in the doorway of {way.id} at {at.level}, {run.now} s")
    return found


def test_p10_robots_with_two_lifts_that_stop_at_random_end_in_no_deadlock() -> None:
    robots, count = (
        int(os.environ.get(name, few)) for name, few in (("AMR_LIFT_ROBOTS", "3"), ("AMR_LIFT_ORDERS", "3"))
    )
    site, rng = two_lifts(), random.Random(10)
    roadmap = build_roadmap(site)
    run = Rehearsal(roadmap, units_of(site, robots), seed=10, how=Behaviour(stop_rate=0.02))
    ways = [("D1", "A1"), ("A2", "D2"), ("D2", "A2"), ("A1", "D1")]
    run.create([OrderRequest(pick_place=a, drop_place=b) for a, b in (ways[i % 4] for i in range(count))])
    while not run.done and run.now < 600.0 + 600.0 * count:
        if run.now % 10.0 < 0.1:
            for lift in run.lifts.values():
                lift.stuck = rng.random() < 0.1
        run.step()
        assert wrong(run, roadmap) == []
    state = run.engine.world.state
    assert (state.done, state.failed, state.deadlocks) == (count, 0, 0)
    assert run.violations() == []
    used = {str(e.facts["lift"]) for e in run.journal if e.kind == "lift_leased"}
    assert used == {"east", "west"} or count < 8
