"""Lists of orders, commands to orders, cargo and the book over HTTP, against a fleet engine on the lab site."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time as clock
from pathlib import Path
from threading import Event, Thread
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

V1 = "/api/v1"
SSCC, CONTAINER = "106141412345678908", "CSQU3054383"
TABLE = f"""Nơi lấy;Nơi trả;Ưu tiên;Hạn (phút);Mã hàng;Loại hàng;Số chứng từ;Khách hàng
D1;A1;5;30;(00){SSCC};pallet;DN-1;Gạo Sông Hậu
D1;A1;;;;;DN-1;
D1;A1;siêu gấp;;;;DN-2;
D1;Z9;;;;;DN-3;

D1;A1;;;CSQU3054384;container;DN-4;
"""


@contextmanager
def running(service: FleetService) -> Iterator[None]:
    """Step the engine in a thread of its own: no robot reports, so orders wait."""
    stop = Event()

    def work() -> None:
        now = 0.0
        while not stop.is_set():
            now += 0.1
            service.advance(now)
            stop.wait(0.005)

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def service() -> FleetService:
    site = load_site("lab")
    return FleetService(FleetEngine(build_roadmap(site), units_of(site)), JournalStore(":memory:"), lambda _: None)


@pytest.fixture
def http(service: FleetService, users: UserStore, tmp_path: Path) -> Iterator[httpx.AsyncClient]:
    app = create_app(service, load_site("lab"), users, static=tmp_path)
    with running(service):
        yield httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


async def log_in(http: httpx.AsyncClient) -> None:
    answer = await http.post(f"{V1}/login", json={"user": "engineer", "password": PASSWORD})
    assert answer.status_code == 200


async def ok(answer: Any) -> Any:
    response = await answer
    assert response.status_code in (200, 201), response.text
    return response.json()


async def code(answer: Any) -> str:
    response = await answer
    assert response.status_code >= 400, response.text
    return str(response.json()["code"])


def test_a_table_is_judged_row_by_row_dry_and_for_good(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await log_in(http)
        for dry_run in (True, False):
            answer = await ok(http.post(f"{V1}/orders/import", json={"csv": TABLE, "dry_run": dry_run}))
            assert [row["verdict"] for row in answer["rows"]] == ["created", "known", "refused", "refused", "refused"]
            codes = [row["error"]["code"] for row in answer["rows"] if row["error"]]
            assert codes == ["request.invalid", "order.unknown_place", "cargo.bad_container"]
            assert answer["rows"][2]["error"]["facts"]["where"] == "priority"
            found = (await ok(http.get(f"{V1}/orders")))["orders"]
            assert len(found) == (0 if dry_run else 1)
        assert (found[0]["load_id"], found[0]["cargo"]["customer"]) == (SSCC, "Gạo Sông Hậu")
        again = await ok(http.post(f"{V1}/orders/import", json={"csv": TABLE}))
        assert (again["created"], again["known"]) == (0, 2)
        rows = [{"pick_place": "D1", "drop_place": "A1", "reference": f"W{i}"} for i in range(300)]
        assert (await ok(http.post(f"{V1}/orders/import", json={"rows": rows})))["created"] == 300
        for bad in ("x", "a,b\n1,2", '"' * 9, "pick,drop\n" + "D1,A1\n" * 2001):
            assert await code(http.post(f"{V1}/orders/import", json={"csv": bad})) == "import.bad_table"

    asyncio.run(run())


def _workbook(rows: list[list[object]]) -> str:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return base64.b64encode(data.getvalue()).decode()


def test_a_list_is_taken_in_the_words_of_people_and_no_column_is_lost_in_silence(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await log_in(http)
        table: list[list[object]] = [
            ["Nơi lấy hàng", "Nơi giao", "Mức ưu tiên", "Hạn giao", "Giữ lại", "Ghi chú", "Trống", "Số phiếu"],
            ["d1", "Ô A1", "Khẩn", clock(15, 0), "có", "giao trước cơm", None, "P-1"],
            ["Cửa số D1", "a1", 5, 90, "không", None, None, "P-2"],
            ["D1", "A1", None, "17:75", None, None, None, "P-3"],
            ["D1", "A1", None, None, "chắc vậy", None, None, "P-4"],
        ]
        answer = await ok(http.post(f"{V1}/orders/import", json={"xlsx": _workbook(table), "dry_run": True}))
        assert answer["ignored"] == ["Ghi chú"]
        assert [row["verdict"] for row in answer["rows"]] == ["created", "created", "refused", "refused"]
        assert answer["rows"][0]["text"] == "d1 · Ô A1 · Khẩn · 15:00:00 · có · giao trước cơm · P-1"
        assert [row["error"]["facts"]["where"] for row in answer["rows"][2:]] == ["deadline_in_s", "held"]
        csv = "\n".join(";".join("" if cell is None else str(cell) for cell in row) for row in table[:3])
        await ok(http.post(f"{V1}/orders/import", json={"csv": csv}))
        second, first = (await ok(http.get(f"{V1}/orders")))["orders"]
        assert (first["pick_place"], first["drop_place"], first["priority"], first["held"]) == ("D1", "A1", 9, True)
        assert abs(first["deadline"] - 54_000) < 5  # in a simulation midnight is second 0
        assert (second["pick_place"], second["priority"], second["held"]) == ("D1", 5, False)
        assert 5400 <= second["deadline"] < 5500

    asyncio.run(run())


@pytest.mark.parametrize(
    "body",
    [
        {"csv": "từ,đến,giao đến\nD1,A1,A2"},
        {"xlsx": base64.b64encode(b"PK\x03\x04 nothing").decode()},
        {"xlsx": _workbook([])},
        {"xlsx": _workbook([["Từ", "Ghi chú"], ["D1", "x"]])},
    ],
)
def test_a_table_that_cannot_be_read_is_refused_whole(http: httpx.AsyncClient, body: dict[str, str]) -> None:
    async def run() -> None:
        await log_in(http)
        assert await code(http.post(f"{V1}/orders/import", json=body)) == "import.bad_table"
        assert await code(http.post(f"{V1}/orders/import", json={"xlsx": "*"})) == "request.invalid"

    asyncio.run(run())


def test_orders_are_changed_held_and_cancelled(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await log_in(http)
        await ok(http.put(f"{V1}/cutoffs/SL-15", json={"kind": "barge", "in_s": 3600.0}))
        body = {"pick_place": "D1", "drop_place": "A1", "cutoff": "SL-15", "held": True}
        order = await ok(http.post(f"{V1}/orders", json=body))
        assert order["held"]
        assert order["deadline"] > 3000
        path = f"{V1}/orders/{order['order_id']}"
        assert not (await ok(http.post(f"{path}/release")))["held"]
        assert (await ok(http.post(f"{path}/hold")))["held"]
        changed = await ok(http.post(f"{path}/change", json={"priority": 9, "deadline_in_s": 60.0}))
        assert (changed["priority"], changed["deadline"] < 3000) == (9, True)
        assert (await ok(http.post(f"{path}/reassign", json={"robot": "amr_01"})))["wanted_robot"] == "amr_01"
        assert (await ok(http.post(f"{path}/cancel", json={"mode": "now"})))["state"] == "CANCELLED"
        events = [e["event"] for e in (await ok(http.get(path)))["history"]]
        assert events == [
            "order_created", "order_released", "order_held", "order_changed", "order_reassigned", "order_cancelled",
        ]  # fmt: skip
        assert await code(http.post(f"{path}/hold")) == "order.finished"
        assert await code(http.post(f"{V1}/orders/T9/hold")) == "order.not_found"

    asyncio.run(run())


def test_the_book_and_cargo(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await log_in(http)
        order = {"pick_place": "D1", "drop_place": "A1"}
        await ok(http.put(f"{V1}/templates/Gạo", json=order))
        book = await ok(
            http.put(f"{V1}/schedules/Ca%20sáng", json={"order": order, "every_s": 3600.0, "due_in_s": 600.0})
        )
        assert book["templates"][0]["name"] == "Gạo"
        assert book["schedules"][0]["every"] == 3600.0
        assert await code(http.put(f"{V1}/templates/x", json={**order, "load_id": "P1"})) == "order.invalid"
        assert not (await ok(http.delete(f"{V1}/templates/Gạo")))["templates"]
        assert await code(http.delete(f"{V1}/templates/Gạo")) == "book.not_found"
        await ok(http.delete(f"{V1}/schedules/Ca%20sáng"))
        cargo = {"kind": "container", "customer": "Hậu Giang", "customs_hold": True}
        await ok(http.post(f"{V1}/orders", json={**order, "load_id": "csqu 305438-3", "cargo": cargo}))
        await asyncio.sleep(0.05)
        found = (await ok(http.get(f"{V1}/cargo?search=hậu")))["cargo"]
        assert [c["load_id"] for c in found] == [CONTAINER]
        assert (await ok(http.get(f"{V1}/cargo/{CONTAINER}")))["customs_hold"]
        released = await ok(http.post(f"{V1}/cargo/{CONTAINER}/release", json={"document": "TK-1"}))
        assert not released["customs_hold"]
        assert await code(http.get(f"{V1}/cargo/none")) == "cargo.not_found"

    asyncio.run(run())


def test_a_weight_is_checked_kept_and_told(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await log_in(http)
        order = {"pick_place": "D1", "drop_place": "A1", "load_id": "P-1"}
        for kg in (-1, 100_001, "900", True, None):
            refused = await http.post(f"{V1}/orders", json={**order, "cargo": {"weight_kg": kg}})
            assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid"), kg
        broken = '{"pick_place": "D1", "drop_place": "A1", "cargo": {"weight_kg": NaN}}'
        sent = await http.post(f"{V1}/orders", content=broken, headers={"Content-Type": "application/json"})
        assert sent.status_code == 422
        heavy = await http.post(f"{V1}/orders", json={**order, "cargo": {"weight_kg": 9000}})
        assert (heavy.status_code, heavy.json()["code"]) == (422, "order.too_heavy")
        made = await ok(http.post(f"{V1}/orders", json={**order, "cargo": {"weight_kg": 900.5}}))
        assert made["cargo"]["weight_kg"] == 900.5
        await asyncio.sleep(0.05)
        assert (await ok(http.get(f"{V1}/cargo/P-1")))["weight_kg"] == 900.5
        table = "Nơi lấy;Nơi trả;Khối lượng (kg)\nD1;A1;812,5\nD1;A1;9000\nD1;A1;nặng\n"
        rows = (await ok(http.post(f"{V1}/orders/import", json={"csv": table, "dry_run": True})))["rows"]
        assert [(r["error"] or {}).get("code", "") for r in rows] == ["", "order.too_heavy", "request.invalid"]
        for kind, why in (
            ("XLT1200", "order.unknown_load_type"),
            (7, "request.invalid"),
            ("x" * 300, "request.invalid"),
        ):
            refused = await http.post(f"{V1}/orders", json={**order, "load_id": "P-2", "cargo": {"load_type": kind}})
            assert (refused.status_code, refused.json()["code"]) == (422, why)
        big = await ok(http.post(f"{V1}/orders", json={**order, "load_id": "P-2", "cargo": {"load_type": "JUMBO"}}))
        assert big["cargo"]["load_type"] == "JUMBO"

    asyncio.run(run())


def test_robot_commands_have_codes(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await log_in(http)
        robot = f"{V1}/robots/amr_01"
        await ok(http.post(f"{robot}/integration", json={"level": "respected"}))
        await ok(http.post(f"{robot}/release", json={"person": "Nguyễn Văn An"}))
        assert await code(http.post(f"{robot}/send", json={"to": "charge"})) == "robot.unavailable"
        assert await code(http.post(f"{robot}/deliver", json={"place": "A1"})) == "robot.no_load"
        assert await code(http.post(f"{robot}/relocalise", json={"x": 1, "y": 1, "theta": 0})) == "robot.unavailable"
        assert await code(http.post(f"{robot}/send", json={"to": "moon"})) == "request.invalid"
        assert await code(http.post(f"{V1}/robots/x/send", json={"to": "park"})) == "robot.not_found"
        assert (await ok(http.get(f"{V1}/robots")))["robots"][0]["integration"] == "respected"

    asyncio.run(run())


@pytest.mark.parametrize("path", ["cargo", f"cargo/{SSCC}"])
def test_looking_for_loads_holds_up_nobody(service: FleetService, http: httpx.AsyncClient, path: str) -> None:
    """Over a link the answer may take seconds: in the event loop every other page would wait for it."""
    began, others, met = Event(), Event(), list[bool]()
    cargo = service.cargo

    def slow() -> Any:
        began.set()
        met.append(others.wait(3.0))
        return cargo()

    service.cargo = slow  # type: ignore[method-assign]

    async def run() -> None:
        await log_in(http)
        asked = asyncio.ensure_future(http.get(f"{V1}/{path}"))
        while not began.is_set():
            await asyncio.sleep(0.01)
        await ok(http.get(f"{V1}/book"))
        others.set()
        await asked

    asyncio.run(run())
    assert met == [True]


def test_another_system_finds_its_order_by_the_reference(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await log_in(http)
        for reference in ("WMS-1", "WMS-2"):
            await ok(http.post(f"{V1}/orders", json={"pick_place": "D1", "drop_place": "A1", "reference": reference}))
        found = (await ok(http.get(f"{V1}/orders?state=all&reference=WMS-1")))["orders"]
        assert [o["reference"] for o in found] == ["WMS-1"]
        assert (found[0]["eta"], found[0]["late"]) == (0.0, None)
        assert await ok(http.get(f"{V1}/orders?reference=none")) == {"orders": []}
        assert await code(http.get(f"{V1}/orders?reference={'x' * 65}")) == "request.invalid"

    asyncio.run(run())
