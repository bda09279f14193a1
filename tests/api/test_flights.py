"""Flights over HTTP: planned, refused, started, called off; shown to everybody; where nobody flies."""

from __future__ import annotations

from pathlib import Path

from amr_fleet.domain.flight_desk import FlightDesk
from tests.api.test_once import call, fleet_of
from tests.unit.flight_rig import FLYING

CHECKS = {"pilot": "Nguyễn Văn A", "licence": "instrument", "wind": 1.0, "rain": False, "cleared": True}
PERMIT = {"number": "P1", "issuer": "CTC", "registration": "VN-1", "hours": 2.0, "ceiling": 9.0}


def test_where_nobody_flies_it_says_so(tmp_path: Path) -> None:
    with fleet_of(tmp_path) as (_service, _users, app):
        (none,) = call(app, ("/flights", {"task": "inspect", "points": [[1.0, 1.0, 2.0]]}, {}))
        assert (none.status_code, none.json()["code"]) == (404, "flight.none")


def test_a_flight_is_planned_refused_with_a_reason_and_called_off(tmp_path: Path) -> None:
    with fleet_of(tmp_path) as (service, _users, app):
        service._engine.world.flights = FlightDesk(FLYING)
        wish = ("/flights", {"task": "inventory_flight", "places": ["B1"]}, {"Idempotency-Key": "f1"})
        (made,), (again,) = call(app, wish), call(app, wish)
        assert (made.status_code, made.json()["state"]) == (201, "PLANNED")
        assert again.json()["flight_id"] == made.json()["flight_id"] == "F000001", "sent twice, planned once"
        plan = made.json()["plan"]
        assert (plan["cells"], len(plan["way"][0])) == (48, 3)
        assert made.json()["places"] == ["B1"]
        for bad in (
            {"task": "inventory_flight"}, {"task": "inspect", "places": ["B1"]}, {"task": "sail", "places": ["B1"]},
            {"task": "inspect", "points": [[1.0, 2.0]]}, {"task": "inspect", "points": [["a", 1, 2]]},
            {"task": "inventory_flight", "places": ["B1"], "levels": [0]}, {"task": "inventory_flight", "x": 1},
        ):  # fmt: skip
            (refused,) = call(app, ("/flights", bad, {}))
            assert refused.status_code == 422, bad
        (elsewhere,) = call(app, ("/flights", {"task": "inventory_flight", "places": ["A9"]}, {}))
        assert elsewhere.json()["code"] == "flight.invalid"
        (early,) = call(app, ("/flights/F000001/start", CHECKS, {}))
        assert (early.status_code, early.json()["code"]) == (409, "flight.no_permit")
        for bad in ({**CHECKS, "wind": -1.0}, {**CHECKS, "licence": "none at all"}, {**CHECKS, "pilot": "\u200b"}):
            (refused,) = call(app, ("/flights/F000001/start", bad, {}))
            assert refused.status_code == 422, bad
        (nobody,) = call(app, ("/flights/F000099/start", CHECKS, {}))
        assert nobody.json()["code"] == "flight.not_found"
        (off,) = call(app, ("/flights/F000001/abort", {}, {}))
        assert off.json()["state"] == "CANCELLED"
        assert off.json()["why"] == "flight.called_off"
        (none,) = call(app, ("/flights/F000001/differences/0/check", {}, {}))
        assert none.json()["code"] == "flight.no_difference"
        shown = service.snapshot().flights
        assert shown is not None
        assert [f.state for f in shown.flights] == ["CANCELLED"]


def test_a_stock_list_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    with fleet_of(tmp_path) as (service, _users, app):
        place = next(iter(service._engine.world.places))
        good, bad = {"load_id": "389345670000000018", "place": place}, {"load_id": "1", "place": place}
        (refused,) = call(app, ("/cargo/stock", {"rows": [good, bad]}, {}))
        assert refused.json()["code"] == "cargo.bad_sscc"
        (wrong,) = call(app, ("/cargo/stock", {"rows": []}, {}))
        assert wrong.status_code == 422
