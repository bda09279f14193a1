"""What robots have worked and their services over HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from amr_fleet.api.models.upkeep import limits_of
from amr_fleet.api.users import UserStore
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.settings import load_settings
from amr_fleet.ops import Ops
from amr_fleet.requests import NoteService
from amr_fleet.upkeep_requests import ChangeWork, CloseWork, OpenWork
from amr_fleet.wear_views import ServiceNote, WearView, Work
from tests.api.api_support import Connect
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site

V1 = "/api/v1"


def test_a_robots_work_is_told_and_a_service_noted(connect: Connect, fleet: FakeFleet, users: UserStore) -> None:
    before = ServiceNote(t=9.0, user="minh", text="Thay pin", work=Work(metres=40.0, lifts=1, hours=0.5))
    fleet.wear = (WearView(robot="amr_02", work=Work(metres=100.25, lifts=3, hours=1.5), services=(before,)),)

    async def run() -> None:
        async with connect("engineer") as http:
            found = (await http.get(f"{V1}/robots/amr_02/wear")).json()
            assert found["work"] == {"metres": 100.2, "lifts": 3, "hours": 1.5}
            assert found["since_service"] == {"metres": 60.2, "lifts": 2, "hours": 1.0}
            assert [note["text"] for note in found["services"]] == ["Thay pin"]
            assert (await http.get(f"{V1}/robots/amr_03/wear")).json()["work"]["lifts"] == 0
            assert (await http.get(f"{V1}/robots/nobody/wear")).json()["code"] == "robot.not_found"
            noted = await http.post(f"{V1}/robots/amr_02/service", json={"text": "Lau lidar"})
            assert noted.status_code == 200
            for rubbish in ({}, {"text": ""}, {"text": "x" * 1001}, {"text": 5}, {"text": "x", "more": 1}):
                answer = await http.post(f"{V1}/robots/amr_02/service", json=rubbish)
                assert answer.json()["code"] == "request.invalid"

    asyncio.run(run())
    assert fleet.asked[-1] == NoteService(robot="amr_02", text="Lau lidar", user="engineer")


def test_a_work_order_is_opened_by_who_sees_it_and_changed_and_closed_by_an_engineer(
    connect: Connect, fleet: FakeFleet, users: UserStore
) -> None:
    body = {"text": "Bánh kêu", "safety": True, "due_in_s": 3600.0, "owner": "Bảy"}

    async def run() -> None:
        async with connect("operator") as http:
            made = await http.post(f"{V1}/robots/amr_02/work-orders", json=body)
            assert (made.status_code, made.json()["due"]) == (201, pytest.approx(fleet.now + 3600.0, abs=60.0))
            for rubbish in ({}, {"text": " "}, {"text": "x" * 1001}, {"text": "x", "due_in_s": -1},
                            {"text": "x", "due_in_s": 1e300}, {"text": "x", "owner": "y" * 65},
                            {"text": "x", "safety": "maybe"}, {"text": "x", "more": 1}):  # fmt: skip
                answer = await http.post(f"{V1}/robots/amr_02/work-orders", json=rubbish)
                assert answer.json()["code"] == "request.invalid", rubbish
        async with connect("engineer") as http:
            changed = await http.post(f"{V1}/work-orders/M000001/change", json={"due_in_s": 0.0})
            assert (changed.json()["due"], changed.json()["owner"]) == (0.0, "Bảy")
            for rubbish in ({"outcome": ""}, {"outcome": "done"}, {"outcome": "lost", "note": "x"}):
                answer = await http.post(f"{V1}/work-orders/M000001/close", json=rubbish)
                assert answer.json()["code"] == "request.invalid", rubbish
            closing = {"outcome": "done", "note": "Thay bánh"}
            closed = await http.post(f"{V1}/work-orders/M000001/close", json=closing)
            assert closed.json()["closed_by"] == "engineer"
            missing = await http.post(f"{V1}/work-orders/M9/close", json=closing)
            assert (missing.status_code, missing.json()["code"]) == (404, "upkeep.not_found")
            answer = (await http.get(f"{V1}/work-orders", params={"robot": "amr_02"})).json()
            found, limits = answer["work_orders"], answer["limits"]
            assert (limits["km"], limits["safety_days"], limits["own"]) == (500.0, 30.0, False)
            assert [(one["work_id"], one["outcome"]) for one in found] == [("M000001", "done")]
            assert (await http.get(f"{V1}/work-orders", params={"robot": "amr_03"})).json()["work_orders"] == []

    asyncio.run(run())
    asked = [one for one in fleet.asked if isinstance(one, OpenWork | ChangeWork | CloseWork)]
    opened = OpenWork(robot="amr_02", text="Bánh kêu", safety=True, owner="Bảy", user="operator")
    assert isinstance(asked[0], OpenWork)
    assert replace(asked[0], due=0.0) == opened
    assert asked[1] == ChangeWork(work_id="M000001", due=0.0, user="engineer")
    assert asked[2] == CloseWork(work_id="M000001", outcome="done", note="Thay bánh", user="engineer")


def test_what_opens_a_work_order_is_told_as_the_settings_file_says_it(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("service_km: 250.0\nservice_hours: 0.0\noverdue_safety: rest\n", encoding="utf-8")
    limits = limits_of(load_settings(str(file)))
    assert (limits.km, limits.lifts, limits.hours, limits.overdue_safety, limits.own) == (
        250.0,
        10_000,
        0.0,
        "rest",
        True,
    )
    file.write_text("linger: 30.0\n", encoding="utf-8")
    assert not limits_of(load_settings(str(file))).own


def test_how_a_robot_was_over_days_is_told_from_the_journal(connect: Connect, app: FastAPI, fleet: FakeFleet) -> None:
    facts = {"from": fleet.now - 600.0, "soc_min": 0.31, "offline": 30.0, "score": 0.8, "score_min": 0.6, "unsure": 0.0}
    entries = [
        JournalEntry(t=fleet.now - 300.0, kind="robot_time", robot=name, facts=facts) for name in ("amr_02", "amr_03")
    ]
    ops = Ops(site=small_site(4), read_journal=lambda: entries)
    app.state.context = replace(app.state.context, ops=ops)

    async def run() -> None:
        async with connect("viewer") as http:
            for days, step in (("7", 3600.0), ("30", 21_600.0)):
                found = (await http.get(f"{V1}/robots/amr_02/health", params={"days": days})).json()
                (point,) = found["points"]
                assert (found["step"], point["known"], point["linked"]) == (step, 300.0, 0.9)
                assert (point["soc_min"], point["score_min"]) == (0.31, 0.6)
            assert (await http.get(f"{V1}/robots/amr_01/health")).json()["points"] == []
            for rubbish in ("0", "8", "-1", "x", "1e9"):
                answer = await http.get(f"{V1}/robots/amr_02/health", params={"days": rubbish})
                assert answer.json()["code"] == "request.invalid", rubbish
            assert (await http.get(f"{V1}/robots/nobody/health")).json()["code"] == "robot.not_found"

    asyncio.run(run())
