"""Reports and alarms over the API: roles, files, and errors with a code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from amr_fleet.api.context import ApiContext
from amr_fleet.api.made import MINUTE
from amr_fleet.domain.events import JournalEntry
from amr_fleet.evidence.signed_pdf import check_pdf, is_signed_pdf
from amr_fleet.evidence.signing import Signing
from amr_fleet.fact_fields import facts_of
from amr_fleet.ops import Ops
from amr_fleet.ports import AlarmView, OrderRequest, Reason
from amr_fleet.replay_requests import CommentMoment
from amr_fleet.requests import AddNote
from amr_fleet.store.notes import PrivateKey
from tests.api.api_support import Connect, WhatIfHere
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.unit.count_rig import FLIGHT, planned
from tests.unit.count_rig import entries as count_entries

JOURNAL = [
    JournalEntry(
        t=21700.0, kind="order_created", order_id="T1",
        facts=facts_of(OrderRequest(pick_place="DOCK-01", drop_place="BLK-02")),
    ),
    JournalEntry(t=21800.0, kind="order_done", order_id="T1", robot="amr_01"),
]  # fmt: skip


def with_journal(app: FastAPI) -> None:
    ops = Ops(site=small_site(4), read_journal=lambda: JOURNAL)
    app.state.context = replace(app.state.context, ops=ops, answer_seconds=30.0)


def test_the_report_comes_as_figures_pdf_and_workbook(app: FastAPI, connect: Connect) -> None:
    with_journal(app)

    async def run() -> None:
        async with connect("viewer") as http:
            shifts = (await http.get("/api/v1/shifts")).json()["shifts"]
            assert shifts == [{"begin": 21600.0, "end": 50400.0, "shift": 1}]
            report = (await http.get("/api/v1/report")).json()
            assert (report["period"]["shift"], report["done"], report["service"]["mean"]) == (1, 1, 100.0)
            for ending, magic in (("pdf", b"%PDF-"), ("xlsx", b"PK")):
                answer = await http.get(f"/api/v1/report.{ending}?begin=21600&end=50400&lang=vi")
                assert answer.status_code == 200
                assert answer.content.startswith(magic)
                assert "attachment" in answer.headers["content-disposition"]
            wrong = await http.get("/api/v1/report?begin=5&end=4")
            assert (wrong.status_code, wrong.json()["code"]) == (422, "report.invalid")
            for rubbish in ("begin=x", "begin=inf", "end=nan", "begin=1e99"):
                answer = await http.get(f"/api/v1/report?{rubbish}")
                assert answer.json()["code"] in ("request.invalid", "report.invalid")
                assert answer.status_code == 422

    asyncio.run(run())


def test_the_pdf_is_signed_where_the_records_have_a_key(app: FastAPI, connect: Connect, tmp_path: Path) -> None:
    key = PrivateKey.load_or_make(tmp_path / "evidence.key", "amr-fleet")
    ops = Ops(site=small_site(4), read_journal=lambda: JOURNAL, signing=lambda _: Signing(key))
    address = "/api/v1/report.pdf?begin=21600&end=50400"

    async def run() -> tuple[bytes, bytes]:
        async with connect("viewer") as http:
            app.state.context = replace(app.state.context, ops=ops, answer_seconds=30.0)
            signed = (await http.get(address)).content
            with_journal(app)
            return signed, (await http.get(address)).content

    signed, bare = asyncio.run(run())
    assert all(check.holds for check in check_pdf(signed, key.public.line()))
    assert signed.startswith(bare)
    assert not is_signed_pdf(bare)
    assert not is_signed_pdf(signed[: len(bare)])


def test_a_signature_is_waited_for_longer_than_an_answer_of_the_fleet(
    app: FastAPI, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits in the one reader thread for whatever was asked before it."""
    key = PrivateKey.load_or_make(tmp_path / "evidence.key", "amr-fleet")
    journal = [*JOURNAL, *planned(), *count_entries()]
    ops = Ops(site=small_site(4), read_journal=lambda: journal, signing=lambda _: Signing(key))
    given: list[float] = []
    read = ApiContext.read

    def noted(context: ApiContext, call: Callable[[], Any], seconds: float = 0.0) -> Coroutine[Any, Any, Any]:
        given.append(seconds)
        return read(context, call, seconds)

    async def run() -> None:
        async with connect("viewer") as http:
            app.state.context = replace(app.state.context, ops=ops, answer_seconds=30.0)
            monkeypatch.setattr(ApiContext, "read", noted)
            for path in ("report.pdf?begin=21600&end=50400", f"flights/{FLIGHT}/count.pdf"):
                assert (await http.get(f"/api/v1/{path}")).status_code == 200
                assert given.pop() == MINUTE, path

    asyncio.run(run())


