"""How far ahead robots may drive by themselves is bounded, in metres and in seconds."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Ask
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import CreateOrder

SITE = load_site("lab")
ROADMAP = build_roadmap(SITE)


@pytest.mark.parametrize(("longest", "seconds"), [(5.0, 600.0), (100.0, 9.0), (2.0, 5.0)])
def test_no_base_is_longer_and_work_still_gets_done(longest: float, seconds: float) -> None:
    settings = FleetSettings(base_length=2.0, base_edges=6, base_longest=longest, base_seconds=seconds)
    run = Rehearsal(ROADMAP, units_of(SITE, 2), how=Behaviour(stop_rate=0.0), settings=settings)
    run.run(lambda r: r.engine.ready, 20.0)
    docks = [p.id for p in SITE.places if p.kind == "dock"]
    racks = [p.id for p in SITE.places if p.kind != "dock"]
    run.step([Ask(i, CreateOrder(order=OrderRequest(pick_place=docks[0], drop_place=racks[0]))) for i in range(3)])
    worst = [0.0, 0.0]

    def done(r: Rehearsal) -> bool:
        for mover in r.engine.world.traffic.movers.values():
            if mover.granted - mover.at > 1:
                worst[0], worst[1] = max(worst[0], mover.base_ahead()), max(worst[1], mover.base_seconds())
        return r.engine.snapshot().kpi.orders_done == 3

    assert run.run(done, 1200.0)
    assert worst[0] <= longest
    assert worst[1] <= seconds


def test_by_default_it_is_fifteen_metres_and_forty_five_seconds() -> None:
    base = FleetSettings().base
    assert (base.longest, base.seconds) == (15.0, 45.0)


def test_a_base_that_must_be_longer_than_it_may_be_is_refused() -> None:
    with pytest.raises(ValidationError, match="base_length"):
        FleetSettings(base_length=20.0, base_longest=10.0)
