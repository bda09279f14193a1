"""Flights over HTTP: planned, refused, started, called off; shown to everybody; where nobody flies."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from fastapi import FastAPI

from amr_fleet.api.routers.flights import newest_of
from amr_fleet.domain.flight_desk import FlightDesk
from amr_fleet.evidence.signed_pdf import check_pdf
from amr_fleet.evidence.signing import Signing
from amr_fleet.ops import Ops
from amr_fleet.report.count_order import CountOrder
from amr_fleet.store.notes import PrivateKey
from tests.api.api_support import PASSWORD, Connect
from tests.api.test_once import call, fleet_of
from tests.unit.count_rig import FLIGHT, entries, planned
from tests.unit.flight_rig import FLYING, SITE

CHECKS = {
    "pilot": "Nguyễn Văn A", "licence": "instrument", "wind": 1.0, "rain": False, "cleared": True, "light": 300.0,
    "present": True,
}  # fmt: skip
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
        assert (plan["rows"], plan["levels"]) == (["B1W", "B1E"], [1, 2, 3])
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


def shown(app: Any, *queries: str) -> list[httpx.Response]:
    """Log in and GET the flights with each of the queries."""

    async def run() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as http:
            await http.post("/api/v1/login", json={"user": "operator", "password": PASSWORD})
            return [await http.get(f"/api/v1/flights{query}") for query in queries]

    return asyncio.run(run())


def test_the_page_gets_limits_no_fly_volumes_and_as_many_flights_as_it_asks_for(tmp_path: Path) -> None:
    with fleet_of(tmp_path) as (service, _users, app):
        service._engine.world.flights = FlightDesk(FLYING)
        wishes = (
            {"task": "inventory_flight", "places": ["B1"], "levels": [3, 1]},
            {"task": "inspect", "points": [[65.0, 20.0, 4.0]]},
        )
        for i, wish in enumerate(wishes):
            call(app, ("/flights", wish, {"Idempotency-Key": f"w{i}"}))
        whole, last, none, many = shown(app, "", "?newest=1", "?newest=0", "?newest=51")
        assert [f["plan"]["levels"] for f in whole.json()["flights"]] == [[1, 3], []]
        assert [f["plan"]["rows"] for f in whole.json()["flights"]] == [["B1W", "B1E"], []]
        assert [f["flight_id"] for f in last.json()["flights"]] == ["F000002"]
        assert (none.status_code, many.status_code) == (422, 422)
        limits = FLYING.aircraft.limits()
        assert (whole.json()["spare"], whole.json()["reserve"]) == (limits.spare, limits.reserve)
        wall = next(v for v in whole.json()["no_fly"] if v["name"] == "fire_wall")
        assert (wall["low"], wall["high"], len(wall["area"])) == (0.0, 9.0, 4)


def test_an_old_flight_that_has_the_air_is_shown_before_the_newest() -> None:
    old = [SimpleNamespace(flight_id=f"F{i}", state="DOWN" if i == 1 else "DONE") for i in range(6)]
    assert [f.flight_id for f in newest_of(old, 2)] == ["F1", "F4", "F5"]  # type: ignore[arg-type]
    assert [f.flight_id for f in newest_of(old, 5)] == ["F1", "F2", "F3", "F4", "F5"]  # type: ignore[arg-type]
    assert [f.flight_id for f in newest_of(old, 50)] == [f"F{i}" for i in range(6)]  # type: ignore[arg-type]


def count_files(app: FastAPI, connect: Connect, *paths: str) -> list[httpx.Response]:
    """GET the records of counts as a viewer."""

    async def run() -> list[httpx.Response]:
        async with connect("viewer") as http:
            return [await http.get(f"/api/v1/flights/{path}") for path in paths]

    return asyncio.run(run())


def test_the_record_of_a_count_is_a_pdf_of_what_is_over_and_of_nothing_else(
    app: FastAPI, connect: Connect, tmp_path: Path
) -> None:
    """200 with the count in it, 404 for a flight that nobody knows, 409 for one that has not counted yet."""
    before = planned()
    ops = Ops(site=SITE, read_journal=lambda: [*before, *entries()])
    app.state.context = replace(app.state.context, ops=ops)
    vi, en, nobody, other = count_files(
        app,
        connect,
        f"{FLIGHT}/count.pdf",
        f"{FLIGHT}/count.pdf?lang=en",
        "F000099/count.pdf",
        f"{FLIGHT}/count.pdf?lang=x",
    )
    assert (vi.status_code, vi.headers["content-type"], vi.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert vi.headers["content-disposition"] == f'attachment; filename="kiem-ke-{FLIGHT}.pdf"'
    assert vi.content == CountOrder(FLIGHT, page="http://test").make(ops.read_journal(), SITE)
    assert en.content == CountOrder(FLIGHT, "en", "http://test").make(ops.read_journal(), SITE) != vi.content
    assert (nobody.status_code, nobody.json()["code"]) == (404, "flight.not_found")
    assert other.status_code == 422
    key = PrivateKey.load_or_make(tmp_path / "evidence.key", "amr-fleet")
    app.state.context = replace(app.state.context, ops=replace(ops, signing=lambda _: Signing(key)))
    (signed,) = count_files(app, connect, f"{FLIGHT}/count.pdf")
    assert signed.content.startswith(vi.content)
    assert all(check.holds for check in check_pdf(signed.content, key.public.line()))
    app.state.context = replace(app.state.context, ops=Ops(site=SITE, read_journal=lambda: before))
    (early,) = count_files(app, connect, f"{FLIGHT}/count.pdf")
    assert (early.status_code, early.json()["code"]) == (409, "flight.wrong_state")
    assert early.json()["facts"]["state"] == "PLANNED"