def test_trends_come_by_days_or_weeks_and_rubbish_is_refused(app: FastAPI, connect: Connect) -> None:
    with_journal(app)

    async def run() -> None:
        async with connect("viewer") as http:
            found = (await http.get("/api/v1/trends")).json()
            assert (found["step"], [(p["begin"], p["done"], p["late"]) for p in found["points"]]) == (
                "day",
                [(0, 1, 0)],
            )
            assert found["points"][0]["robots"][0]["robot"] == "amr_01"
            week = (await http.get("/api/v1/trends?step=week&count=1")).json()
            assert (week["step"], week["points"][0]["end"]) == ("week", 7 * 86400.0)
            for rubbish in ("step=year", "count=0", "count=32", "count=x", "step=day&count=1e9"):
                answer = await http.get(f"/api/v1/trends?{rubbish}")
                assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid"), rubbish

    asyncio.run(run())


def test_without_a_journal_there_is_no_report(connect: Connect) -> None:
    async def run() -> None:
        async with connect("viewer") as http:
            assert (await http.get("/api/v1/report")).status_code == 404
            assert (await http.get("/api/v1/trends")).status_code == 404

    asyncio.run(run())


def test_an_alarm_is_acknowledged_by_an_operator_only(connect: Connect, fleet: FakeFleet) -> None:
    fleet.alarms["A1"] = AlarmView(
        alarm_id="A1", reason=Reason("alarm.e_stop", {"robot": "amr_01"}, 5.0), robot="amr_01", order_id=""
    )

    async def run() -> None:
        async with connect("viewer") as http:
            assert (await http.post("/api/v1/alarms/A1/ack")).status_code == 403
        async with connect("operator") as http:
            assert (await http.post("/api/v1/alarms/A1/ack")).json() == {"ok": True}
            gone = await http.post("/api/v1/alarms/A2/ack")
            assert (gone.status_code, gone.json()["code"]) == (404, "alarm.not_found")

    asyncio.run(run())
    assert fleet.alarms["A1"].acked_by == "operator"


def test_zones_are_set_listed_and_cleared(connect: Connect, fleet: FakeFleet) -> None:
    area = [[1.0, 1.0], [4.0, 1.0], [4.0, 3.0]]
    zone = {"kind": "slow", "polygon": area, "text": "Dọn hàng đổ", "max_speed": 0.4, "minutes": 30.0}

    async def run() -> None:
        async with connect("viewer") as http:
            assert (await http.post("/api/v1/zones", json=zone)).status_code == 403
        async with connect("operator") as http:
            made = await http.post("/api/v1/zones", json=zone)
            assert made.status_code == 201, made.text
            body = made.json()
            assert (body["kind"], body["max_speed"], body["user"]) == ("slow", 0.4, "operator")
            assert body["until"] == round(fleet.zones[body["zone_id"]].until, 3)
            assert [z["zone_id"] for z in (await http.get("/api/v1/zones")).json()["zones"]] == [body["zone_id"]]
            wrong: Any
            for wrong in (
                {**zone, "kind": "wall"}, {**zone, "polygon": area[:2]}, {**zone, "text": ""}, {**zone, "minutes": -1},
                {**zone, "polygon": [["a", 1], [2, 2], [3, 3]]}, {**zone, "max_speed": 9.0}, {**zone, "more": 1}, [],
                {**zone, "polygon": []}, {**zone, "lanes": ["L1"]}, {**zone, "polygon": [], "lanes": [""]},
            ):  # fmt: skip
                answer = await http.post("/api/v1/zones", json=wrong)
                assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid"), wrong
            lane = (await http.post("/api/v1/zones", json={**zone, "polygon": [], "lanes": ["L1"]})).json()
            assert (lane["polygon"], lane["elements"]) == ([], ["L1"])
            assert (await http.post(f"/api/v1/zones/{body['zone_id']}/clear")).json() == {"ok": True}
            gone = await http.post(f"/api/v1/zones/{body['zone_id']}/clear")
            assert (gone.status_code, gone.json()["code"]) == (404, "zone.not_found")

    asyncio.run(run())


