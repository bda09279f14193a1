"""The small site with an air-lock and a conveyor: its files are fresh, and orders go through both."""

from __future__ import annotations

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_core.site.build import check_fresh
from amr_core.site.lint import lint
from amr_fleet.api.models.site import Site as Shown
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import Behaviour

SITE = load_site("cold_room")


def test_it_lints_without_errors_and_its_files_are_fresh() -> None:
    assert [str(finding) for finding in lint(SITE) if finding.severity == "error"] == []
    assert check_fresh("cold_room") == []
    assert [(lock.id, lock.doors) for lock in Shown.of(SITE).air_locks] == [("LOCK", ["LOCK_WEST", "LOCK_EAST"])]


def test_orders_go_through_the_air_lock_and_onto_the_conveyor_with_one_door_open_at_most() -> None:
    run = Rehearsal(build_roadmap(SITE), units_of(SITE, 2), how=Behaviour(stop_rate=0.0), dt=0.4)
    run.create([OrderRequest(pick_place=a, drop_place=b) for a, b in (("D1", "C1"), ("A1", "D1"))])
    both = 0
    while not run.done and run.now < 1500.0:
        run.step()
        both += all(run.doors[name].share > 0.0 for name in ("LOCK_WEST", "LOCK_EAST"))
    state = run.engine.world.state
    assert (state.done, state.failed, both) == (2, 0, 0)
    assert {str(e.facts["door"]) for e in run.journal if e.kind == "door_leased"} == {
        "LOCK_WEST",
        "LOCK_EAST",
        "BELT_1",
    }
