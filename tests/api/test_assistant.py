"""The assistant over HTTP: the answers are the fleet's, also while a computer is busy, and what goes wrong is said."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from amr_fleet.api import assisting, foreseeing, server
from amr_fleet.api.routers import assistant as assisting_routes
from amr_fleet.api.users import UserStore
from amr_fleet.assistant import tools
from amr_fleet.assistant.evaluate import load_rows
from amr_fleet.assistant.foresight import NOTHING_SEEN
from amr_fleet.assistant.reading import Call
from amr_fleet.cargo_views import CargoView
from amr_fleet.domain.visits import view_of
from amr_fleet.ops import Ops
from amr_fleet.sandbox.book import Trial, Version
from amr_fleet.sandbox.permit import FREE
from amr_fleet.visit_views import Cutoff
from tests.api.api_support import Connect, WhatIfBusy, WhatIfDead
from tests.api.assistant_support import ASK, CONFIRM, be_patient, run
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.unit.trial_rig import record


@pytest.fixture(autouse=True)
def patient(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(app, monkeypatch)


def test_an_answer_has_the_fleets_figures_and_the_page_that_shows_them(connect: Connect) -> None:
    [said] = run(connect, "viewer", "Robot 1 đang làm gì?")
    assert said["kind"] == "tools"
    assert said["results"][0]["link"] == "/robots/amr_01"
    assert said["results"][0]["rows"][0]["robot"] == "AMR-01"


def test_an_answer_about_a_barge_leads_to_its_page_with_count_and_closing_time(
    connect: Connect, fleet: FakeFleet
) -> None:
    barge = Cutoff(name="SL-12", kind="barge", at=62_100.0, visit_id="V000007", planned=20)
    fleet.visits = (replace(view_of(barge, [], 60_000.0, {}), done=12, left=8, late=2, ends=63_000.0),)
    [said] = run(connect, "viewer", "Đơn nào của sà lan SL-12 trễ?")
    [result] = said["results"]
    assert result["link"] == "/visits/V000007"
    assert "đã giao 12/20 kiện, giờ cắt máng 17:15, dự kiến xong 17:30, sẽ trễ, 2 đơn sẽ trễ" in result["text"]


def test_orders_that_ended_are_known_though_no_snapshot_has_them(connect: Connect, fleet: FakeFleet) -> None:
    """It said that there is no such order, and of any day that none was delivered."""
    fleet.seed([("DOCK-01", "BLK-02", "DONE", "amr_01", 0.0), ("DOCK-02", "BLK-03", "CANCELLED", "", 0.0)])
    first, second = fleet.orders("ended", 10)[::-1]
    for order in (first, second):
        fleet.put(replace(order, finished=fleet.now - 1.0))
    assert not fleet.snapshot().orders
    one, all_done, gone, none = run(
        connect, "viewer", f"Đơn {first.order_id} giao lúc nào?", "Hôm nay giao xong những đơn nào?",
        "Hôm nay có đơn nào bị hủy không?", "Hôm qua có đơn nào bị hủy không?",
    )  # fmt: skip
    assert f"Đơn {first.order_id} đã xong lúc 05:00" in one["text"] or "lúc 04:59" in one["text"], one
    assert [[row["order"] for row in said["results"][0]["rows"]] for said in (all_done, gone, none)] == [
        [first.order_id], [second.order_id], [],
    ]  # fmt: skip


def test_an_order_that_ended_long_ago_is_asked_of_the_fleet(
    connect: Connect, fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assisting, "ENDED_ORDERS", 1)
    fleet.seed([("DOCK-01", "BLK-02", "DONE", "amr_01", 0.0), ("DOCK-02", "BLK-03", "CANCELLED", "", 0.0)])
    [oldest] = [order for order in fleet.orders("ended", 10) if order.state == "DONE"]
    one, many = run(connect, "viewer", f"Đơn {oldest.order_id} thế nào rồi?", "Những đơn nào đã xong?")
    assert f"Đơn {oldest.order_id} đã xong" in one["text"], one
    assert "chỉ xét những đơn tạo từ" in many["text"], many


def test_a_reading_that_was_asked_about_is_pressed(connect: Connect, fleet: FakeFleet) -> None:
    choose = "/api/v1/assistant/choose"

    async def talk() -> None:
        async with connect("operator") as http:
            asked = (await http.post(ASK, json={"text": "làm báo cáo"})).json()
            assert (asked["kind"], asked["whole"]) == ("clarify", [True] * 3)
            assert asked["choices"] == [f"Làm báo cáo: theo {kind}" for kind in ("ca", "ngày", "tuần")]
            pressed = {"id": asked["id"], "choice": asked["choices"][1]}
            said = (await http.post(choose, json=pressed)).json()
            assert said["proposals"][0]["call"] == {"name": "report_make", "args": {"kind": "daily"}}
            part = (await http.post(ASK, json={"text": "chở gạo đến BLK-02"})).json()
            assert part["whole"] == [False]  # where it is taken is still asked for
            for wrong in ({"id": part["id"], "choice": part["choices"][0]}, {**pressed, "choice": "Hủy đơn"}):
                assert (await http.post(choose, json=wrong)).json()["code"] == "assistant.no_answer"
            assert [turn["asked"] for turn in (await http.get("/api/v1/assistant/history")).json()["turns"]] == [
                "làm báo cáo", pressed["choice"], "chở gạo đến BLK-02",
            ]  # fmt: skip
        async with connect("viewer") as other:  # another person's question is not theirs to answer
            assert (await other.post(choose, json=pressed)).json()["code"] == "assistant.no_answer"

    asyncio.run(talk())
    assert fleet.asked == []


def test_the_authority_is_told_the_permit_that_the_fleet_drives_by(connect: Connect, fleet: FakeFleet) -> None:
    version = Version(number=1, sha256="0" * 64, t=0.0, user="engineer")
    named = record(authority={"organisation": "Sở", "accounts": ["authority"]})
    fleet.trial_book.trials["TN-1"] = Trial(record=named, versions=(version,), state="suspended")
    fleet.trial_book.version += 1
    fleet.permit = replace(FREE, trial="TN-1", bar="suspended")
    [said] = run(connect, "authority", "Giấy phép thử nghiệm còn hạn đến khi nào?")
    assert "“TN-1”: bị đình chỉ, giấy phép “01/GP”, từ 14:00 15/01/2027, đến 14:00 16/01/2027." in said["text"]
    assert "Robot đứng yên" in said["text"]
    assert said["results"][0]["link"] == "/sandbox"


def test_an_order_of_a_digit_that_is_no_number_is_unknown(app: FastAPI) -> None:
    """A digit that int() does not read ended a question as a fault of the server."""
    facts = assisting.facts_now(app.state.context)
    for name in ("²", "①"):
        assert not tools.run(facts, Call("order_get", {"order": name})).known


def test_commands_and_suggestions_do_not_wait_for_the_book_of_loads(
    connect: Connect, fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The book never gets shorter: on one of years every press ran out of time, and the proposal was gone."""
    read: list[str] = []

    def book() -> dict[str, CargoView]:
        read.append("book")
        return {}

    monkeypatch.setattr(fleet, "cargo", book)

    async def talk() -> None:
        async with connect("operator") as http:
            said = (await http.post(ASK, json={"text": "chở hàng từ DOCK-01 đến BLK-02"})).json()
            assert read
            read.clear()
            done = await http.post(CONFIRM, json={"proposal_id": said["proposals"][0]["proposal_id"]})
            assert done.json()["orders"]
            assert (await http.get("/api/v1/assistant/suggestions")).status_code == 200

    asyncio.run(talk())
    assert read == []