def test_notes_and_interventions_are_kept_for_the_next_shift(app: FastAPI, connect: Connect, fleet: FakeFleet) -> None:
    with_journal(app)

    async def run() -> None:
        async with connect("operator") as http:
            assert (await http.post("/api/v1/notes", json={"text": " Cửa 3 hỏng "})).status_code == 201
            left = await http.post("/api/v1/notes", json={"text": " Cửa 3\nhỏng "})
            assert left.json()["text"] == "Cửa 3 hỏng", "as the journal keeps it"
            assert fleet.asked[-1] == AddNote(text="Cửa 3 hỏng", user="operator")
            rubbish: Any
            for rubbish in ({"text": ""}, {"text": "x" * 1001}, {"text": 1}, {}, {"text": "x", "user": "y"}, []):
                answer = await http.post("/api/v1/notes", json=rubbish)
                assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid"), rubbish
            for path in ("notes", "interventions"):
                assert (await http.get(f"/api/v1/{path}?begin=0&end=30000")).json() == {path: []}
                for rubbish in ("", "?begin=5&end=4", "?begin=x&end=1", "?begin=0&end=1e10"):
                    answer = await http.get(f"/api/v1/{path}{rubbish}")
                    assert answer.status_code == 422, (path, rubbish)

    asyncio.run(run())


def test_the_past_is_served_and_rubbish_is_not(app: FastAPI, connect: Connect) -> None:
    with_journal(app)

    async def run() -> None:
        async with connect("viewer") as http:
            assert (await http.get("/api/v1/replay/span")).json() == {"begin": None, "end": None}
            events = (await http.get("/api/v1/replay/events?begin=0&end=30000")).json()["events"]
            assert [e["kind"] for e in events] == ["order_created", "order_done"]
            past = (await http.get("/api/v1/replay/at?t=21750")).json()
            assert [o["order_id"] for o in past["orders"]] == ["T1"]
            assert (await http.get("/api/v1/replay/at?t=30000")).json()["orders"] == []
            for rubbish in (
                "tracks?begin=5&end=4",
                "tracks?begin=0&end=9999",
                "events?begin=x&end=1",
                "at",
                "at?t=inf",
            ):
                assert (await http.get(f"/api/v1/replay/{rubbish}")).status_code == 422
            assert (await http.get("/api/v1/replay/incident.zip?begin=0&end=9")).status_code == 403
        async with connect("operator") as http:
            assert (await http.get("/api/v1/replay/incident.zip?begin=0&end=9")).content.startswith(b"PK")

    asyncio.run(run())


