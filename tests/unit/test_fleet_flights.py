"""Flights through the fleet engine: ground traffic, failsafes, the count, restarts; with a simulated aircraft."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import ShelfRead, UavReport
from amr_fleet.flight_requests import (
    AbortFlight,
    CheckDifference,
    CreateFlight,
    RecoverFlight,
    SetFlightPermit,
    SetStock,
)
from amr_fleet.ports import OrderRequest, ZoneRequest
from amr_fleet.requests import ClearZone, RaiseFire, SetZone
from amr_uav.count import CellReading
from amr_uav.gate import LINK_S
from amr_uav.model import FlightPermit, Telemetry
from amr_uav.sample_stock import sscc
from tests.unit.flight_rig import PILOT, ROADMAP, FlightRig

FLIGHT = "F000001"


def over(rig: FlightRig, limit: float = 600.0) -> Any:
    """Run until the flight is over; return it."""
    rig.until(lambda: rig.view().state in ("DONE", "ABORTED", "CANCELLED", "DOWN"), limit)
    assert (rig.outside, rig.under) == (0, [])
    return rig.view()


def refused(answer: Any) -> str:
    assert isinstance(answer, AmrError), answer
    return answer.code


def test_an_inventory_over_two_aisles_finds_what_differs_and_orders_it_back() -> None:
    rig = FlightRig(each=5)
    view = rig.planned()
    assert (view.state, len(view.plan.cells), view.unknown) == ("PLANNED", 96, 96)
    assert rig.start(view).state == "CLEARING"
    done = over(rig, 900.0)
    assert (done.state, done.unknown, done.unreadable) == ("DONE", 0, 5)
    kinds = [d.kind for d in done.differences]
    # Five of each are planted; of the missing ones also those that are booked here and stand elsewhere.
    assert {k: kinds.count(k) for k in ("misplaced", "unreadable", "not_in_book")} == {
        "misplaced": 5, "unreadable": 5, "not_in_book": 5,
    }  # fmt: skip
    assert kinds.count("missing") == 5
    for one in (d for d in done.differences if d.kind == "misplaced"):
        order = rig.engine.world.state.orders[one.order_id]
        wish = order.request
        assert (wish.pick_place, wish.drop_place, wish.load_id) == (one.found, one.booked, one.load_id)
        assert wish.held, "a person lets it start"
    assert not [z for z in rig.engine.world.state.zones if z.startswith("flight:")], "the ground is given back"
    checked = rig.ask(CheckDifference(flight_id=FLIGHT, number=1, user="lan"))
    assert (checked.differences[1].checked_by, checked.differences[0].checked_by) == ("lan", "")
    assert refused(rig.ask(CheckDifference(flight_id=FLIGHT, number=99))) == "flight.no_difference"


def test_robots_leave_and_nobody_drives_below_a_flight() -> None:
    rig = FlightRig(robots=2, seed=3)
    wishes = [OrderRequest(pick_place="D07", drop_place="B1"), OrderRequest(pick_place="B1", drop_place="D07")]
    rig.rehearsal.create(wishes)
    assert rig.until(lambda: any(60 < r.report().x < 72 and 15 < r.report().y < 37
                                 for r in rig.rehearsal.robots.values()), 900.0)  # fmt: skip
    inside = rig.now
    view = rig.planned(["B1"], [1])
    assert rig.start(view).state == "CLEARING"
    assert not rig.until(lambda: rig.view().state != "CLEARING", 3.0), "somebody has to leave first"
    done = over(rig, 900.0)
    assert rig.now > inside
    assert done.state == "DONE"
    assert not rig.rehearsal.held_violations
    assert rig.until(lambda: rig.rehearsal.done, 900.0), "orders behind the closed aisle are delivered afterwards"


def test_nobody_draws_or_lifts_a_zone_of_a_flight() -> None:
    rig = FlightRig()
    rig.start(rig.planned(["B1"], [1]))
    assert refused(rig.ask(ClearZone(zone_id=f"flight:{FLIGHT}"))) == "zone.invalid"
    zone = ZoneRequest(zone_id="flight:x", kind="hold", polygon=((0, 0), (1, 0), (1, 1)))
    assert refused(rig.ask(SetZone(zone=zone))) == "zone.invalid"
    assert rig.ask(AbortFlight(flight_id=FLIGHT, user="lan")).state == "CANCELLED"
    assert f"flight:{FLIGHT}" not in rig.engine.world.state.zones


def test_what_is_missing_before_take_off_is_said_and_nothing_flies() -> None:
    rig = FlightRig()
    view = rig.planned(["B1"], [1])
    for change, code in (
        ({"licence": "visual"}, "flight.no_pilot"), ({"rain": True}, "flight.rain"), ({"wind": 20.0}, "flight.wind"),
        ({"cleared": False}, "flight.not_cleared"),
    ):  # fmt: skip
        assert refused(rig.start(view, replace(PILOT, **change))) == code
        assert rig.view().state == "PLANNED"
    rig.people = [(64.7, 20.0)]
    rig.step()
    assert refused(rig.start(view)) == "flight.people"
    assert refused(rig.start(view, replace(PILOT, wind=float("nan")))) == "flight.invalid"
    assert rig.told == []
    for _ in range(12):
        rig.step()
    assert [reason.code for reason in rig.view().gate] == ["flight.people"], "shown before anybody asks"
    assert refused(rig.ask(CreateFlight(task="inspect", places=("B1",)))) == "flight.invalid"
    assert refused(rig.ask(CreateFlight(task="sail"))) == "flight.invalid"  # type: ignore[arg-type]


def test_a_person_walks_in_while_the_ground_is_cleared_and_the_flight_is_called_off() -> None:
    rig = FlightRig()
    rig.start(rig.planned(["B1"], [1]))
    rig.people = [(64.7, 20.0)]
    rig.step()
    assert (rig.view().state, rig.view().why) == ("CANCELLED", "flight.people")


def test_a_count_of_some_levels_calls_nothing_missing() -> None:
    """The book does not know levels: what is not on the first may well be on the second."""
    rig = FlightRig(each=5)
    rig.start(rig.planned(("B1",), (1,)))
    done = over(rig)
    assert (done.state, done.unknown) == ("DONE", 0)
    assert "missing" not in {d.kind for d in done.differences}


def test_called_off_in_the_air_it_comes_home_and_what_was_not_seen_is_unknown() -> None:
    rig = FlightRig()
    rig.airborne((1, 2, 3))
    assert rig.ask(AbortFlight(flight_id=FLIGHT, user="lan")).state == "RETURNING"
    done = over(rig)
    assert (done.state, done.why) == ("ABORTED", "flight.called_off")
    assert 0 < done.unknown < 48
    assert {d.sure for d in done.differences if d.kind == "missing"} == {False}
    assert refused(rig.ask(AbortFlight(flight_id=FLIGHT))) == "flight.wrong_state"
    assert refused(rig.start(done)) == "flight.wrong_state", "no second try by itself"


@pytest.mark.parametrize("item", [3, 12, 17])
def test_a_lost_link_brings_it_home_and_marks_cells_unknown(item: int) -> None:
    rig = FlightRig()
    rig.airborne()
    assert rig.until(lambda: rig.craft.item >= item, 200.0)
    rig.link = False
    for _ in range(int(10 * (LINK_S + 1.0))):
        rig.step()
    assert rig.view().state == "LOST"
    assert "alarm.flight_link" in rig.alarms()
    assert rig.until(lambda: rig.craft.mode == "LANDED", 200.0), "the autopilot needs no fleet"
    assert rig.view().state == "LOST", "nobody knows yet, so the ground stays closed"
    assert f"flight:{FLIGHT}" in rig.engine.world.state.zones
    rig.link = True
    done = over(rig)
    assert (done.state, done.why) == ("ABORTED", "alarm.flight_link")
    assert done.unknown > 0
    assert rig.told.count("fly") == 1, "no second try"


@pytest.mark.parametrize("item", range(20))
def test_a_link_that_is_lost_at_any_item_ends_at_home_with_all_that_followed_unknown(item: int) -> None:
    rig = FlightRig()
    view = rig.planned(("B1",), (1,))
    way = view.plan.waypoints
    assert len(way) == 20
    rig.start(view)
    assert rig.until(lambda: rig.craft.mode == "MISSION" and rig.craft.item >= item, 400.0, 0.2)
    rig.link = False
    rig.until(lambda: False, LINK_S + 1.0, 0.2)
    assert rig.view().state == "LOST"
    assert rig.until(lambda: rig.craft.mode == "LANDED", 200.0, 0.2)
    assert math.dist(rig.craft.p[:2], rig.site.pad) < 1.0
    rig.link = True
    rig.until(lambda: rig.view().state == "ABORTED", 60.0, 0.2)
    done = rig.view()
    later = {w.scan for w in way[item + 1 :] if w.scan}
    read = set(rig.engine.world.state.flights.flights[FLIGHT].readings)
    assert (done.state, done.why, rig.told.count("fly")) == ("ABORTED", "alarm.flight_link", 1)
    assert not read & later
    assert done.unknown == len(view.plan.cells) - len(read)
    assert (rig.outside, rig.under, rig.unreserved) == (0, [], 0)


def test_an_aircraft_that_is_never_heard_again_is_given_up_by_a_person_only() -> None:
    rig = FlightRig()
    rig.airborne()
    rig.link = False
    assert rig.until(lambda: rig.view().state == "LOST", 20.0)
    for _ in range(600):
        rig.step()
    assert rig.view().state == "LOST"
    assert rig.ask(RecoverFlight(flight_id=FLIGHT, user="ky_su")).state == "ABORTED"
    assert f"flight:{FLIGHT}" not in rig.engine.world.state.zones
    assert refused(rig.ask(RecoverFlight(flight_id=FLIGHT))) == "flight.wrong_state"


def test_without_a_position_it_lands_in_place_and_its_ground_stays_closed() -> None:
    rig = FlightRig()
    rig.airborne()
    rig.craft.position_ok = False
    rig.step()
    assert "alarm.flight_position" in rig.alarms() or rig.until(lambda: "alarm.flight_position" in rig.alarms(), 5.0)
    assert rig.until(lambda: rig.view().state == "DOWN", 60.0)
    assert f"flight:{FLIGHT}" in rig.engine.world.state.zones
    assert rig.until(lambda: "alarm.flight_down" in rig.alarms(), 5.0)
    assert rig.ask(RecoverFlight(flight_id=FLIGHT, user="ky_su")).state == "ABORTED"
    assert rig.until(lambda: "alarm.flight_down" not in rig.alarms(), 10.0)


def test_blown_out_of_its_volume_it_lands() -> None:
    rig = FlightRig()
    rig.airborne()
    rig.craft.wind = (0.0, 45.0)
    assert rig.until(lambda: rig.view().state == "DOWN", 120.0)
    assert rig.view().why in ("alarm.flight_fence", "alarm.flight_wind")
    assert rig.craft.mode == "LANDED"


def test_a_low_battery_brings_it_home() -> None:
    rig = FlightRig()
    rig.airborne((1, 2, 3))
    rig.craft.soc = 0.18
    done = over(rig)
    assert (done.state, done.why) == ("ABORTED", "alarm.flight_battery")
    assert rig.craft.soc > 0.05, "there was enough for the way"


@pytest.mark.parametrize(
    ("what", "why"), [("permit", "alarm.flight_permit"), ("fire", "alarm.flight_fire"), ("wind", "alarm.flight_wind")]
)
def test_rules_that_end_in_the_air_bring_it_home(what: str, why: str) -> None:
    rig = FlightRig()
    rig.airborne()
    if what == "permit":
        permit = rig.engine.world.state.flights.permit
        assert permit is not None
        assert rig.ask(SetFlightPermit(permit=replace(permit, until=rig.now + 2.0))) is None
    elif what == "fire":
        rig.ask(RaiseFire(text="khói"))
    else:
        rig.craft.wind = (9.5, 0.0)
    rig.until(lambda: rig.view().state == "RETURNING", 20.0)
    assert rig.view().why == why
    assert over(rig).state == "ABORTED"


def test_it_hovers_for_a_person_goes_on_after_and_comes_home_when_the_person_stays() -> None:
    rig = FlightRig()
    rig.airborne()
    rig.people = [(64.7, 30.0)]
    assert rig.until(lambda: rig.craft.mode == "HOLD", 5.0)
    item = rig.craft.item
    for _ in range(50):
        rig.step()
    assert rig.craft.item == item
    rig.people = []
    assert rig.until(lambda: rig.craft.mode == "MISSION", 10.0)
    rig.people = [(64.7, 30.0)]
    done = over(rig)
    assert (done.state, done.why) == ("ABORTED", "alarm.flight_people")


def test_a_restart_of_the_fleet_goes_on_where_it_was() -> None:
    rig = FlightRig()
    rig.airborne()
    before = rig.view()
    rig.rehearsal.engine = FleetEngine(
        ROADMAP, rig.rehearsal.units, journal=rig.journal, doors=ROADMAP.doors, flight_site=rig.site
    )
    rig.step()
    after = rig.view()
    assert (after.state, after.plan, after.labels) == (before.state, before.plan, before.labels)
    assert f"flight:{FLIGHT}" in rig.engine.world.state.zones
    assert over(rig).state == "DONE"


def test_what_cannot_be_is_no_report() -> None:
    rig = FlightRig()
    rig.airborne()
    desk = rig.engine.world.flights
    assert desk is not None
    assert desk.telemetry is not None
    good = desk.telemetry
    for wrong in (
        replace(good, vehicle="uav_99"), replace(good, x=float("nan")), replace(good, z=5000.0),
        replace(good, t=good.t - 3600.0), replace(good, t=good.t + 3600.0), replace(good, soc=7.0),
    ):  # fmt: skip
        before = desk.ignored
        rig.step([UavReport(wrong)])
        assert desk.ignored == before + 1
        assert desk.telemetry is not None
        assert desk.telemetry.vehicle == "uav_01"
    cell = CellReading("B6E-01-1", "empty")
    for event in (ShelfRead("F9", cell), ShelfRead(FLIGHT, cell)):
        before = desk.ignored
        rig.step([event])
        assert desk.ignored == before + 1


def test_permits_and_stock_lists_are_checked() -> None:
    rig = FlightRig()
    good = FlightPermit(number="1", issuer="CTC", registration="VN", until=rig.now + 100.0, ceiling=9.0)
    for change in (
        {"number": ""}, {"issuer": "x" * 200}, {"registration": ""}, {"until": 0.0}, {"until": float("inf")},
        {"ceiling": 0.0}, {"ceiling": 900.0}, {"polygon": ((0.0, 0.0), (1.0, 1.0))},
        {"polygon": ((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0))},
    ):  # fmt: skip
        answer = rig.ask(SetFlightPermit(permit=replace(good, **change)))
        assert refused(answer) == "flight.invalid", change
    assert rig.engine.world.state.flights.permit is None
    assert refused(rig.ask(SetStock(loads=((sscc(1), "B99"),)))) == "order.unknown_place"
    assert refused(rig.ask(SetStock(loads=(("123", "B1"),)))) == "cargo.bad_sscc"
    assert refused(rig.ask(SetStock(loads=((sscc(1), "B1"), ("00" + sscc(2), "B1"))))) == "flight.invalid"
    assert sscc(1) not in rig.engine.world.state.cargo.loads, "all or none"
    assert rig.ask(SetStock(loads=((sscc(1), "B1"),))) == 1
    assert rig.ask(SetStock(loads=((sscc(1), "B1"),))) == 0
    assert rig.ask(SetStock(loads=((sscc(1), "B2"),))) == 1
    assert rig.engine.world.state.cargo.loads[sscc(1)].place == "B2"


def test_where_nobody_flies_every_request_says_so() -> None:
    rig = FlightRig()
    rig.rehearsal.engine = FleetEngine(ROADMAP, rig.rehearsal.units)
    assert refused(rig.ask(CreateFlight(task="inspect", points=((1.0, 1.0, 2.0),)))) == "flight.none"
    assert rig.engine.snapshot().flights is None
    rig.step([UavReport(Telemetry(t=rig.now))])


def test_an_aircraft_that_does_not_take_off_gives_the_ground_back(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = FlightRig()
    view = rig.planned(["B1"], [1])
    rig.start(view)
    monkeypatch.setattr(rig.craft, "fly", lambda *_args: False)
    done = over(rig, 60.0)
    assert (done.state, done.why) == ("ABORTED", "flight.no_take_off")
    assert rig.told[-1] == "land"
