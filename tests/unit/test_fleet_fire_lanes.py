"""Fire lanes of the reference site: robots clear them in an alarm, whoever stands in their way, and the lint."""

from __future__ import annotations

import random
from typing import Any, get_args

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import Site, Zone, load_site
from amr_core.site.generators.scene import ZONE_COLOURS, paint
from amr_core.site.lint import lint
from amr_fleet.domain import fire
from amr_fleet.domain.events import Ask, FireInput
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import Behaviour
from amr_fleet.requests import EndFire
from tests.unit.test_fleet_doors import fleet, there_and_back

SITE = load_site("cai_cui")
ROADMAP = build_roadmap(SITE)
LANES = ("fire_lane_30_south", "fire_lane_30_north", "fire_lane_90_south", "fire_lane_90_north")


def in_lanes(run: Rehearsal) -> list[str]:
    lanes = run.engine.world.graph.mask(sorted(ROADMAP.fire_lanes))
    return [m.name for m in run.engine.world.traffic.movers.values() if fire.here(m) & lanes]


def busy(seed: int) -> Rehearsal:
    """Twelve robots with orders between docks: the main aisles are full."""
    rng = random.Random(seed)
    run = Rehearsal(ROADMAP, units_of(SITE, 12), seed=seed, how=Behaviour())
    run.run(lambda _: False, 1.2)
    docks = [place.id for place in SITE.places if place.kind == "dock"]
    pairs = [rng.sample(docks, 2) for _ in range(24)]
    run.create([OrderRequest(pick_place=a, drop_place=b) for a, b in pairs])
    return run


@pytest.mark.parametrize("seed", [0, 4])
def test_in_an_alarm_every_fire_lane_is_clear_within_45_s_also_behind_robots_that_stopped(seed: int) -> None:
    run, seen = busy(seed), 0
    for _ in range(2):
        run.run(lambda r: len(in_lanes(r)) >= 2 and r.now > 80.0, 200.0)
        seen += len(in_lanes(run))
        run.step([FireInput("panel", on=True)])
        run.run(lambda _: False, 45.0)
        assert in_lanes(run) == []
        assert all(robot.paused for robot in run.robots.values())
        run.step([FireInput("panel", on=False), Ask(1, EndFire(user="lan"))])
        run.run(lambda _: False, 30.0)
    assert seen >= 2
    assert run.violations() == []
    assert run.held_violations == 0


def test_who_is_in_nobodys_way_stops_at_once() -> None:
    run = fleet(1)
    run.create(there_and_back(1))
    assert run.run(lambda r: r.robots["amr_01"].edge is not None and not in_lanes(r), 60.0)
    run.step([FireInput("panel", on=True)])
    run.step()
    assert run.engine.world.traffic.making_room == frozenset()
    assert run.robots["amr_01"].paused


def test_the_reference_site_has_fire_lanes_on_its_aisles_where_no_robot_stands() -> None:
    assert {zone.id for zone in SITE.zones if zone.kind == "fire_lane"} == set(LANES)
    assert [str(f) for f in lint(SITE)] == []
    doorways = frozenset[str]().union(*(way.elements for way in ROADMAP.doors))
    on_aisles = ROADMAP.fire_lanes - doorways
    assert {ROADMAP.edges[name].lane for name in on_aisles if name in ROADMAP.edges} >= {"SE", "SW", "NE", "NW"}


def _with(*zones: dict[str, Any]) -> Site:
    raw = SITE.model_dump()
    return Site.model_validate(raw | {"id": "changed", "zones": [*raw["zones"], *zones]})


def _lane(name: str, x0: float, y0: float, x1: float, y1: float) -> dict[str, Any]:
    return {"id": name, "kind": "fire_lane", "polygon": [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]}


@pytest.mark.parametrize(
    ("zone", "code", "severity", "text"),
    [
        (_lane("at_p01", 4.0, 43.0, 5.0, 46.0), "site.fire_lane_blocked", "error", "P01"),
        (_lane("at_dock", 4.0, 7.5, 5.0, 9.0), "site.fire_lane_blocked", "error", "D01_1"),
        (_lane("behind_racks", 1.0, 20.0, 2.0, 22.0), "site.fire_lane_unused", "warning", "behind_racks"),
    ],
)
def test_the_lint_finds_fire_lanes_that_robots_cannot_clear_or_never_enter(
    zone: dict[str, Any], code: str, severity: str, text: str
) -> None:
    found = [f for f in lint(_with(zone)) if f.code == code]
    assert any(text in f.message and f.severity == severity for f in found), [str(f) for f in found]


def test_every_kind_of_zone_has_a_colour_in_the_world() -> None:
    assert set(ZONE_COLOURS) == set(get_args(Zone.model_fields["kind"].annotation))
    assert [prism.material for prism in paint(SITE)].count("zone_fire_lane") == len(LANES)