def test_a_moment_is_commented_on_by_an_operator_and_seen_by_all(
    app: FastAPI, connect: Connect, fleet: FakeFleet
) -> None:
    journal = [
        JournalEntry(t=10.0, kind="alarm_raised", robot="amr_01", facts={"alarm": "A1", "code": "alarm.e_stop"}),
        JournalEntry(t=90.0, kind="moment_commented", facts={"about": 12.0, "text": "Palet đổ", "user": "lan"}),
    ]
    app.state.context = replace(app.state.context, ops=Ops(site=small_site(4), read_journal=lambda: journal))
    body = {"t": 12.0, "text": " Palet đổ ", "robot": "amr_01"}

    async def run() -> None:
        async with connect("viewer") as http:
            seen = (await http.get("/api/v1/replay/marks?begin=0&end=50")).json()
            assert [(a["alarm_id"], a["severity"], a["raised"], a["cleared"]) for a in seen["alarms"]] == [
                ("A1", "critical", 10.0, 0.0)
            ]
            comment = {"t": 12.0, "written": 90.0, "robot": "", "user": "lan", "text": "Palet đổ"}
            assert (seen["comments"], seen["left_out"]) == ([comment], 0)
            assert (await http.post("/api/v1/replay/comments", json=body)).status_code == 403
            for rubbish in ("", "?begin=5&end=4", "?begin=x&end=1", "?begin=0&end=1e10", "?begin=nan&end=1"):
                assert (await http.get(f"/api/v1/replay/marks{rubbish}")).status_code == 422, rubbish
        assert not [asked for asked in fleet.asked if isinstance(asked, CommentMoment)]
        async with connect("operator") as http:
            made = await http.post("/api/v1/replay/comments", json=body)
            assert made.status_code == 201, made.text
            assert fleet.asked[-1] == CommentMoment(at=12.0, text="Palet đổ", robot="amr_01", user="operator")
            assert made.json() | {"written": 0.0} == {**body, "text": "Palet đổ", "user": "operator", "written": 0.0}
            made = await http.post("/api/v1/replay/comments", json={**body, "text": "  Pale\u0302t\u00a0 đổ\nở cửa "})
            assert made.json()["text"] == "Palêt đổ ở cửa", "as the journal keeps it"
            wrong: Any
            for wrong in (
                {**body, "text": ""}, {**body, "text": "a\u202eb"}, {**body, "text": "x" * 501},
                {**body, "t": "x"}, {**body, "t": 1e12}, {"t": 1.0},
                {**body, "user": "sep"}, {**body, "robot": "x" * 65}, {**body, "robot": 3}, [], {},
            ):  # fmt: skip
                answer = await http.post("/api/v1/replay/comments", json=wrong)
                assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid"), wrong
        async with connect("admin") as http:
            rows = (await http.get("/api/v1/audit")).json()["audit"]
            found = {(row["name"], row["result"]) for row in rows if row["action"] == "add_comment"}
            assert found == {("operator", "ok"), ("operator", "request.invalid"), ("viewer", "auth.forbidden")}

    asyncio.run(run())


def test_what_if_refuses_what_is_not_there(app: FastAPI, connect: Connect) -> None:
    with_journal(app)
    site = small_site(4)
    app.state.context = replace(app.state.context, ops=replace(app.state.context.ops, what_if=WhatIfHere(site)))
    a, b = site.places[0].id, site.places[1].id
    lot = {"count": 1, "pick_place": a, "drop_place": b}

    async def run() -> None:
        async with connect("operator") as http:
            for body, code in (
                ({"closed_places": ["NOWHERE"]}, "order.unknown_place"),
                ({"lost_robots": ["amr_99"]}, "robot.not_found"),
                ({"new_lots": [{**lot, "drop_place": a}]}, "order.same_place"),
                ({"new_lots": [{**lot, "count": 0}]}, "request.invalid"),
                ({"new_lots": [lot], "closed_places": [a]}, "request.invalid"),
                ({"unknown": 1}, "request.invalid"),
                ({"paused_robots": ["amr_99"]}, "robot.not_found"),
                ({"cancelled_orders": [""]}, "request.invalid"),
                ({"zones": [{"kind": "closed", "lanes": [], "text": "x"}]}, "request.invalid"),
                ({"zones": [{"kind": "closed", "lanes": ["nowhere"], "text": "x"}]}, "zone.invalid"),
            ):
                assert (await http.post("/api/v1/what-if", json=body)).json()["code"] == code, body

    asyncio.run(run())
