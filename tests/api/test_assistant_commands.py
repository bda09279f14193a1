"""The assistant's commands over HTTP: only the person's own button does anything, and the audit trail has it all."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from amr_core.errors import AmrError
from amr_fleet.api.auth import Session
from amr_fleet.api.routers import assistant as assisting_routes
from amr_fleet.api.users import UserStore
from amr_fleet.assistant.desk import Desk
from amr_fleet.assistant.live import facts_of
from amr_fleet.assistant.reading import Call
from amr_fleet.ops import Ops
from amr_fleet.ports import ImportVerdict, ZoneView
from amr_fleet.requests import ImportOrders, SetPaused
from tests.api.api_support import Connect, WhatIfHere
from tests.api.assistant_support import ASK, CONFIRM, be_patient, run
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site


@pytest.fixture(autouse=True)
def patient(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(app, monkeypatch)


def rows_of(users: UserStore, action: str) -> list[dict[str, Any]]:
    """Return what the audit trail says of a route's calls, oldest first."""
    return [json.loads(row.what) for row in reversed(users.rows.read_audit(limit=50)) if row.action == action]


def test_the_audit_trail_says_what_was_asked_proposed_and_confirmed(connect: Connect, users: UserStore) -> None:
    """After a restart nobody could say what a number that was confirmed had been; long questions were cut."""
    long = "Robot 1 đang làm gì? Robot 2 đang làm gì? Robot 3 đang làm gì, đang ở đâu vậy?"
    said = run(connect, "operator", long, "dừng robot 2", "chở gạo từ DOCK-01 đến BLK-02", "{confirm}")
    asked = rows_of(users, "ask_assistant")
    assert asked[0]["text"] == long
    assert asked[0]["calls"] == [{"tool": "robot_get", "args": {"robot": f"amr_0{at}"}} for at in (1, 2, 3)]
    assert asked[1]["done"] == [{"tool": "robot_pause", "args": {"robot": "amr_02"}}]
    assert "proposed" not in asked[1]
    order = {"tool": "order_create", "args": said[2]["proposals"][0]["call"]["args"]}
    name = said[2]["proposals"][0]["proposal_id"]
    assert asked[2]["proposed"] == [{"proposal_id": name, **order}]
    [done] = rows_of(users, "confirm_proposal")
    assert done == {"proposal_id": name, "confirmed": order, "orders": said[3]["orders"]}


def test_a_confirmed_command_that_the_fleet_refuses_is_in_the_audit_trail_too(
    connect: Connect, users: UserStore, fleet: FakeFleet
) -> None:
    fleet.failure = AmrError("order.unreachable", pick="DOCK-01", drop="BLK-02")
    run(connect, "operator", "chở gạo từ DOCK-01 đến BLK-02", "{confirm}")
    [done] = rows_of(users, "confirm_proposal")
    assert done["confirmed"]["tool"] == "order_create"


def test_a_person_who_logged_in_with_a_pin_confirms_and_a_program_with_a_token_does_not(
    app: FastAPI, users: UserStore, fleet: FakeFleet
) -> None:
    users.set_pin("operator", "739105")

    async def talk(kind: str) -> int:
        headers = {"Authorization": f"Bearer {users.open_session('operator', kind, '')}"}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            said = (await http.post(ASK, json={"text": "chở gạo từ DOCK-01 đến BLK-02"})).json()
            body = {"proposal_id": said["proposals"][0]["proposal_id"]}
            return (await http.post(CONFIRM, json=body)).status_code

    assert asyncio.run(talk("token")) == 403
    assert asyncio.run(talk("pin")) == 200
    assert len(fleet.requests) == 1


def test_an_operators_pause_of_one_robot_is_done_at_once(connect: Connect, fleet: FakeFleet) -> None:
    [said] = run(connect, "operator", "dừng robot 2")
    assert said["executed"] == [{"name": "robot_pause", "args": {"robot": "amr_02"}}]
    assert [robot.name for robot in fleet.snapshot().robots if robot.paused] == ["amr_02"]


def test_a_viewer_pauses_nothing(connect: Connect, fleet: FakeFleet) -> None:
    [said] = run(connect, "viewer", "dừng robot 2")
    assert (said["kind"], said["executed"]) == ("refuse", [])
    assert not any(robot.paused for robot in fleet.snapshot().robots)


