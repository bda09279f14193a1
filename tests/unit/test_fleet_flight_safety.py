"""Flights when links, robots' reports or the fleet itself fail: nothing flies over ground that was given back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import shapely

from amr_fleet.domain.events import UavReport
from amr_fleet.domain.zones import area_mask
from amr_fleet.flight_requests import AbortFlight, RecoverFlight
from amr_sim.aircraft import SimulatedAircraft, mission_of
from amr_uav.gate import LINK_S, UNDER_M
from amr_uav.guard import HOLD_S
from amr_uav.plan import inventory_plan
from tests.unit.flight_rig import FLYING, LIMITS, FlightRig

FLIGHT = "F000001"
ZONE = f"flight:{FLIGHT}"


def run(rig: FlightRig, seconds: float) -> None:
    for _ in range(round(10 * seconds)):
        rig.step()


def closed(rig: FlightRig) -> bool:
    return ZONE in rig.engine.world.state.zones


def ordered(rig: FlightRig) -> None:
    """Start a flight whose order to fly stays under way."""
    rig.late = []
    rig.start(rig.planned(["B1"], [1]))
    assert rig.until(lambda: "fly" in rig.told, 60.0)


def test_a_mission_that_was_sent_long_ago_is_not_flown() -> None:
    plan = inventory_plan(FLYING, ["B1"], [1])
    mission = mission_of("F1", plan.waypoints, plan.volume, plan.transit)
    craft = SimulatedAircraft("uav_01", LIMITS, FLYING.pad)
    assert not craft.fly(mission, age=LINK_S + 0.1)
    assert not craft.fly(mission, age=-LINK_S - 0.1), "a clock that nobody can trust"
    assert craft.mode == "LANDED"
    assert craft.fly(mission, age=LINK_S - 0.1)


def test_an_order_to_fly_that_is_still_under_way_keeps_the_ground_closed_until_it_is_too_old() -> None:
    rig = FlightRig()
    ordered(rig)
    rig.downlink = False
    assert rig.until(lambda: rig.view().state == "LOST", 10.0)
    rig.downlink, rig.told = True, []
    run(rig, LINK_S - 0.5)
    assert rig.view().state in ("LOST", "RETURNING"), "it stands now; the order may come any moment"
    assert closed(rig)
    assert "land" in rig.told
    assert "fly" not in rig.told
    run(rig, 2.0)
    assert rig.view().state == "ABORTED"
    assert not closed(rig)


def test_called_off_before_it_took_off_it_keeps_its_ground_for_the_last_order_to_fly() -> None:
    rig = FlightRig()
    ordered(rig)
    run(rig, 10.0)
    assert rig.told.count("fly") > 3, "told again and again"
    assert rig.ask(AbortFlight(flight_id=FLIGHT, user="lan")).state == "RETURNING"
    run(rig, LINK_S - 2.0 - 0.3)  # the last one was told up to 2 s ago
    assert closed(rig)
    assert rig.until(lambda: rig.view().state == "ABORTED", LINK_S + 1.0)


def test_an_order_to_fly_that_comes_while_nobody_wants_it_any_more_is_taken_back() -> None:
    rig = FlightRig()
    ordered(rig)
    assert rig.until(lambda: rig.view().state != "FLYING", 60.0)
    assert rig.view().why == "flight.no_take_off"
    assert rig.late is not None
    late, rig.late = next(one for one in rig.late if one.command == "fly"), None
    rig.obey(late)
    run(rig, 0.3)
    assert rig.craft.mode in ("LAND", "RETURN")
    assert closed(rig)
    assert rig.until(lambda: rig.view().state == "ABORTED", 60.0)
    assert not closed(rig)


def test_who_flies_though_its_flight_is_over_is_called_home_over_closed_ground() -> None:
    rig = FlightRig()
    ordered(rig)
    assert rig.late is not None
    late, rig.late = next(one for one in rig.late if one.command == "fly"), None
    rig.craft.soc = 0.0  # it refuses for a while
    assert rig.until(lambda: rig.view().state == "ABORTED", 60.0)
    assert not closed(rig)
    rig.craft.soc = 1.0
    rig.obey(late)
    rig.craft.p[2] = 5.0
    run(rig, 1.0)
    assert (rig.view().state, rig.view().why) == ("RETURNING", "flight.not_landed")
    assert closed(rig)
    assert rig.until(lambda: "alarm.flight_stray" in rig.alarms(), 3.0)
    assert rig.until(lambda: rig.view().state == "ABORTED", 120.0)
    assert rig.craft.mode == "LANDED"
    assert not closed(rig)
    assert rig.until(lambda: "alarm.flight_stray" not in rig.alarms(), 10.0)


def test_an_aircraft_that_was_given_up_and_is_heard_again_has_its_ground_again() -> None:
    rig = FlightRig()
    rig.airborne((1, 2, 3))
    rig.downlink = False
    assert rig.until(lambda: rig.view().state == "LOST", 10.0)
    assert rig.ask(RecoverFlight(flight_id=FLIGHT, user="ky_su")).state == "ABORTED"
    found = rig.view().differences
    assert found
    rig.downlink = True
    run(rig, 1.0)
    assert (rig.view().state, closed(rig)) == ("RETURNING", True)
    assert rig.until(lambda: rig.view().state == "ABORTED", 200.0)
    assert rig.view().differences == found, "counted once"


def test_who_flies_what_the_fleet_does_not_know_is_called_home_with_an_alarm() -> None:
    rig = FlightRig()
    plan = inventory_plan(FLYING, ["B1"], [1])
    rig.craft.fly(mission_of("X9", plan.waypoints, plan.volume, plan.transit))
    rig.craft.p[2] = 6.0
    run(rig, 3.0)
    assert rig.craft.mode in ("RETURN", "LAND")
    assert "alarm.flight_stray" in rig.alarms()
    assert 1 <= rig.told.count("return") <= 2


def test_who_is_not_heard_and_still_hears_is_called_home() -> None:
    rig = FlightRig()
    rig.airborne((1, 2, 3))
    rig.downlink = False
    assert rig.until(lambda: rig.view().state == "LOST", LINK_S + 1.0)
    run(rig, 0.5)
    assert rig.craft.mode == "RETURN", "nobody supervises it"
    assert rig.craft.failsafe == "", "its own link is whole, so it would have gone on"
    rig.until(lambda: rig.craft.mode == "LANDED", 200.0)
    assert (rig.view().state, closed(rig)) == ("LOST", True)
    rig.downlink = True
    assert rig.until(lambda: rig.view().state == "ABORTED", 10.0)


def test_after_a_restart_nothing_takes_off_before_the_robots_have_reported() -> None:
    rig = FlightRig(robots=1)
    view = rig.planned(["B1"], [1])
    rig.start(view)
    assert rig.view().state == "CLEARING"
    rig.restart()
    rig.reporting = False
    run(rig, 5.0)
    assert not rig.engine.ready
    assert (rig.view().state, rig.told) == ("CLEARING", [])
    rig.reporting = True
    assert rig.until(lambda: "fly" in rig.told, 60.0)


def test_a_restart_waits_for_the_first_word_of_the_aircraft() -> None:
    rig = FlightRig()
    rig.airborne()
    rig.restart()
    rig.downlink = False
    run(rig, LINK_S - 0.5)
    assert rig.view().state == "FLYING"
    rig.downlink = True
    assert rig.until(lambda: rig.view().state == "DONE", 400.0)
    rig = FlightRig()
    rig.airborne()
    rig.restart()
    rig.downlink = False
    run(rig, LINK_S + 0.5)
    assert rig.view().state == "LOST"


def test_an_aircraft_that_came_down_elsewhere_while_the_fleet_was_away_is_down() -> None:
    rig = FlightRig()
    rig.airborne()
    rig.craft.mode, rig.craft.p[2] = "LANDED", 0.0
    rig.restart()
    rig.told = []
    rig.step()
    assert rig.until(lambda: rig.view().state != "FLYING", 30.0)
    assert rig.until(lambda: rig.view().state not in ("FLYING", "RETURNING"), 30.0)
    assert (rig.view().state, closed(rig)) == ("DOWN", True)
    assert "fly" not in rig.told


def test_an_aircraft_that_was_carried_off_its_pad_before_take_off_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = FlightRig()
    ordered(rig)
    rig.craft.p[0] += 1.3
    assert rig.until(lambda: rig.view().state not in ("FLYING", "RETURNING"), 60.0)
    assert (rig.view().state, rig.view().why) == ("DOWN", "flight.off_pad")


def test_a_flight_that_finished_while_the_fleet_was_away_is_done_and_not_flown_again() -> None:
    rig = FlightRig()
    rig.airborne()
    journal = list(rig.journal)
    assert rig.until(lambda: rig.craft.mode == "LANDED", 400.0)
    rig.rehearsal.journal = journal
    rig.restart()
    rig.told = []
    run(rig, 5.0)
    assert rig.view().state == "DONE"
    assert rig.told == []


def test_a_hold_is_told_once_and_what_somebody_else_holds_stays_held() -> None:
    rig = FlightRig()
    rig.airborne((1, 2, 3))
    rig.people = [(64.7, 30.0)]
    assert rig.until(lambda: rig.craft.mode == "HOLD", 5.0)
    run(rig, 10.0)
    assert rig.told.count("hold") == 1
    rig.people = []
    assert rig.until(lambda: rig.craft.mode == "MISSION", 10.0)
    run(rig, 1.0)
    rig.craft.told("hold", FLIGHT)  # its pilot
    run(rig, 10.0)
    assert rig.craft.mode == "HOLD"


def test_when_nobody_sees_it_hovers_and_then_comes_home() -> None:
    rig = FlightRig()
    rig.airborne((1, 2, 3))
    rig.watching = False
    assert rig.until(lambda: rig.craft.mode == "HOLD", 6.0)
    assert rig.until(lambda: rig.craft.mode == "RETURN", HOLD_S + 2.0)
    assert rig.view().why == "alarm.flight_people"


def test_a_flight_that_saw_nothing_says_nothing_of_the_racks(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = FlightRig()
    rig.start(rig.planned(["B1"], [1]))
    monkeypatch.setattr(rig.craft, "fly", lambda *_args, **_more: False)
    assert rig.until(lambda: rig.view().state == "ABORTED", 60.0)
    assert rig.view().differences == ()


@pytest.mark.parametrize("places", [["B1"], ["B2"], ["B3", "B4"], ["B6"]])
def test_whoever_would_count_as_below_is_on_closed_ground(places: list[str]) -> None:
    rig = FlightRig()
    rig.start(rig.planned(places, [1]))
    world: Any = rig.engine.world
    volume = inventory_plan(FLYING, places, [1]).volume
    mask = area_mask(world.graph, world.state.zones[ZONE].polygon, ())
    graph = world.graph
    rig.step()
    for k, (a, b) in enumerate(zip(graph.start, graph.end, strict=True)):
        lane = shapely.LineString([graph.xy[a], graph.xy[b]])
        if volume.area.distance(lane) <= UNDER_M:
            assert mask & graph.edge_bit(k), "a robot on it would call the flight off"


def test_a_first_word_whose_time_is_wrong_is_no_lost_link() -> None:
    rig = FlightRig()
    rig.airborne()
    told = rig.craft.telemetry(rig.now)
    rig.restart()
    rig.downlink = False
    rig.step([UavReport(replace(told, t=0.0))])  # fleet time is not known before the first step
    assert rig.view().state == "FLYING"
    rig.downlink = True
    run(rig, 2.0)
    assert rig.view().state == "FLYING"
    assert "return" not in rig.told


def test_an_older_word_does_not_bring_a_landed_aircraft_into_the_air() -> None:
    rig = FlightRig()
    rig.airborne()
    assert rig.until(lambda: rig.view().state == "DONE", 400.0)
    desk = rig.engine.world.flights
    assert desk is not None
    assert desk.telemetry is not None
    late = replace(desk.telemetry, t=rig.now - 0.5, mode="LAND", z=0.4)
    rig.step([UavReport(late)])
    assert rig.view().state == "DONE"
    rig.downlink = False
    rig.step([UavReport(late)])
    assert (rig.view().state, desk.ignored) == ("DONE", 0)


def test_who_takes_off_again_from_where_it_came_down_is_called_home() -> None:
    rig = FlightRig()
    rig.airborne()
    rig.craft.position_ok = False
    assert rig.until(lambda: rig.view().state == "DOWN", 60.0)
    rig.craft.position_ok, rig.craft.mode = True, "MISSION"
    rig.craft.p[2] = 5.0
    run(rig, 0.5)
    assert (rig.view().state, closed(rig)) == ("RETURNING", True)
    assert rig.told[-1] == "return"


def test_what_another_flight_flew_does_not_finish_this_one() -> None:
    rig = FlightRig()
    ordered(rig)
    plan = inventory_plan(FLYING, ["B2"], [1])
    rig.late = None
    rig.craft.fly(mission_of("X9", plan.waypoints, plan.volume, plan.transit))
    rig.craft.p[2] = 5.0
    run(rig, 0.5)
    assert rig.until(lambda: "alarm.flight_stray" in rig.alarms(), 3.0)
    rig.craft.item = 500
    rig.craft.mode, rig.craft.p[:2], rig.craft.p[2] = "LANDED", FLYING.pad, 0.0
    assert rig.until(lambda: rig.view().state not in ("FLYING", "RETURNING"), 30.0)
    assert rig.view().state == "ABORTED"


def test_what_it_flew_for_a_fleet_before_under_the_same_number_is_not_this_flight() -> None:
    rig = FlightRig()
    plan = inventory_plan(FLYING, ["B1"], [1])
    rig.craft.mission = mission_of(FLIGHT, plan.waypoints, plan.volume, plan.transit)
    rig.craft.item = len(plan.waypoints)
    rig.start(rig.planned(["B1"], [1]))
    rig.late = []
    assert rig.until(lambda: "fly" in rig.told, 60.0)
    run(rig, 1.0)
    assert rig.view().state == "FLYING", "it has not left the ground yet"


def test_who_lands_while_it_is_lost_is_not_told_to_come_home() -> None:
    rig = FlightRig()
    rig.airborne()
    rig.craft.position_ok = False
    run(rig, 0.3)
    rig.downlink, rig.told = False, []
    assert rig.until(lambda: rig.view().state == "LOST", 10.0)
    run(rig, 3.0)
    assert rig.told == []
