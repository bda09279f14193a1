"""What the journal keeps of robots: ages of states, stops, and how far off they stood when a load changed hands."""

from __future__ import annotations

from collections import Counter

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_core.vda5050 import EStop, RobotState, WaitingFor
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.timekeeping import AGES, PERIOD, age_class
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of

SITE = load_site("lab")


def test_stops_and_halts_count_when_they_begin_and_ages_by_their_class() -> None:
    engine = FleetEngine(build_roadmap(SITE), units_of(SITE, 1))
    robot = SITE.fleet[0].name
    begins: dict[int, tuple[EStop, WaitingFor]] = {
        10: ("AUTOACK", ""),
        20: ("MANUAL", ""),
        40: ("NONE", "person"),
        60: ("NONE", "vehicle"),
        80: ("NONE", ""),
    }
    kept: list[JournalEntry] = []
    stop: EStop = "NONE"
    way: WaitingFor = ""
    for second in range(int(PERIOD) + 2):
        stop, way = begins.get(second, (stop, way))
        silent = 100 <= second < 103
        inbox = [] if silent else [RobotState(robot=robot, x=1.0, y=1.0, e_stop=stop, waiting_for=way)]
        kept += engine.step(float(second), inbox).entries
    facts = next(e.facts for e in kept if e.kind == "robot_time")
    assert (facts["protective_stops"], facts["emergency_stops"], facts["halts"]) == (1, 1, 1)
    assert (facts["age.1"], facts["age.2"], facts["age.3"]) == (1.0, 1.0, 1.0)
    assert facts["age.0.2"] == pytest.approx(PERIOD - 3, abs=2)


@pytest.mark.parametrize(("age", "edge"), [(0.0, "0.2"), (0.2, "0.2"), (0.21, "0.5"), (4.0, "5"), (99.0, "5")])
def test_an_age_belongs_to_the_class_with_the_next_edge(age: float, edge: str) -> None:
    assert age_class(age) == edge
    assert float(edge) in AGES


def test_a_load_that_changes_hands_tells_how_far_off_the_robot_stood() -> None:
    rehearsal = Rehearsal(build_roadmap(SITE), units_of(SITE), seed=1, dt=0.5, watch=False)
    rehearsal.run(lambda r: r.engine.ready, 60.0)
    places = [p.id for p in SITE.places]
    rehearsal.create([OrderRequest(pick_place=places[0], drop_place=places[1])])
    rehearsal.run(lambda r: r.done, 2000.0)
    told = [e for e in rehearsal.journal if e.kind in ("order_picked", "order_done")]
    assert Counter(e.kind for e in told) == {"order_picked": 1, "order_done": 1}
    for entry in told:
        assert float(entry.facts["off"] or 0.0) == pytest.approx(0.0, abs=0.05)  # a kinematic robot stands on the point
        assert 0.0 <= float(entry.facts["turn"] or 0.0) <= 180.0
