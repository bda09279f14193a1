"""Periodic reports over the API, on the real engine: roles, two persons, files, filing, rubbish."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from amr_core.errors import AmrError
from amr_fleet.api.context import ApiContext
from amr_fleet.api.made import MINUTE
from amr_fleet.domain.events import Ask
from amr_fleet.ops import Ops
from amr_fleet.periodic.desk import ReportDesk
from amr_fleet.periodic.model import CheckpointPart
from amr_fleet.ports import Request
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.reporting_periods import ReportingPeriod
from tests.api.api_support import Connect
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.unit.test_fleet_engine import ask, rehearsal

PERIOD = ReportingPeriod.parse("2027-01")
AT = "/api/v1/periodic/2027-01"


class EngineFleet(FakeFleet):
    """Asks a real engine; its journal is what the reports read."""

    def __init__(self, run: Rehearsal) -> None:
        super().__init__(robots=4)
        self.run = run

    def ask(self, request: Request[Any]) -> Future[Any]:
        future: Future[Any] = Future()
        result = ask(self.run, Ask(7, request)).result
        future.set_exception(result) if isinstance(result, AmrError) else future.set_result(result)
        return future


@pytest.fixture
def reports(app: FastAPI, tmp_path: Path) -> Rehearsal:
    run = rehearsal(1)
    tree = CheckpointPart(origin="yard/amr/journal", size=7, root="cm9vdA==", note="", key="")
    desk = ReportDesk(
        site=small_site(4), read=lambda: list(run.journal), tree=lambda: tree, below=lambda _size: list(run.journal),
        today=lambda: PERIOD.begin + 10.0, folder=tmp_path / "reports",
    )  # fmt: skip
    ops = Ops(site=small_site(4), read_journal=lambda: list(run.journal), periodic=desk)
    app.state.context = replace(app.state.context, fleet=EngineFleet(run), ops=ops, answer_seconds=30.0)
    return run


async def post(http: Any, path: str, **body: Any) -> tuple[int, str]:
    answer = await http.post(path, json=body)
    return answer.status_code, answer.json().get("code", "")


def test_a_report_goes_from_draft_to_filed_through_two_persons(
    reports: Rehearsal, connect: Connect, tmp_path: Path
) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            listed = (await http.get("/api/v1/periodic?kind=month")).json()["periods"]
            assert (listed[0]["code"], listed[0]["state"], len(listed)) == ("2027-01", "draft", 13)
            text = {"field": "results", "text": "Chạy tốt"}
            assert (await http.put(f"{AT}/texts", json=text)).json() == {"ok": True}
            assert await post(http, f"{AT}/submit") == (200, "")
            assert (await http.put(f"{AT}/texts", json=text)).json()["code"] == "report.wrong_step"
            assert await post(http, f"{AT}/sign") == (403, "auth.forbidden")
        async with connect("engineer") as http:
            assert await post(http, f"{AT}/file") == (409, "report.wrong_step")
            assert await post(http, f"{AT}/sign") == (200, "")
            assert await post(http, f"{AT}/file") == (200, "")
            draft = (await http.get(AT)).json()
            assert (draft["state"], draft["submitted_by"], draft["signed_by"]) == ("filed", "operator", "engineer")
            assert (draft["texts"]["results"], draft["previous"], draft["hours"] > 0) == ("Chạy tốt", "2026-12", True)
            for kind in ("docx", "pdf"):
                filed = await http.get(f"{AT}/file?format={kind}&edition=1")
                assert hashlib.sha256(filed.content).hexdigest() == draft["filed"][0][f"{kind}_sha256"]
            assert (await http.get(f"{AT}/file?format=pdf&edition=2")).status_code == 404

    asyncio.run(run())
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == [
        f"bao-cao-2027-01-1.{kind}" for kind in ("docx", "json", "pdf")
    ]


def test_nobody_signs_what_he_handed_in(reports: Rehearsal, connect: Connect) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            assert await post(http, f"{AT}/submit") == (200, "")
            assert await post(http, f"{AT}/sign") == (409, "report.same_person")
            assert await post(http, f"{AT}/return") == (422, "request.invalid")
            assert await post(http, f"{AT}/return", text="Thiếu số điện") == (200, "")
            draft = (await http.get(AT)).json()
            assert (draft["state"], draft["remarks"][-1]["text"]) == ("draft", "Thiếu số điện")

    asyncio.run(run())


def test_a_viewer_reads_all_and_changes_nothing(reports: Rehearsal, connect: Connect) -> None:
    async def run() -> None:
        async with connect("viewer") as http:
            for path, magic in (("pdf", b"%PDF-"), ("docx", b"PK"), ("json", b"{")):
                answer = await http.get(f"{AT}/file?format={path}")
                assert answer.status_code == 200
                assert answer.content.startswith(magic)
                assert f'filename="bao-cao-2027-01.{path}"' in answer.headers["content-disposition"]
            for step in ("submit", "sign", "return", "reopen", "file", "remarks"):
                assert (await post(http, f"{AT}/{step}", text="x"))[0] == 403, step
            assert (await http.put(f"{AT}/plan", json={"kpi": "done", "target": 1})).status_code == 403
            assert (await http.post("/api/v1/obstacles", json={})).status_code == 403
            assert (await http.get("/api/v1/obstacles")).json() == {"obstacles": []}

    asyncio.run(run())


def test_plan_and_obstacles_stand_in_the_draft(reports: Rehearsal, connect: Connect) -> None:
    body = {"opened": "2026-12-20", "kind": "infrastructure", "text": "Sàn lún", "due": "2027-01-10"}

    async def run() -> None:
        async with connect("engineer") as http:
            assert (await http.put(f"{AT}/plan", json={"kpi": "availability", "target": 99.5})).status_code == 200
            made = await http.post("/api/v1/obstacles", json=body)
            assert (made.status_code, made.json()["obstacle_id"]) == (201, "VM-001")
            answer = {"document": "12/CV", "date": "2027-01-05"}
            answered = await http.post("/api/v1/obstacles/VM-001/answers", json=answer)
            assert answered.json()["answers"] == [{**answer, "text": ""}]
            moved = await http.put("/api/v1/obstacles/VM-001", json={**body, "state": "in_progress"})
            assert moved.json()["state"] == "in_progress"
            assert (await http.put("/api/v1/obstacles/VM-7", json=body)).json()["code"] == "report.unknown_obstacle"
            draft = (await http.get(AT)).json()
            row = next(row for row in draft["rows"] if row["key"] == "availability")
            assert (row["plan"], draft["overdue"], draft["simulated"]) == (99.5, ["VM-001"], True)
            assert (await http.put(f"{AT}/plan", json={"kpi": "availability"})).status_code == 200

    asyncio.run(run())


def test_rubbish_is_refused_with_a_code(reports: Rehearsal, connect: Connect) -> None:
    wrong: list[tuple[str, str, Any]] = [
        ("put", f"{AT}/texts", {"field": "title", "text": "x"}), ("put", f"{AT}/texts", {"field": "date", "text": "x"}),
        ("put", f"{AT}/texts", {"field": "results", "text": "x" * 4001}), ("put", f"{AT}/texts", []),
        ("put", f"{AT}/texts", {"field": "results", "text": "a\u202eb"}),
        ("put", f"{AT}/plan", {"kpi": "speed", "target": 1}), ("put", f"{AT}/plan", {"kpi": "done", "target": -1}),
        ("put", f"{AT}/plan", {"kpi": "done", "target": 1, "more": 1}), ("post", f"{AT}/remarks", {"text": " "}),
        ("post", "/api/v1/obstacles", {"opened": "2027-02-30", "kind": "legal", "text": "x"}),
        ("post", "/api/v1/obstacles", {"opened": "2027-02-01", "kind": "other", "text": "x"}),
        ("post", "/api/v1/obstacles", {"opened": "2027-02-01", "kind": "legal", "text": ""}),
        ("post", "/api/v1/obstacles/x/answers", {"document": "", "date": "2027-01-01"}),
    ]  # fmt: skip

    async def run() -> None:
        async with connect("engineer") as http:
            for method, path, body in wrong:
                answer = await getattr(http, method)(path, json=body)
                assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid"), (path, body)
            for path in ("2027-13", "x", "2027-Q5"):
                for more in ("", "/file?format=pdf"):
                    answer = await http.get(f"/api/v1/periodic/{path}{more}")
                    assert (answer.status_code, answer.json()["code"]) == (422, "report.bad_period"), path
            for path in ("?kind=week", "/2027-01/file?format=odt", "/2027-01/file?edition=-1"):
                assert (await http.get(f"/api/v1/periodic{path}")).json()["code"] == "request.invalid"

    asyncio.run(run())


def test_a_report_that_cannot_be_kept_does_not_go_out(
    app: FastAPI, reports: Rehearsal, connect: Connect, tmp_path: Path
) -> None:
    (tmp_path / "reports").write_text("a file where the folder should be")

    async def run() -> None:
        async with connect("operator") as http:
            assert await post(http, f"{AT}/submit") == (200, "")
        async with connect("engineer") as http:
            assert await post(http, f"{AT}/sign") == (200, "")
            assert await post(http, f"{AT}/file") == (507, "report.not_written")
            assert (await http.get(AT)).json()["state"] == "signed"

    asyncio.run(run())


def test_filing_has_a_minute_for_each_of_its_parts(
    app: FastAPI, reports: Rehearsal, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    read = ApiContext.read

    def noted(context: ApiContext, call: Callable[[], Any], seconds: float = 0.0) -> Coroutine[Any, Any, Any]:
        given.append(seconds)
        return read(context, call, seconds)

    async def run() -> None:
        async with connect("operator") as http:
            assert await post(http, f"{AT}/submit") == (200, "")
        async with connect("engineer") as http:
            assert await post(http, f"{AT}/sign") == (200, "")
            monkeypatch.setattr(ApiContext, "read", noted)
            assert await post(http, f"{AT}/file") == (200, "")

    asyncio.run(run())
    assert given == [MINUTE] * 3, "ordering, which signs the journal as it is; printing; keeping"


def test_without_a_journal_there_are_no_reports(connect: Connect) -> None:
    async def run() -> None:
        async with connect("viewer") as http:
            for path in ("periodic", "periodic/2027-01", "obstacles"):
                assert (await http.get(f"/api/v1/{path}")).status_code == 404

    asyncio.run(run())