def test_rubbish_is_refused_or_asked_back(connect: Connect) -> None:
    for text in ("\u202e\u200b" * 9, "💥" * 90, "' OR 1=1 --", "<script>alert(1)</script>"):
        [said] = run(connect, "operator", text)
        assert said["kind"] in ("refuse", "clarify", "tools"), said
        assert said["executed"] == []
    [said] = run(connect, "operator", "x" * 401)
    assert said["code"] == "request.invalid"


def test_a_busy_computer_gets_an_honest_answer_everywhere_and_no_error(
    app: FastAPI, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a closed lane at a load of 20 the page said after 10 s that the fleet does not answer."""
    site = small_site(4)
    ops = Ops(site=site, read_journal=list, what_if=WhatIfBusy(site))
    assisting.load_grammar(app.state.context).result(60.0)  # how long that takes is not what is tried
    app.state.context = replace(app.state.context, answer_seconds=5.0, ops=ops)
    zone = {"kind": "closed", "lanes": [site.lanes[0].id], "text": "dầu"}
    assert foreseeing.ANSWER_SECONDS + assisting.PROPOSAL_SECONDS < 5.0
    monkeypatch.setattr(foreseeing, "ANSWER_SECONDS", 0.2)

    async def talk() -> None:
        async with connect("operator") as http:
            said = (await http.post(ASK, json={"text": "cho robot 2 dừng lại và chờ"})).json()
            name = said["proposals"][0]["proposal_id"]
            page, effects, supposed = await asyncio.gather(
                http.post("/api/v1/what-if", json={"zones": [zone]}),
                http.get(f"/api/v1/assistant/effects/{name}"),
                http.post(ASK, json={"text": "Nếu bớt robot 2 thì có trễ không?"}),
            )
            assert page.status_code == 200
            for seen in (page.json()["before"], page.json()["after"]):
                assert (seen["complete"], seen["simulated_s"], seen["late"], seen["stuck"]) == (False, 0, 0, 0)
            assert effects.json()["effects"] == [NOTHING_SEEN]
            assert NOTHING_SEEN in supposed.json()["text"]
            assert not supposed.json()["results"][0]["known"]

    asyncio.run(talk())


def test_who_asks_a_rehearsal_whose_process_dies_each_time_is_not_told_to_wait(app: FastAPI, connect: Connect) -> None:
    site = small_site(4)
    app.state.context = replace(app.state.context, ops=Ops(site=site, read_journal=list, what_if=WhatIfDead(site)))

    async def talk() -> None:
        async with connect("operator") as http:
            page = await http.post("/api/v1/what-if", json={"zones": []})
            assert (page.status_code, page.json()["code"]) == (500, "internal")
            assert page.json()["facts"]["reason"] == WhatIfDead.SAYS
            supposed = (await http.post(ASK, json={"text": "Nếu bớt robot 2 thì có trễ không?"})).json()
            assert "hỏng nhiều lần" in supposed["text"]
            assert NOTHING_SEEN not in supposed["text"]

    asyncio.run(talk())


def test_a_question_that_is_read_too_slowly_does_nothing_and_says_so(
    app: FastAPI, connect: Connect, fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = threading.Event()
    app.state.context.reader.submit(busy.wait, 30.0)
    monkeypatch.setattr(assisting_routes, "QUESTION_SECONDS", 0.1)
    [said] = run(connect, "operator", "Dừng robot 2")
    busy.set()
    assert (said["text"], said["executed"]) == (assisting.BUSY, [])
    app.state.context.reader.submit(int).result(20.0)  # what was asked has been read by now
    assert not any(robot.paused for robot in fleet.snapshot().robots)


def test_without_a_rehearsal_effects_are_empty_and_a_what_if_is_unknown(connect: Connect) -> None:
    [said] = run(connect, "operator", "Nếu bớt robot 2 thì có trễ không?")
    assert not said["results"][0]["known"]
    assert said["results"][0]["link"] == "/whatif"
    [said] = run(connect, "viewer", "Nếu bớt robot 2 thì có trễ không?")
    assert said["results"][0]["link"] == ""  # a viewer has no such page
    assert "trang" not in said["text"]


def test_a_wrong_answer_becomes_a_row_of_the_review_file(app: FastAPI, connect: Connect, tmp_path: Path) -> None:
    app.state.context.assistant.record.review = tmp_path / "review.jsonl"

    async def talk() -> None:
        async with connect("viewer") as http:
            first = (await http.post(ASK, json={"text": "Robot 1 đang làm gì?"})).json()
            second = (await http.post(ASK, json={"text": "Tình hình chung"})).json()
            wrong = {"id": second["id"], "note": "muốn hỏi kho"}
            assert (await http.post("/api/v1/assistant/wrong", json=wrong)).json() == {"ok": True}
            turns = (await http.get("/api/v1/assistant/history")).json()["turns"]
            assert [turn["id"] for turn in turns] == [first["id"], second["id"]]
            assert turns[0]["said"]["results"][0]["rows"][0]["robot"] == "AMR-01"
            for rubbish in ({"id": 0}, {"id": "1"}, {}, {"id": 1, "note": "x" * 201}, {"id": 1, "path": "/etc"}):
                assert (await http.post("/api/v1/assistant/wrong", json=rubbish)).status_code == 422, rubbish
        async with connect("operator") as other:  # another person's answers are not theirs to see or to report
            assert (await other.get("/api/v1/assistant/history")).json() == {"turns": []}
            answer = await other.post("/api/v1/assistant/wrong", json={"id": second["id"]})
            assert (answer.status_code, answer.json()["code"]) == (404, "assistant.no_answer")

    asyncio.run(talk())
    [row] = load_rows(tmp_path / "review.jsonl")
    assert (row["text"], row["note"], row["role"]) == ("Tình hình chung", "muốn hỏi kho", "viewer")
    assert row["context"] == [{"who": "user", "text": "Robot 1 đang làm gì?"}]
    assert row["got"]["tools"] == [{"name": "fleet_status", "args": {}}]
    assert (tmp_path / "review.jsonl").stat().st_mode & 0o077 == 0


def test_without_a_folder_a_report_is_one_clear_error(connect: Connect) -> None:
    async def talk() -> None:
        async with connect("viewer") as http:
            said = (await http.post(ASK, json={"text": "Tình hình chung"})).json()
            answer = await http.post("/api/v1/assistant/wrong", json={"id": said["id"]})
            assert answer.json()["code"] == "store.failed"

    asyncio.run(talk())


def test_suggestions_name_what_stands_now(connect: Connect, fleet: FakeFleet) -> None:
    async def talk() -> list[str]:
        async with connect("operator") as http:
            await http.post(ASK, json={"text": "dừng robot 2"})
            found: list[str] = (await http.get("/api/v1/assistant/suggestions")).json()["questions"]
            return found

    questions = asyncio.run(talk())
    assert any(question.startswith("Vì sao AMR-") for question in questions)
    assert "Tóm tắt ca trước" in questions


def test_the_first_question_waits_for_the_grammar_and_is_told_so_where_that_takes_long(
    connect: Connect, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: Future[None] = Future()
    desk = app.state.context.assistant
    monkeypatch.setattr(desk, "learn", lambda _: loaded)
    monkeypatch.setattr(assisting, "LOADING_SECONDS", 0.05)
    [said] = run(connect, "viewer", "Robot 1 đang làm gì?")
    assert said["code"] == "assistant.loading"
    threading.Timer(0.05, loaded.set_result, (None,)).start()
    monkeypatch.setattr(assisting, "LOADING_SECONDS", 20.0)
    [said] = run(connect, "viewer", "Robot 1 đang làm gì?")
    assert said["kind"] == "tools"


def test_the_grammar_leaves_the_computer_to_robots_and_pages_first(
    fleet: FakeFleet, users: UserStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a kill its second of CPU held up the first answers."""
    begun = threading.Event()
    monkeypatch.setattr(server, "load_grammar", lambda _: begun.set())
    monkeypatch.setattr(server, "GRAMMAR_AFTER", 3600.0)
    before = set(threading.enumerate())
    server.start(fleet, small_site(4), port_number=0, users=users).stop()
    for late in set(threading.enumerate()) - before:
        late.join(20.0)
        assert not late.is_alive(), late
    assert not begun.is_set()
    monkeypatch.setattr(server, "GRAMMAR_AFTER", 0.0)
    handle = server.start(fleet, small_site(4), port_number=0, users=users)
    assert begun.wait(20.0)
    handle.stop()
