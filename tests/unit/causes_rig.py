"""A small fleet that is rehearsed, for the tests of what waits and why."""

from __future__ import annotations

from collections.abc import Sequence

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet import vocabulary
from amr_fleet.domain.events import Ask
from amr_fleet.ports import FleetSnapshot, OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import (
    CreateOrder,
    SetZone,
)

SITE = load_site("lab")


ROADMAP = build_roadmap(SITE)


WIDE = load_site("cai_cui")


def rehearsal(robots: int = 2) -> Rehearsal:
    run = Rehearsal(ROADMAP, units_of(SITE, robots), how=Behaviour(stop_rate=0.0), dt=0.25)
    run.run(lambda r: r.engine.ready, 20.0)
    return run


def order(run: Rehearsal, pick: str, drop: str) -> None:
    run.step([Ask(1, CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop)))])


def close(run: Rehearsal, places: list[str], kind: vocabulary.ZoneKind = "closed", shut: Sequence[str] = ()) -> None:
    nodes = [*shut, *(n.id for n in ROADMAP.nodes.values() if n.place in places)]
    zone = ZoneRequest(zone_id="shut", kind=kind, elements=tuple(nodes), user="lan")
    run.step([Ask(2, SetZone(zone=zone))])


def wait(run: Rehearsal, seconds: float) -> FleetSnapshot:
    run.run(lambda _: False, seconds)
    return run.engine.snapshot()


def raised(run: Rehearsal) -> list[str]:
    return [str(e.facts["code"]) for e in run.journal if e.kind == "alarm_raised"]
