"""Controlled trials over HTTP with the real engine: who sees what, who decides, and what rubbish gets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.app import create_app
from amr_fleet.api.users import UserStore
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.fleet_time import LOCAL
from amr_fleet.rehearsal import units_of
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from tests.api.api_support import PASSWORD
from tests.unit.trial_rig import raw

V1 = "/api/v1"
Call = Callable[[str, str, str, Any], Awaitable[httpx.Response]]


@pytest.fixture
def call(users: UserStore, tmp_path: Path) -> Iterator[Call]:
    """Return call(user, method, path, body); users are called as their roles."""
    site = load_site("lab")
    service = FleetService(FleetEngine(build_roadmap(site), units_of(site)), JournalStore(":memory:"), lambda _c: None)
    app = create_app(service, site, users, static=tmp_path)
    users.add("so_khac", PASSWORD, "authority")
    stop, tokens = Event(), {}
    for name in ("viewer", "authority", "operator", "engineer", "admin", "so_khac"):
        tokens[name] = users.open_session(name, "token", "")

    def work() -> None:
        now = 0.0
        while not stop.is_set():
            now += 0.1
            service.advance(now)
            stop.wait(0.005)

    async def ask(user: str, method: str, path: str, body: Any = None) -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            headers = {"Authorization": f"Bearer {tokens[user]}"}
            return await http.request(method, f"{V1}{path}", json=body, headers=headers)

    thread = Thread(target=work)
    thread.start()
    yield ask
    stop.set()
    thread.join()


def now_record(**changes: Any) -> dict[str, Any]:
    """Return a record that holds today, for the account that is called authority."""
    now = datetime.fromtimestamp(time.time(), LOCAL)
    times = {"begin": (now - timedelta(days=1)).isoformat(), "end": (now + timedelta(days=1)).isoformat()}
    body = raw(envelope=times, **changes)
    return body | {"authority": {"organisation": "Sở", "accounts": ["authority"]}}


async def ok(answer: Awaitable[httpx.Response]) -> Any:
    response = await answer
    assert response.status_code in (200, 201), response.text
    return response.json()


async def code(answer: Awaitable[httpx.Response]) -> str:
    response = await answer
    assert response.status_code >= 400, response.text
    return str(response.json()["code"])


async def started(call: Call) -> None:
    await ok(call("engineer", "POST", "/sandbox", {"record": now_record()}))
    await ok(call("engineer", "POST", "/sandbox/TN-1/move", {"to": "submitted"}))
    await ok(call("admin", "POST", "/sandbox/TN-1/move", {"to": "approved"}))
    await ok(call("authority", "POST", "/sandbox/TN-1/move", {"to": "approved"}))
    await ok(call("operator", "POST", "/sandbox/TN-1/move", {"to": "running"}))


def test_an_authority_suspends_but_neither_orders_nor_edits(call: Call) -> None:
    async def run() -> None:
        await started(call)
        order = {"pick_place": "D1", "drop_place": "A1"}
        for method, path, body in (
            ("POST", "/orders", order), ("POST", "/robots/pause", None), ("POST", "/sandbox", {"record": now_record()}),
            ("POST", "/zones", {"kind": "closed", "polygon": [[1, 1], [2, 1], [2, 2]]}),
        ):  # fmt: skip
            assert await code(call("authority", method, path, body)) == "auth.forbidden"
        assert await code(call("viewer", "POST", "/sandbox/TN-1/move", {"to": "suspended"})) == "auth.forbidden"
        trial = await ok(call("authority", "POST", "/sandbox/TN-1/move", {"to": "suspended", "reason": "kiểm tra"}))
        assert (trial["state"], trial["suspended_by"]) == ("suspended", "authority")
        assert trial["transitions"][-1]["user"] == "authority"
        answer = await ok(call("viewer", "GET", "/sandbox", None))
        assert (answer["now"]["trial"], answer["now"]["bar"]) == ("TN-1", "suspended")
        assert answer["now"]["until"] > time.time() - 1
        assert await code(call("operator", "POST", "/sandbox/TN-1/move", {"to": "running"})) == "sandbox.authority"

    asyncio.run(run())


def test_an_authority_sees_only_the_trials_that_name_it(call: Call) -> None:
    async def run() -> None:
        await started(call)
        assert [t["trial_id"] for t in (await ok(call("authority", "GET", "/sandbox", None)))["trials"]] == ["TN-1"]
        assert (await ok(call("so_khac", "GET", "/sandbox", None)))["trials"] == []
        assert await code(call("so_khac", "GET", "/sandbox/TN-1", None)) == "sandbox.not_found"
        assert await code(call("so_khac", "POST", "/sandbox/TN-1/move", {"to": "suspended"})) == "sandbox.not_found"
        assert await code(call("so_khac", "POST", "/sandbox/TN-1/notes", {"kind": "watched"})) == "sandbox.not_found"
        assert await code(call("viewer", "GET", "/sandbox/TN-9", None)) == "sandbox.not_found"

    asyncio.run(run())


def test_a_review_says_what_is_wrong_and_out_of_reach_and_keeps_nothing(call: Call) -> None:
    async def run() -> None:
        good = await ok(call("engineer", "POST", "/sandbox/check", {"record": now_record()}))
        assert (good["findings"], good["missing"], good["out_of_reach"]) == ([], [], [])
        cut = now_record()
        cut["envelope"]["forbidden"] = [[[4.5, 7.0], [5.5, 7.0], [5.5, 9.0], [4.5, 9.0]]]
        assert (await ok(call("engineer", "POST", "/sandbox/check", {"record": cut})))["out_of_reach"]
        crossed = now_record()
        crossed["envelope"]["areas"] = [[[0, 0], [10, 10], [10, 0], [0, 10]]]
        bad = await ok(call("engineer", "POST", "/sandbox/check", {"record": crossed}))
        assert [f["code"] for f in bad["findings"]] == ["sandbox.self_crossing"]
        assert (await ok(call("viewer", "GET", "/sandbox", None)))["trials"] == []
        assert await code(call("engineer", "POST", "/sandbox", {"record": crossed})) == "sandbox.self_crossing"

    asyncio.run(run())


AREA = [[0, 0], [20, 0], [20, 12], [0, 12]]
BOW_TIE = [[0, 0], [10, 10], [10, 0], [0, 10]]
CUT = [[4.5, 7.0], [5.5, 7.0], [5.5, 9.0], [4.5, 9.0]]


def test_what_is_drawn_is_simulated_for_who_decides_and_nothing_is_kept(call: Call) -> None:
    async def run() -> None:
        await ok(call("operator", "POST", "/orders", {"pick_place": "D1", "drop_place": "A1"}))
        free = await ok(call("authority", "POST", "/sandbox/simulate", {"areas": [AREA]}))
        assert (free["stations"], free["out_of_reach"], free["closed"]) == (9, [], [])
        assert (free["orders_open"], free["orders"], free["ways_refused"]) == (1, [], 0)
        cut = {"areas": [AREA], "forbidden": [CUT], "serials": ["amr_01"]}
        shut = await ok(call("engineer", "POST", "/sandbox/simulate", cut))
        assert shut["out_of_reach"]
        assert {one["why"] for one in shut["out_of_reach"]} <= {"no_way", "no_return"}
        assert [(o["pick_place"], o["drop_place"]) for o in shut["orders"]] == [("D1", "A1")]
        assert (shut["orders_open"], shut["orders_refused"]) == (1, 1)
        assert shut["ways_refused"] == len(shut["refused"]) <= shut["ways"] == 12
        assert {"pick_place": "D1", "drop_place": "A1", "after": None}.items() <= shut["refused"][0].items()
        assert shut["refused"][0]["before"] > 0
        assert shut["ways_stranding"] == sum(way["strands"] for way in shut["refused"])
        bound = {"pick_place": "D1", "drop_place": "B1", "robot": "amr_02"}
        await ok(call("operator", "POST", "/orders", bound))
        alone = await ok(call("engineer", "POST", "/sandbox/simulate", {"areas": [AREA], "serials": ["amr_01"]}))
        assert (alone["ways_refused"], alone["orders_open"], alone["orders_refused"]) == (0, 2, 1)
        assert [o["drop_place"] for o in alone["orders"]] == ["B1"], "its robot takes no part"
        assert await code(call("viewer", "POST", "/sandbox/simulate", cut)) == "auth.forbidden"
        assert (await ok(call("viewer", "GET", "/sandbox", None)))["trials"] == []

    asyncio.run(run())


@pytest.mark.parametrize(
    ("body", "wanted", "where"),
    [
        ({"areas": [BOW_TIE]}, "sandbox.self_crossing", "areas.0"),
        ({"areas": [AREA], "forbidden": [CUT, BOW_TIE]}, "sandbox.self_crossing", "forbidden.1"),
        ({"areas": [[[1, 1], [1, 1], [1, 1]]]}, "sandbox.invalid", "areas.0"),
        ({"areas": [[[1, 1], [5, 1], [9, 1]]]}, "sandbox.invalid", "areas.0"),
        ({"areas": [[[50, 50], [60, 50], [60, 60]]]}, "sandbox.outside_site", "areas.0"),
        ({"areas": []}, "sandbox.invalid", "areas"),
        ({"areas": [AREA], "serials": ["amr_99"]}, "sandbox.unknown_name", "serials"),
        ({"areas": [[[0, 0], [1, 1]]]}, "request.invalid", "areas.0"),
        ({"areas": [[[0, 0], [1e9, 1], [2, 2]]]}, "request.invalid", "areas.0.1.0"),
        ({"areas": [[[0, 0], ["x", 1], [2, 2]]]}, "request.invalid", "areas.0.1.0"),
        ({"areas": [AREA] * 51}, "request.invalid", "areas"),
        ({"areas": [[[i % 7, i] for i in range(201)]]}, "request.invalid", "areas.0"),
        ({"areas": None}, "request.invalid", "areas"),
        ({"areas": [AREA], "speed": 1}, "request.invalid", "speed"),
        ({"areas": [AREA], "max_load_kg": -1}, "request.invalid", "max_load_kg"),
        ({"areas": [AREA], "max_load_kg": "1400"}, "request.invalid", "max_load_kg"),
        ({}, "request.invalid", "areas"),
    ],
)  # fmt: skip
def test_a_bad_drawing_is_refused_with_its_place(call: Call, body: Any, wanted: str, where: str) -> None:
    async def run() -> None:
        response = await call("engineer", "POST", "/sandbox/simulate", body)
        assert response.status_code == 422
        problem = response.json()
        assert (problem["code"], problem["facts"]["where"].removeprefix("body.")) == (wanted, where)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("path", "body", "wanted"),
    [
        ("/sandbox", {"record": {}}, "sandbox.invalid"),
        ("/sandbox", {"record": []}, "request.invalid"),
        ("/sandbox", {}, "request.invalid"),
        ("/sandbox/TN-1/move", {"to": "flying"}, "request.invalid"),
        ("/sandbox/TN-1/move", {"to": "expired"}, "sandbox.wrong_state"),
        ("/sandbox/TN-1/move", {"to": "suspended", "reason": "a\u0000b"}, "sandbox.invalid"),
        ("/sandbox/TN-1/notes", {"kind": "incident", "row": {}}, "sandbox.invalid"),
        ("/sandbox/TN-1/notes", {"kind": "incident", "row": {"people": {"names": ["An"]}}}, "sandbox.invalid"),
        ("/sandbox/TN-1/notes", {"kind": "card", "row": {"plan": {"R": 2, "n": 1}}}, "sandbox.invalid"),
        ("/sandbox/TN-1/notes", {"kind": "gossip", "row": {}}, "request.invalid"),
    ],
)  # fmt: skip
def test_rubbish_is_refused_with_a_code(call: Call, path: str, body: Any, wanted: str) -> None:
    async def run() -> None:
        await started(call)
        assert await code(call("admin", "POST", path, body)) == wanted
        assert (await ok(call("viewer", "GET", "/sandbox/TN-1", None)))["state"] == "running"

    asyncio.run(run())


def test_incidents_conditions_proofs_and_cards_are_kept_and_judged(call: Call) -> None:
    async def run() -> None:
        await started(call)

        async def note(kind: str, row: Any, user: str = "operator") -> Any:
            return await ok(call(user, "POST", "/sandbox/TN-1/notes", {"kind": kind, "row": row}))

        incident = {
            "id": "SC-1", "t_occurred": 1.8e9, "t_noticed": 1.8e9 + 5, "kind": "near_miss", "severity": "S1",
            "what": "người đi vào lối robot", "people": {"n": 1},
        }  # fmt: skip
        await note("incident", incident, "authority")
        trial = await note("incident", {**incident, "closed": True, "cause": "thiếu rào"})
        assert [(i["id"], i["closed"], i["author"]) for i in trial["incidents"]] == [("SC-1", True, "operator")]
        rep = {"t0": 1.8e9, "t1": 1.8e9 + 60, "pass": True}
        card = {
            "id": "K-1", "title": {"vi": "Dừng"}, "plan": {"R": 0.9, "C": 0.9, "n": 22},
            "reps": [{"i": i + 1, **rep} for i in range(21)],
        }  # fmt: skip
        (judged,) = (await note("card", card))["cards"]
        assert (judged["state"], judged["passed"], judged["n"]) == ("open", 21, 21)
        card["reps"].append({"i": 22, **rep})  # type: ignore[attr-defined]
        (judged,) = (await note("card", card))["cards"]
        assert judged["state"] == "passed"
        assert judged["bound"] == pytest.approx(0.1 ** (1 / 22), abs=1e-3)
        changed = {**card, "reps": [{"i": 1, **rep, "pass": False}]}
        answer = call("operator", "POST", "/sandbox/TN-1/notes", {"kind": "card", "row": changed})
        assert await code(answer) == "sandbox.invalid"

    asyncio.run(run())
