"""Pauses and holds over the API: whose they are, and that nobody lifts another person's unseen."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from amr_fleet.api.users import UserStore
from amr_fleet.requests import SetPaused
from tests.api.api_support import Connect
from tests.api.fake_fleet import FakeFleet

V1 = "/api/v1"


def test_a_resume_without_a_word_of_an_old_page_lifts_nobody_elses_pause(
    connect: Connect, fleet: FakeFleet, users: UserStore
) -> None:
    async def talk() -> list[Any]:
        async with connect("engineer") as minh, connect("operator") as lan:
            await minh.post(f"{V1}/robots/amr_02/pause", json={"text": "đang dỡ tay"})
            [seen] = [r for r in (await lan.get(f"{V1}/robots")).json()["robots"] if r["name"] == "amr_02"]
            answers = [await lan.post(f"{V1}/robots/amr_02/resume")]
            answers.append(await lan.post(f"{V1}/robots/amr_02/resume", json={"instead_of": ["huy"]}))
            stood = "amr_02" in fleet.paused
            said = {"instead_of": ["engineer"], "text": "đã hỏi", "seen": seen["pauses"][0]["since"]}
            answers.append(await lan.post(f"{V1}/robots/amr_02/resume", json=said))
            return [seen, stood, *answers]

    seen, stood, plain, wrong, good = asyncio.run(talk())
    since = seen["pauses"][0]["since"]
    assert [(p["user"], p["text"], p["scope"]) for p in seen["pauses"]] == [("engineer", "đang dỡ tay", "one")]
    for refused in (plain, wrong):
        assert (refused.status_code, refused.json()["code"]) == (409, "robot.held_by")
        assert refused.json()["facts"]["user"] == "engineer"
        assert refused.json()["facts"]["why"] == "đang dỡ tay"
    assert stood
    assert good.status_code == 200
    assert "amr_02" not in fleet.paused
    row = users.rows.read_audit(limit=1)[0]
    assert (row.action, row.name) == ("resume", "operator")
    assert json.loads(row.what) == {"name": "amr_02", "instead_of": ["engineer"], "text": "đã hỏi", "seen": since}
    assert [one.seen for one in fleet.asked if isinstance(one, SetPaused)][-1] == since


def test_another_persons_hold_of_an_order_is_named_and_ends_in_their_place_only(
    connect: Connect, fleet: FakeFleet
) -> None:
    fleet.seed([("DOCK-01", "BLK-01", "QUEUED", "", 0.0)])
    order = fleet.snapshot().orders[0].order_id

    async def talk() -> list[Any]:
        async with connect("engineer") as minh, connect("operator") as lan:
            held = await minh.post(f"{V1}/orders/{order}/hold", json={"text": "chờ giấy tờ"})
            refused = await lan.post(f"{V1}/orders/{order}/release")
            good = await lan.post(f"{V1}/orders/{order}/release", json={"instead_of": "engineer"})
            return [held, refused, good]

    held, refused, good = asyncio.run(talk())
    assert (held.json()["hold"]["user"], held.json()["hold"]["text"]) == ("engineer", "chờ giấy tờ")
    assert (refused.status_code, refused.json()["code"]) == (409, "order.held_by")
    assert refused.json()["facts"]["user"] == "engineer"
    assert good.json()["held"] is False
    assert good.json()["hold"] is None


def test_a_robot_that_is_to_be_unloaded_carries_its_load_on_only_when_nobody_is_said_to_stand_there(
    connect: Connect, fleet: FakeFleet
) -> None:
    fleet.seed([("DOCK-01", "BLK-01", "TO_DROP", "amr_02", 0.0)])
    order = fleet.snapshot().orders[0].order_id

    async def talk() -> list[Any]:
        async with connect("engineer") as minh, connect("operator") as lan:
            await lan.post(f"{V1}/orders/{order}/cancel", json={"mode": "now"})
            stood = "amr_02" in fleet.paused
            deliver = f"{V1}/robots/amr_02/deliver"
            own = await lan.post(deliver, json={"place": "BLK-01"})
            other = await minh.post(deliver, json={"place": "BLK-01", "nobody_there": True})
            named = await minh.post(deliver, json={"place": "BLK-01", "instead_of": ["operator"]})
            good = await lan.post(deliver, json={"place": "BLK-01", "nobody_there": True})
            return [stood, own, other, named, good]

    stood, own, other, named, good = asyncio.run(talk())
    assert stood
    codes = [(r.status_code, r.json()["code"]) for r in (own, other, named)]
    assert codes == [(409, "robot.somebody_there"), (409, "robot.held_by"), (409, "robot.somebody_there")]
    assert good.status_code == 201
    assert "amr_02" not in fleet.paused


def test_a_reason_is_a_short_text_that_people_can_read(connect: Connect) -> None:
    async def talk() -> list[int]:
        async with connect("operator") as http:
            await http.post(f"{V1}/robots/amr_02/pause")
            texts = ("x" * 121, "a\u202eb", "a\nb", "đang dỡ tay")
            return [(await http.post(f"{V1}/robots/amr_02/resume", json={"text": text})).status_code for text in texts]

    assert asyncio.run(talk()) == [422, 422, 422, 200]


SAID = (
    {"text": "x" * 130}, {"text": "a\u202eb"}, {"text": "a\nb"}, {"text": 5, "instead_of": "minh"}, {"more": 1},
    ["a"], "a", 7,
    {"instead_of": ["minh"] * 51}, {"instead_of": ["", 5, "m" * 65, "a\u200b"]}, {"text": "\ud800", "instead_of": None},
)  # fmt: skip


def test_a_stop_is_never_refused_for_what_is_said_with_it(connect: Connect, fleet: FakeFleet) -> None:
    """A program stopped a robot with a text of 130 letters: 422, and the robot drove on."""

    async def talk() -> list[int]:
        async with connect("operator") as http:
            where = ("robots/amr_02/pause", "robots/pause")
            asked = [(f"{V1}/{path}", json.dumps(said)) for said in SAID for path in where]
            kind = {"Content-Type": "application/json"}
            return [(await http.post(path, content=said, headers=kind)).status_code for path, said in asked]

    assert asyncio.run(talk()) == [200] * 2 * len(SAID)
    asked = [(one.text, one.instead_of) for one in fleet.asked[::2] if isinstance(one, SetPaused)]
    assert [text for text, _ in asked] == ["x" * 120, "ab", "a b", *[""] * 8]
    assert [len(names) for _, names in asked] == [0] * 8 + [50, 2, 0]
