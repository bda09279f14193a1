"""The audit: who, when, what and with which result, without secrets, and what it does when it cannot be written."""

from __future__ import annotations

import asyncio
import json

import pytest

from amr_core.errors import AmrError
from amr_fleet.api import trail
from amr_fleet.api.trail import STRANGERS, STRANGERS_PER_S, Strangers
from amr_fleet.api.users import UserStore
from amr_fleet.store.accounts import AuditRow
from tests.api.api_support import Connect

V1 = "/api/v1"
ORDER = {"pick_place": "DOCK-01", "drop_place": "BLK-02"}


def test_the_audit_says_who_when_what_and_result_without_secrets(connect: Connect, users: UserStore) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            await http.post(f"{V1}/orders", json={**ORDER, "reference": "DN-7"})
            await http.post(f"{V1}/orders/T9/hold")
            await http.post(f"{V1}/me/password", json={"old": "my-old-secret", "new": "my-new-secret"})
            await http.post(f"{V1}/orders", content=b"{", headers={"content-type": "application/json"})
            assert (await http.get(f"{V1}/audit")).status_code == 403
        async with connect("engineer") as http:
            rows = (await http.get(f"{V1}/audit?user=operator")).json()["audit"]
            assert [(r["action"], r["result"]) for r in rows] == [
                ("create_order", "request.invalid"),
                ("change_password", "auth.wrong"),
                ("hold_order", "order.not_found"),
                ("create_order", "ok"),
                ("login", "ok"),
            ]
            assert "DN-7" in rows[3]["what"]
            assert "T9" in rows[2]["what"]
            assert "secret" not in str(rows)
            assert all(r["name"] == "operator" and r["at"] > 1e9 for r in rows)
            older = (await http.get(f"{V1}/audit?user=operator&before={rows[2]['id']}")).json()["audit"]
            assert [r["action"] for r in older] == ["create_order", "login"]

    asyncio.run(run())


def test_the_audit_says_which_lanes_and_of_very_many_as_many_as_fit(connect: Connect) -> None:
    """It said how many lanes were closed, not which."""
    lanes, many = ["A1", "A2", "A3", "A4"], [f"lane-{number:03d}" for number in range(100)]
    zone = {"kind": "closed", "lanes": lanes, "text": "dầu"}

    async def run() -> None:
        async with connect("operator") as http:
            for body in (zone, {**zone, "lanes": many}, {**zone, "lanes": [{"password": "x"}] * 4}):
                await http.post(f"{V1}/zones", json=body)
            await http.post(f"{V1}/what-if", json={"zones": [{**zone, "pin": "4711", "token": "4711"}]})
        async with connect("engineer") as http:
            supposed, rubbish, long, short, _ = (await http.get(f"{V1}/audit?user=operator")).json()["audit"]
        assert json.loads(short["what"])["lanes"] == lanes
        assert json.loads(long["what"])["lanes"] == many
        assert json.loads(rubbish["what"])["lanes"] == "4 rows"
        assert json.loads(supposed["what"])["zones"] == [zone]

    asyncio.run(run())
    assert trail._names(["x" * 64] * 40) == [*["x" * 64] * 15, "+25"]


def test_calls_that_nobody_logged_in_for_do_not_fill_the_disk() -> None:
    now = 0.0
    bucket = Strangers(lambda: now)
    assert sum(bucket.admit() for _ in range(1000)) == STRANGERS
    assert bucket.left_out == 1000 - STRANGERS
    now = 60.0
    assert sum(bucket.admit() for _ in range(1000)) == 60.0 * STRANGERS_PER_S


def test_a_change_that_cannot_be_written_down_is_an_error_and_the_next_one_is_not(
    connect: Connect, users: UserStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            good = users.rows.add_audit

            def full(_rows: object) -> None:
                raise AmrError("store.failed", reason="disk full")

            monkeypatch.setattr(users.rows, "add_audit", full)
            answers = await asyncio.gather(*(http.post(f"{V1}/orders", json=ORDER) for _ in range(5)))
            assert [(a.status_code, a.json()["code"]) for a in answers] == [(503, "store.failed")] * 5
            assert (await http.get(f"{V1}/orders")).status_code == 200
            sizes: list[int] = []

            def noted(rows: list[AuditRow]) -> None:
                sizes.append(len(rows))
                good(rows)

            monkeypatch.setattr(users.rows, "add_audit", noted)
            answers = await asyncio.gather(*(http.post(f"{V1}/orders", json=ORDER) for _ in range(20)))
            assert [a.status_code for a in answers] == [201] * 20
            assert sum(sizes) == 20
            assert len(sizes) < 20, "rows that wait at the same time are one transaction"

    asyncio.run(run())


def test_another_sites_page_changes_nothing_and_is_written_down(connect: Connect, users: UserStore) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            answer = await http.post(f"{V1}/orders", json=ORDER, headers={"origin": "http://evil.example"})
            assert (answer.status_code, answer.json()["code"]) == (403, "auth.forbidden")
            row = users.rows.read_audit(limit=1)[0]
            assert (row.name, row.result) == ("operator", "auth.forbidden")

    asyncio.run(run())
