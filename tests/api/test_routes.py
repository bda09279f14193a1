"""Each route: its answer, who may use it, and that rubbish gets a code and never a stack trace."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from amr_core.errors import ERRORS, AmrError
from amr_fleet.api.app import create_app, routes
from amr_fleet.api.users import UserStore
from amr_fleet.ports import EngineCondition, Reason
from tests.api.api_support import PASSWORD, Connect
from tests.api.fake_fleet import FakeFleet
from tests.api.over_link import OVER_LINK
from tests.api.small_site import small_site

V1 = "/api/v1"
ORDER = {"pick_place": "DOCK-01", "drop_place": "BLK-02"}
VIEWER_GETS = ["/me", "/site", "/orders", "/robots"]
OPERATOR_POSTS = [
    "/orders",
    "/orders/T00001/cancel",
    "/robots/pause",
    "/robots/resume",
    "/robots/amr_01/pause",
    "/robots/amr_01/resume",
]


def test_reads_answer_as_the_contract_says(connect: Connect, fleet: FakeFleet) -> None:
    fleet.seed([("DOCK-01", "BLK-01", "TO_PICK", "amr_01", 0.0), ("DOCK-02", "BLK-02", "DONE", "amr_02", 0.0)])

    async def run() -> None:
        async with connect("viewer") as http:
            assert (await http.get(f"{V1}/me")).json()["role"] == "viewer"
            site = (await http.get(f"{V1}/site")).json()
            assert site["size"] == [72.0, 40.0]
            assert site["places"][0]["stations"][0]["id"] == "DOCK-01-1"
            robots = (await http.get(f"{V1}/robots")).json()["robots"]
            assert [r["name"] for r in robots] == ["amr_01", "amr_02", "amr_03", "amr_04"]
            assert robots[3]["waiting"]["code"] == "wait.traffic"
            assert [o["state"] for o in (await http.get(f"{V1}/orders")).json()["orders"]] == ["TO_PICK"]
            assert len((await http.get(f"{V1}/orders?state=all")).json()["orders"]) == 2
            assert len((await http.get(f"{V1}/orders?state=all&limit=1")).json()["orders"]) == 1
            order = (await http.get(f"{V1}/orders/T00002")).json()
            assert order["state"] == "DONE"
            assert order["history"][0]["event"] == "order_created"

    asyncio.run(run())


def test_applications_of_a_process_share_their_routes_and_nothing_else(app: FastAPI, users: UserStore) -> None:
    """What is shared is what each route takes and gives: to work that out again costs each application 0.3 s."""
    other = create_app(FakeFleet(robots=2), small_site(2), users)
    assert {id(route) for route in other.routes} & {id(route) for route in app.routes} >= {id(r) for r in routes()}

    async def robots(asked: FastAPI) -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=asked), base_url="http://test") as http:
            await http.post(f"{V1}/login", json={"user": "viewer", "password": PASSWORD})
            return len((await http.get(f"{V1}/robots")).json()["robots"])

    async def both() -> tuple[int, ...]:
        return await robots(app), await robots(other), await robots(app)

    assert asyncio.run(both()) == (4, 2, 4)


def test_orders_are_created_and_cancelled(connect: Connect, fleet: FakeFleet) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            body = {**ORDER, "priority": 3, "deadline_in_s": 600.0, "reference": "DN-7"}
            answer = await http.post(f"{V1}/orders", json=body)
            assert answer.status_code == 201
            order = answer.json()
            assert order["deadline"] == pytest.approx(fleet.now + 600, abs=5)
            assert order["priority"] == 3
            assert fleet.requests[0].user == "operator"
            assert fleet.requests[0].reference == "DN-7"
            cancelled = await http.post(f"{V1}/orders/{order['order_id']}/cancel")
            assert cancelled.json()["state"] == "CANCELLED"
            again = await http.post(f"{V1}/orders/{order['order_id']}/cancel")
            assert (again.status_code, again.json()["code"]) == (409, "order.finished")

    asyncio.run(run())


def test_robots_are_paused_one_by_one_and_together(connect: Connect, fleet: FakeFleet) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            assert (await http.post(f"{V1}/robots/amr_02/pause")).json() == {"ok": True}
            assert fleet.paused == {"amr_02"}
            await http.post(f"{V1}/robots/pause")
            assert len(fleet.paused) == 4
            await http.post(f"{V1}/robots/amr_01/resume")
            assert len(fleet.paused) == 3
            await http.post(f"{V1}/robots/resume")
            assert not fleet.paused
            unknown = await http.post(f"{V1}/robots/nobody/pause")
            assert (unknown.status_code, unknown.json()["code"]) == (404, "robot.not_found")

    asyncio.run(run())


def test_each_route_asks_for_the_role(connect: Connect) -> None:
    async def run() -> None:
        async with connect() as http:
            for path in VIEWER_GETS:
                answer = await http.get(V1 + path)
                assert (answer.status_code, answer.json()["code"]) == (401, "auth.required"), path
            for path in OPERATOR_POSTS:
                assert (await http.post(V1 + path, json=ORDER)).status_code == 401, path
            assert (await http.get(f"{V1}/health")).status_code == 200
        async with connect("viewer") as http:
            for path in OPERATOR_POSTS:
                answer = await http.post(V1 + path, json=ORDER)
                assert (answer.status_code, answer.json()["code"]) == (403, "auth.forbidden"), path
        for role in ("engineer", "admin"):
            async with connect(role) as http:
                assert (await http.post(f"{V1}/orders", json=ORDER)).status_code == 201

    asyncio.run(run())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"\xff\xfe",
        b"[" * 30_000,
        b'{"pick_place": "DOCK-01"}',
        b'{"pick_place": 7, "drop_place": "BLK-01"}',
        b'{"pick_place": "", "drop_place": "BLK-01"}',
        b'{"pick_place": "DOCK-01", "drop_place": "BLK-01", "\\ud800": 1}',
        b'{"pick_place": "\\ud800", "drop_place": "BLK-01"}',
        b'{"pick_place": "DOCK-01", "drop_place": "BLK-01", "priority": true}',
        b'{"pick_place": "DOCK-01", "drop_place": "BLK-01", "priority": 1e400}',
        b'{"pick_place": "DOCK-01", "drop_place": "BLK-01", "deadline_in_s": NaN}',
        b'{"pick_place": "DOCK-01", "drop_place": "BLK-01", "deadline_in_s": -5}',
        b'{"pick_place": "DOCK-01", "drop_place": "BLK-01", "priority": ' + b"9" * 5000 + b"}",
        b'{"pick_place": "NOWHERE", "drop_place": "BLK-01"}',
        b'{"pick_place": "DOCK-01", "drop_place": "DOCK-01"}',
        b'{"pick_place": "DOCK-01", "drop_place": "BLK-01", "reference": "' + b"x" * 70_000 + b'"}',
    ],
)
def test_rubbish_bodies_get_a_code(connect: Connect, fleet: FakeFleet, body: bytes) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            answer = await http.post(f"{V1}/orders", content=body, headers={"content-type": "application/json"})
            assert 400 <= answer.status_code < 500, answer.text
            _assert_error(answer.json())
            assert not fleet.requests

    asyncio.run(run())


def _assert_error(answer: dict[str, Any]) -> None:
    assert set(answer) == {"code", "facts"}
    assert answer["code"] in ERRORS


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "request.not_found"),
        ("GET", "/api", 404, "request.not_found"),
        ("POST", "/nothing", 405, "request.invalid"),
        ("DELETE", "/api/v1/orders", 405, "request.invalid"),
        ("GET", "/api/v1/orders/T9", 404, "order.not_found"),
        ("GET", "/api/v1/orders?state=some", 422, "request.invalid"),
        ("GET", "/api/v1/orders?limit=0", 422, "request.invalid"),
        ("GET", "/assets/none.js", 404, "request.not_found"),
        ("GET", "/assets/%2e%2e/%2e%2e/users.db", 404, "request.not_found"),
    ],
)
def test_unknown_things_get_a_code(connect: Connect, method: str, path: str, status: int, code: str) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            answer = await http.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (status, code)

    asyncio.run(run())


def test_a_fleet_that_fails_is_silent_or_breaks_gives_a_clear_error(connect: Connect, fleet: FakeFleet) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            fleet.failure = AmrError("store.failed", reason="disk full")
            answer = await http.post(f"{V1}/orders", json=ORDER)
            assert (answer.status_code, answer.json()["facts"]) == (503, {"reason": "disk full"})
            fleet.failure, fleet.silent = None, True
            answer = await http.post(f"{V1}/orders", json=ORDER)
            assert (answer.status_code, answer.json()["code"]) == (503, "fleet.no_answer")
            if OVER_LINK:  # what is broken there does not come here: the news end
                return
            fleet.broken = True
            answer = await http.get(f"{V1}/robots")
            assert (answer.status_code, answer.json()["code"]) == (500, "internal")
            assert "secret" not in answer.text

    asyncio.run(run())


def test_ready_follows_the_fleet(connect: Connect, fleet: FakeFleet) -> None:
    async def run() -> None:
        async with connect() as http:
            assert (await http.get(f"{V1}/ready")).json() == {"status": "ready"}
            for condition, status in (
                (EngineCondition(step_age=2.5), "stalled"),
                (EngineCondition(trouble=Reason("store.failed", {"reason": "disk full"})), "storage"),
            ):
                fleet.condition_now = condition
                answer = await http.get(f"{V1}/ready")
                assert (answer.status_code, answer.json()) == (503, {"status": status})
            fleet.condition_now = EngineCondition()
            fleet.ready = False
            assert (await http.get(f"{V1}/ready")).status_code == 503

    asyncio.run(run())


def test_the_dashboard_is_served_with_security_headers(connect: Connect) -> None:
    async def run() -> None:
        async with connect() as http:
            for path in ("/", "/robots"):
                page = await http.get(path)
                assert page.status_code == 200
                assert "<title>AMR" in page.text
                assert "default-src 'self'" in page.headers["content-security-policy"]
                assert page.headers["x-content-type-options"] == "nosniff"
            asset = await http.get("/assets/a-1.js")
            assert "immutable" in asset.headers["cache-control"]
            of_page = page.headers["content-security-policy"]
            assert asset.headers["content-security-policy"] == re.sub(" 'nonce-[^']*'", "", of_page)
            reader = await http.get("/assets/read_codes.worker-1.js")
            assert reader.headers["content-security-policy"] == "default-src 'none'; script-src 'wasm-unsafe-eval'"
            assert (await http.get(f"{V1}/health")).headers["cache-control"] == "no-store"

    asyncio.run(run())
