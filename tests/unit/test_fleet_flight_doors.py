"""Flights and doors: nobody takes off while a door that leads into the flight stands open, and nobody flies on."""

from __future__ import annotations

import pytest

from amr_core.errors import AmrError
from amr_fleet.domain import flight_control, zones
from tests.unit.flight_rig import FLYING, FlightRig

SOUTH, NORTH = "fire_door_south", "fire_door_north"
NEAR = FLYING.model_copy(update={"pad": (61.1, 14.0)})


def press(rig: FlightRig, door: str, held: bool, seconds: float) -> None:
    """Somebody holds a door open by its button, or lets it go."""
    rig.rehearsal.doors[door].button = held
    rig.until(lambda: False, seconds)


def said(rig: FlightRig) -> list[str]:
    """What speaks against it before the pilot has filled in the checklist."""
    return [one.code for one in rig.view().gate if one.code != "flight.not_checked"]


def test_a_door_that_leads_into_the_flight_keeps_it_on_the_ground_until_it_is_closed() -> None:
    rig = FlightRig(site=NEAR)
    view = rig.planned(["B1"], [1])
    press(rig, SOUTH, True, 2.0)  # it is opening
    assert said(rig) == ["flight.door_open"]
    refused = rig.start(view)
    assert isinstance(refused, AmrError)
    assert (refused.code, refused.facts) == ("flight.door_open", {"door": SOUTH})
    press(rig, SOUTH, False, 15.0)
    press(rig, NORTH, True, 10.0)  # leads elsewhere
    assert said(rig) == []
    assert rig.start(view).state == "CLEARING"


def test_in_the_air_it_hovers_while_the_door_is_open_and_comes_home_when_it_stays_open() -> None:
    rig = FlightRig(site=NEAR)
    rig.airborne()
    press(rig, SOUTH, True, 5.0)
    assert (rig.craft.mode, rig.view().state) == ("HOLD", "FLYING")
    assert "alarm.flight_people" in rig.alarms()
    press(rig, SOUTH, False, 15.0)
    assert rig.craft.mode == "MISSION"
    press(rig, SOUTH, True, 25.0)
    assert (rig.view().state, rig.view().why) == ("RETURNING", "alarm.flight_people")


def test_a_late_word_of_the_door_disturbs_nobody_in_the_air_a_door_that_is_given_up_does() -> None:
    rig = FlightRig(site=NEAR)
    rig.airborne()
    rig.rehearsal.doors[SOUTH].silent = True
    rig.until(lambda: False, 4.0)
    assert rig.craft.mode == "MISSION"
    assert rig.until(lambda: rig.craft.mode == "HOLD", 10.0)


def test_before_take_off_a_door_that_says_nothing_is_not_closed() -> None:
    rig = FlightRig(site=NEAR)
    rig.planned(["B1"], [1])
    rig.rehearsal.doors[SOUTH].silent = True
    rig.until(lambda: False, 5.0)
    assert said(rig) == ["flight.door_open"]


def test_no_robot_opens_a_door_that_leads_into_the_flight_while_it_is_under_way() -> None:
    """Its leaf is near the flight, the lane through its middle is not: each robot would send the aircraft home."""
    rig = FlightRig(site=NEAR)
    rig.airborne()
    world = rig.engine.world
    closed = zones.area_mask(world.graph, world.state.zones["flight:F000001"].polygon, ())
    through = {door: world.graph.mask(sorted(world.doors[door].way.elements)) for door in (SOUTH, NORTH)}
    assert through[SOUTH] & ~closed == 0
    assert through[NORTH] & closed == 0, "a door that leads elsewhere goes on working"


def test_a_robot_that_leaves_through_the_door_does_not_call_the_flight_off() -> None:
    rig = FlightRig(site=NEAR)
    rig.start(rig.planned(["B1"], [1]))
    press(rig, SOUTH, True, 3.0)
    assert rig.view().state == "CLEARING"
    press(rig, SOUTH, False, 2.0)
    assert rig.until(lambda: rig.view().state == "FLYING", 30.0)


def test_a_door_that_nobody_closes_calls_it_off_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flight_control, "PATIENCE_S", 6.0)
    rig = FlightRig(site=NEAR)
    rig.start(rig.planned(["B1"], [1]))
    press(rig, SOUTH, True, 8.0)
    assert (rig.view().state, rig.view().why) == ("CANCELLED", "flight.door_open")
