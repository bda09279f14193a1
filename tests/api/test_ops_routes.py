"""Reports and alarms over the API: roles, files, and errors with a code."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from fastapi import FastAPI

from amr_fleet.domain.events import JournalEntry
from amr_fleet.ops import Ops
from amr_fleet.ports import AlarmView, Reason
from tests.api.api_support import Connect
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site

JOURNAL = [
    JournalEntry(
        t=21700.0, kind="order_created", order_id="T1",
        facts={"pick_place": "DOCK-01", "drop_place": "BLK-02", "deadline": 0.0},
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


def test_without_a_journal_there_is_no_report(connect: Connect) -> None:
    async def run() -> None:
        async with connect("viewer") as http:
            assert (await http.get("/api/v1/report")).status_code == 404

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