def test_a_proposal_does_nothing_until_the_button_and_then_once(connect: Connect, fleet: FakeFleet) -> None:
    before = len(fleet.snapshot().orders)
    said = run(
        connect, "operator", "chở hàng từ DOCK-01 đến BLK-02", "ok", "chở hàng từ DOCK-01 đến BLK-02", "{confirm}"
    )
    assert said[1]["kind"] == "clarify"
    assert said[3]["orders"], said
    assert len(fleet.snapshot().orders) == before + 1


def test_several_orders_are_made_at_one_press_and_their_number_is_told(connect: Connect, fleet: FakeFleet) -> None:
    _, done = run(connect, "operator", "chở 3 pallet gạo từ DOCK-01 đến BLK-02", "{confirm}")
    assert (len(done["orders"]), done["refused"]) == (3, 0)
    assert [type(request) for request in fleet.asked] == [ImportOrders]


def test_of_several_orders_those_that_were_refused_are_counted_and_of_none_why_is_said(
    connect: Connect, fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    no, yes = AmrError("order.unreachable", pick="DOCK-01", drop="BLK-02"), "T00001"
    answer = [ImportVerdict(verdict="created", order_id=yes), *[ImportVerdict(verdict="refused", error=no)] * 2]
    monkeypatch.setattr(fleet, "_other_result", lambda _: tuple(answer))
    _, done = run(connect, "operator", "chở 3 pallet gạo từ DOCK-01 đến BLK-02", "{confirm}")
    assert (done["orders"], done["refused"]) == ([yes], 2)
    del answer[0]
    _, done = run(connect, "operator", "chở 3 pallet gạo từ DOCK-01 đến BLK-02", "{confirm}")
    assert done["code"] == "order.unreachable"


def test_a_report_that_was_confirmed_is_a_file_to_fetch(app: FastAPI, connect: Connect) -> None:
    async def talk() -> Any:
        async with connect("operator") as http:
            said = (await http.post(ASK, json={"text": "làm báo cáo ca này ra Excel"})).json()
            [proposal] = said["proposals"]
            done = (await http.post(CONFIRM, json={"proposal_id": proposal["proposal_id"]})).json()
            return await http.get(done["link"]) if "link" in done else done["code"]

    assert asyncio.run(talk()) == "request.not_found"  # without a journal nothing says that it was made
    ops = Ops(site=small_site(4), read_journal=list)
    app.state.context = replace(app.state.context, ops=ops)
    answer = asyncio.run(talk())
    assert (answer.status_code, answer.content[:2]) == (200, b"PK")


def test_a_robot_that_another_person_paused_is_let_go_on_with_their_name_in_the_proposal(
    connect: Connect, fleet: FakeFleet
) -> None:
    fleet.ask(SetPaused(robots=("amr_02",), pause=True, user="minh", text="đang dỡ tay"))
    asked, _ = run(connect, "operator", "cho robot 2 chạy tiếp", "{confirm}")
    told = " ".join(asked["proposals"][0]["effects"])
    assert "minh tạm dừng lúc" in told
    assert "đang dỡ tay" in told
    last = fleet.asked[-1]
    assert isinstance(last, SetPaused)
    assert (last.user, last.instead_of) == ("operator", ("minh",))
    assert not any(robot.paused for robot in fleet.snapshot().robots)


def test_a_pause_that_its_owner_set_anew_after_the_proposal_is_not_lifted_by_it(
    connect: Connect, fleet: FakeFleet
) -> None:
    async def talk() -> Any:
        fleet.ask(SetPaused(robots=("amr_02",), pause=True, user="minh"))
        async with connect("operator") as http:
            [proposal] = (await http.post(ASK, json={"text": "cho robot 2 chạy tiếp"})).json()["proposals"]
            fleet.ask(SetPaused(robots=("amr_02",), pause=True, user="minh"))
            return (await http.post(CONFIRM, json={"proposal_id": proposal["proposal_id"]})).json()

    assert asyncio.run(talk())["code"] == "assistant.changed"
    assert fleet.paused == {"amr_02"}


def test_a_pause_that_came_after_the_proposal_is_not_lifted_by_it(connect: Connect, fleet: FakeFleet) -> None:
    async def talk() -> Any:
        fleet.ask(SetPaused(robots=("amr_02",), pause=True, user="operator"))
        async with connect("operator") as http:
            [proposal] = (await http.post(ASK, json={"text": "cho robot 2 chạy tiếp"})).json()["proposals"]
            fleet.ask(SetPaused(robots=("amr_02",), pause=True, user="minh"))
            return (await http.post(CONFIRM, json={"proposal_id": proposal["proposal_id"]})).json()

    assert asyncio.run(talk())["code"] == "assistant.changed"
    assert [robot.name for robot in fleet.snapshot().robots if robot.paused] == ["amr_02"]


def test_of_several_closures_one_that_is_over_by_now_keeps_no_other_shut(app: FastAPI, fleet: FakeFleet) -> None:
    """The first had run out between the picture and the request: the others stayed, and the page said refused."""
    lane, who = small_site(4).lanes[0].id, cast(Session, SimpleNamespace(user="lan"))
    for name in ("Z1", "Z2"):
        fleet.zones[name] = ZoneView(zone_id=name, kind="closed", elements=(lane,), user="lan", since=fleet.now)
    before, call = fleet.snapshot(), Call("zone_open", {"zone": lane})
    del fleet.zones["Z1"]
    asyncio.run(assisting_routes._do(call, app.state.context, who, before))
    assert fleet.zones == {}
    fleet.zones["Z1"] = before.zones[0]
    alone = fleet.snapshot()
    fleet.zones.clear()
    with pytest.raises(AmrError, match=r"zone\.not_found"):
        asyncio.run(assisting_routes._do(call, app.state.context, who, alone))


def test_an_unknown_proposal_is_one_clear_error(connect: Connect) -> None:
    async def talk() -> Any:
        async with connect("operator") as http:
            return (await http.post(CONFIRM, json={"proposal_id": "0" * 16})).json()

    assert asyncio.run(talk())["code"] == "assistant.no_proposal"


def test_a_proposal_says_what_it_touches_and_how_long_it_waits(connect: Connect) -> None:
    [said] = run(connect, "operator", "cho robot 2 dừng lại và chờ")
    proposal = said["proposals"][0]
    assert proposal["text_vi"] == proposal["text"]
    assert proposal["effects"]
    assert proposal["expires"] == 60.0


def test_who_becomes_late_is_rehearsed_before_anybody_confirms(app: FastAPI, connect: Connect) -> None:
    site = small_site(4)
    app.state.context = replace(
        app.state.context,
        answer_seconds=5.0,
        ops=Ops(site=site, read_journal=list, what_if=WhatIfHere(site)),
    )

    async def talk() -> None:
        async with connect("operator") as http:
            said = (await http.post(ASK, json={"text": "cho robot 2 dừng lại và chờ"})).json()
            name = said["proposals"][0]["proposal_id"]
            effects = (await http.get(f"/api/v1/assistant/effects/{name}")).json()
            assert effects["proposal_id"] == name
            assert any("trễ" in line for line in effects["effects"]), effects
            supposed = (await http.post(ASK, json={"text": "Nếu bớt robot 2 thì có trễ không?"})).json()
            assert supposed["results"][0]["known"], supposed
            assert "Trễ hạn:" in supposed["text"]
            assert supposed["results"][0]["at"]
            fewer = (await http.post(ASK, json={"text": "Nếu hỏng 1 trạm sạc thì sao?"})).json()
            assert fewer["results"][0]["known"], fewer
            assert "Giả định: bớt CHG-01" in fewer["text"]
            unknown = (await http.post(ASK, json={"text": "Nếu hỏng 90 trạm sạc thì sao?"})).json()
            assert not unknown["results"][0]["known"], unknown
        async with connect("admin") as other:
            answer = await other.get(f"/api/v1/assistant/effects/{name}")
            assert answer.json()["code"] == "assistant.no_proposal"
        async with connect("viewer") as other:
            assert (await other.get(f"/api/v1/assistant/effects/{name}")).status_code == 403

    asyncio.run(talk())


def test_a_press_on_a_pause_proposes_it_and_on_a_question_answers_it(fleet: FakeFleet) -> None:
    desk, facts = Desk(), facts_of(fleet.snapshot(), (), small_site(4))
    pause = Call("robot_pause", {"robot": "amr_02"})
    said = desk.choose("s", "lan", "operator", pause, facts, at=0.0)
    assert (said.executed, [one.call for one in said.proposals]) == ((), [pause])
    assert desk.choose("s", "lan", "viewer", pause, facts, at=1.0).why == "not_allowed"
    said = desk.choose("s", "lan", "viewer", Call("robot_get", {"robot": "amr_02"}), facts, at=2.0)
    assert said.text.startswith("AMR-02")
    then = desk.ask("s", "lan", "viewer", "Vì sao nó đứng?", facts, at=3.0)
    assert then.calls == (Call("robot_why_waiting", {"robot": "amr_02"}),)
