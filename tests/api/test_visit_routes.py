"""Visits of trucks, barges and ships over HTTP, against a fleet engine on the lab site."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import Workbook

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.app import create_app
from amr_fleet.api.users import UserStore
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.rehearsal import units_of
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from tests.api.api_support import PASSWORD
from tests.api.test_order_routes import code, log_in, ok, running

V1 = "/api/v1"
BARGE = {"kind": "barge", "closes_in_s": 7200.0, "begins_in_s": 600.0, "planned": 12, "place": "D1"}


@pytest.fixture
def service() -> FleetService:
    site = load_site("lab")
    return FleetService(FleetEngine(build_roadmap(site), units_of(site)), JournalStore(":memory:"), lambda _: None)


@pytest.fixture
def http(service: FleetService, users: UserStore, tmp_path: Path) -> Iterator[httpx.AsyncClient]:
    app = create_app(service, load_site("lab"), users, static=tmp_path)
    with running(service):
        yield httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


def test_a_visit_is_set_worked_and_said_to_have_left(http: httpx.AsyncClient, service: FleetService) -> None:
    async def run() -> None:
        await log_in(http)
        kept = await ok(http.put(f"{V1}/visits/SL-12", json=BARGE))
        assert (kept["visit_id"], kept["name"], kept["planned"], kept["place"]) == ("V000001", "SL-12", 12, "D1")
        assert kept["at"] - kept["begins"] == pytest.approx(6600.0)
        for i in range(3):
            order = {"pick_place": "A1", "drop_place": "D1", "cutoff": "SL-12", "load_id": f"P-{i}"}
            await ok(http.post(f"{V1}/orders", json=order))
        await ok(http.post(f"{V1}/orders", json={"pick_place": "A1", "drop_place": "D1"}))
        (listed,) = (await ok(http.get(f"{V1}/visits")))["visits"]
        assert (listed["state"], listed["loads"], listed["open"], listed["left"]) == ("coming", 3, 3, 12)
        assert (listed["ends"], listed["unsure"]) == (0.0, "not_begun")
        for wanted in ("V000001", "SL-12"):
            found = await ok(http.get(f"{V1}/visits/{wanted}"))
            assert (found["visit"]["visit_id"], len(found["orders"])) == ("V000001", 3)
            assert all((order["cutoff"], order["said"]) == ("SL-12", []) for order in found["orders"])
        assert await code(http.post(f"{V1}/visits/V000001/depart")) == "cutoff.in_use"
        for order in found["orders"]:
            await ok(http.post(f"{V1}/orders/{order['order_id']}/cancel", json={}))
        left = await ok(http.post(f"{V1}/visits/V000001/depart"))
        assert (left["departed_by"], left["departed"] > 0.0) == ("engineer", True)
        assert (await ok(http.get(f"{V1}/visits/SL-12")))["visit"]["state"] == "departed"
        assert (await ok(http.post(f"{V1}/visits/V000001/reopen")))["departed"] == 0.0
        changed = await ok(http.put(f"{V1}/visits/SL-12", json={**BARGE, "planned": 13, "visit_id": "V000001"}))
        assert (changed["visit_id"], changed["planned"]) == ("V000001", 13)
        plan = {"kind": "barge", "planned": 14, "visit_id": "V000001"}
        kept_times = await ok(http.put(f"{V1}/visits/SL-12", json=plan))
        assert [kept_times[name] for name in ("at", "begins", "planned")] == [changed["at"], changed["begins"], 14]
        assert await code(http.put(f"{V1}/visits/SL-99", json={"kind": "barge"})) == "order.invalid"
        stale = {**BARGE, "visit_id": "V000009"}
        assert await code(http.put(f"{V1}/visits/SL-12", json=stale)) == "visit.not_found"

    asyncio.run(run())
    users = {e.facts["user"] for e in service._journal.read() if e.kind.startswith("cutoff_")}
    assert users == {"engineer"}


def test_a_name_with_a_stroke_is_found_and_the_old_way_of_setting_one_goes_on(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await log_in(http)
        await ok(http.put(f"{V1}/visits/65C%2F123.45", json={"kind": "truck", "closes_in_s": 900.0}))
        assert (await ok(http.get(f"{V1}/visits/65C%2F123.45")))["visit"]["kind"] == "truck"
        await ok(http.put(f"{V1}/visits/SL-12", json=BARGE))
        await ok(http.put(f"{V1}/cutoffs/SL-12", json={"kind": "barge", "in_s": 60.0}))
        found = (await ok(http.get(f"{V1}/visits/SL-12")))["visit"]
        assert (found["planned"], found["place"]) == (12, "D1"), "moving its closing time leaves its plan"
        await ok(http.delete(f"{V1}/cutoffs/SL-12"))
        assert await code(http.get(f"{V1}/visits/SL-12")) == "visit.not_found"
        assert await code(http.get(f"{V1}/visits/{'x' * 300}")) == "visit.not_found"

    asyncio.run(run())


@pytest.mark.parametrize(
    "rubbish",
    [
        {"kind": "plane"}, {"kind": None}, {"closes_in_s": 0}, {"closes_in_s": "soon"}, {"closes_in_s": 1e9},
        {"begins_in_s": 7200.0}, {"begins_in_s": -1}, {"planned": -1}, {"planned": 5001}, {"planned": 1.5},
        {"planned": True}, {"place": 5}, {"place": "x" * 65}, {"extra": 1}, {"visit_id": ["V000001"]},
    ],
)  # fmt: skip
def test_rubbish_is_refused(http: httpx.AsyncClient, rubbish: dict[str, Any]) -> None:
    async def run() -> None:
        await log_in(http)
        assert await code(http.put(f"{V1}/visits/SL-12", json={**BARGE, **rubbish})) == "request.invalid"
        assert await code(http.put(f"{V1}/visits/V000001", json=BARGE)) == "order.invalid"
        assert await code(http.put(f"{V1}/visits/SL-12", json={**BARGE, "place": "Z9"})) == "order.unknown_place"
        assert (await ok(http.get(f"{V1}/visits")))["visits"] == []

    asyncio.run(run())


TABLE = """Tên chuyến;Phương tiện;Giờ cắt máng;Dự kiến đến;Kế hoạch;Cửa;Ghi chú
SL-12;Sà lan;120;30 phút;24;cửa số d1;gạo
Cái Cui 09;Tàu biển;240;;;;
65C-123.45;xe tải;90;;8;D1;
65C-123.45;xe tải;95;;8;D1;hai dòng
Hậu Giang 3;máy bay;90;;;;
Hậu Giang 4;sà lan;30;45;;;
Hậu Giang 5;sà lan;30;;tám;;
Hậu Giang 6;sà lan;30;;;Z9;
;sà lan;30;;;;
"""


def _workbook(table: str) -> str:
    book = Workbook()
    for line in table.splitlines():
        book.active.append(line.split(";"))
    data = io.BytesIO()
    book.save(data)
    return base64.b64encode(data.getvalue()).decode()


def test_a_list_of_the_office_is_judged_row_by_row_dry_and_for_good(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await log_in(http)
        for body in ({"csv": TABLE, "dry_run": True}, {"xlsx": _workbook(TABLE)}):
            answer = await ok(http.post(f"{V1}/visits/import", json=body))
            assert [row["verdict"] for row in answer["rows"]] == ["created"] * 3 + ["refused"] * 6
            assert answer["ignored"] == ["Ghi chú"]
            errors = [(row["error"]["code"], row["error"]["facts"].get("where")) for row in answer["rows"][3:]]
            assert errors == [
                ("visit.name_taken", None), ("request.invalid", "kind"), ("request.invalid", "begins_in_s"),
                ("request.invalid", "planned"), ("order.unknown_place", None), ("request.invalid", "name"),
            ]  # fmt: skip
            assert answer["rows"][0]["text"] == "SL-12 · Sà lan · 120 · 30 phút · 24 · cửa số d1 · gạo"
        found = {v["name"]: v for v in (await ok(http.get(f"{V1}/visits")))["visits"]}
        assert set(found) == {"SL-12", "Cái Cui 09", "65C-123.45"}
        barge = found["SL-12"]
        assert (barge["kind"], barge["planned"], barge["place"]) == ("barge", 24, "D1")
        assert barge["at"] - barge["begins"] == pytest.approx(5400.0, abs=1.0)
        assert found["Cái Cui 09"]["kind"] == "ship"
        again = await ok(http.post(f"{V1}/visits/import", json={"csv": TABLE}))
        assert (again["created"], again["known"], again["refused"]) == (0, 3, 6)
        later = await ok(http.post(f"{V1}/visits/import", json={"csv": "Tên chuyến,Loại,Hạn\nSL-12,sà lan,180"}))
        assert later["known"] == 1
        moved = (await ok(http.get(f"{V1}/visits/SL-12")))["visit"]
        assert moved["at"] - barge["at"] > 3500.0
        assert (moved["planned"], moved["place"]) == (24, "D1"), "a list that says nothing of a plan leaves it"
        assert moved["begins"] == pytest.approx(barge["begins"], abs=60.0)

    asyncio.run(run())


def test_a_list_that_is_none_is_refused(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await log_in(http)
        head = "Tên chuyến;Phương tiện;Giờ cắt máng"
        twice = head + ";Hạn\nSL-1;sà lan;90;95"
        for bad in ("x", "a,b\n1,2", '"' * 9, twice, head + "\n" + "SL-1;sà lan;90\n" * 501):
            assert await code(http.post(f"{V1}/visits/import", json={"csv": bad})) == "import.bad_table"
        for body in ({"xlsx": "%%"}, {"xlsx": base64.b64encode(b"PK no book").decode()}, {"rows": [1]}, {"rows": "x"}):
            assert await code(http.post(f"{V1}/visits/import", json=body)) in ("request.invalid", "import.bad_table")
        rows = {"rows": [{"name": "Xe 7", "kind": "truck", "closes_in_s": 900.0}, {"name": 7}]}
        answer = await ok(http.post(f"{V1}/visits/import", json=rows))
        assert (answer["created"], answer["refused"]) == (1, 1)

    asyncio.run(run())


def test_who_only_looks_sets_nothing(http: httpx.AsyncClient, users: UserStore) -> None:
    async def run() -> None:
        answer = await http.post(f"{V1}/login", json={"user": "viewer", "password": PASSWORD})
        assert answer.status_code == 200
        assert (await ok(http.get(f"{V1}/visits")))["visits"] == []
        for call in (
            http.put(f"{V1}/visits/SL-12", json=BARGE), http.post(f"{V1}/visits/import", json={"csv": TABLE}),
            http.post(f"{V1}/visits/V000001/depart"), http.post(f"{V1}/visits/V000001/reopen"),
        ):  # fmt: skip
            assert await code(call) == "auth.forbidden"

    asyncio.run(run())
