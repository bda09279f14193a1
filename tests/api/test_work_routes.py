"""The worker's phone over HTTP against a real engine: what it may, what it sends again, and rubbish."""

from __future__ import annotations

import asyncio
import base64
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.app import create_app
from amr_fleet.api.photos import PhotoStore
from amr_fleet.api.routers.work import CALL_S
from amr_fleet.api.users import UserStore
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.rehearsal import units_of
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from amr_fleet.vocabulary import OrderState
from tests.api.api_support import PASSWORD, Connect
from tests.api.fake_fleet import FakeFleet
from tests.api.test_order_routes import code, ok, running
from tests.unit.test_photos import picture

V1 = "/api/v1"
ONCE = {"Idempotency-Key": "phone-1"}


@pytest.fixture
def http(users: UserStore, tmp_path: Path) -> Iterator[httpx.AsyncClient]:
    site = load_site("lab")
    store, photos = JournalStore(":memory:"), PhotoStore(tmp_path / "photos")
    service = FleetService(FleetEngine(build_roadmap(site), units_of(site)), store, lambda _command: None)
    app = create_app(service, site, users, static=tmp_path, photos=photos)
    with running(service):
        yield httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")
    photos.close()


async def be(http: httpx.AsyncClient, role: str) -> None:
    http.cookies.clear()
    await ok(http.post(f"{V1}/login", json={"user": role, "password": PASSWORD}))


def word(**facts: Any) -> dict[str, Any]:
    return {"order_id": "T000001", "said": "ready", "place": "D1", "at": time.time()} | facts


def image(data: bytes | None = None) -> dict[str, str]:
    return {"image": base64.b64encode(picture() if data is None else data).decode()}


def test_a_worker_calls_a_robot_says_what_is_wrong_and_sends_a_picture(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await be(http, "worker")
        places = (await ok(http.get(f"{V1}/work/places")))["places"]
        assert {"D1", "A1"} <= {place["id"] for place in places}
        called = await ok(http.post(f"{V1}/work/calls", json={"place": "D1", "to_place": "A1", "load_id": "PAL-1"}))
        here = await ok(http.get(f"{V1}/work/D1/tasks"))
        (task,) = here["tasks"]
        assert (task["order_id"], task["side"], task["other_place"]) == (called["order_id"], "from", "A1")
        assert abs(here["unix"] - time.time()) < 60
        assert [t["side"] for t in (await ok(http.get(f"{V1}/work/A1/tasks")))["tasks"]] == ["to"]
        kept = await ok(http.post(f"{V1}/work/photos", json=image()))
        assert kept["days"] == 7
        await ok(http.post(f"{V1}/work/words", json=word(said="damaged", photos=[kept["photo"]])))
        assert (await ok(http.get(f"{V1}/work/D1/tasks")))["tasks"][0]["said"] == ["damaged"]
        assert await code(http.get(f"{V1}/photos/{kept['photo']}")) == "auth.forbidden", "one's own neither"
        await be(http, "operator")
        shown = await http.get(f"{V1}/photos/{kept['photo']}")
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
        assert shown.headers["cache-control"] == "no-store"
        (told,) = (await ok(http.get(f"{V1}/cargo/PAL-1")))["said"]
        assert (told["said"], told["user"], told["photos"]) == ("damaged", "worker", [kept["photo"]])
        history = (await ok(http.get(f"{V1}/orders/T000001")))["history"]
        assert "order_said" in [entry["event"] for entry in history]
        assert await code(http.delete(f"{V1}/photos/{kept['photo']}")) == "auth.forbidden"
        await be(http, "engineer")
        await ok(http.delete(f"{V1}/photos/{kept['photo']}"))
        assert await code(http.get(f"{V1}/photos/{kept['photo']}")) == "photo.gone"

    asyncio.run(run())


def test_a_load_that_a_robot_took_away_is_no_task_where_it_was(connect: Connect, fleet: FakeFleet) -> None:
    """Its card said that a robot was coming for it."""
    states: tuple[OrderState, ...] = ("PICKING", "TO_DROP", "DROPPING")
    fleet.seed([("DOCK-01", "BLK-01", state, f"amr_0{n}", 0.0) for n, state in enumerate(states, start=1)])

    async def run() -> None:
        async with connect("worker") as own:
            for place, orders in (("DOCK-01", {"T00001"}), ("BLK-01", {"T00001", "T00002", "T00003"})):
                tasks = (await own.get(f"{V1}/work/{place}/tasks")).json()["tasks"]
                assert {task["order_id"] for task in tasks} == orders

    asyncio.run(run())


def test_ready_starts_only_an_order_that_was_made_for_it(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await be(http, "operator")
        way = {"pick_place": "D1", "drop_place": "A1"}
        held = await ok(http.post(f"{V1}/orders", json=way | {"held": True}))
        waits = await ok(http.post(f"{V1}/orders", json=way | {"until_ready": True}))
        assert waits["held"]
        await be(http, "worker")
        for order in (held, waits):
            await ok(http.post(f"{V1}/work/words", json=word(order_id=order["order_id"], at=time.time() - 1.0)))
        tasks = {task["order_id"]: task for task in (await ok(http.get(f"{V1}/work/D1/tasks")))["tasks"]}
        assert [tasks[o["order_id"]]["held"] for o in (held, waits)] == [True, False]
        await be(http, "operator")
        third = await ok(http.post(f"{V1}/orders", json=way | {"until_ready": True}))
        await be(http, "worker")
        tasks = {task["order_id"]: task for task in (await ok(http.get(f"{V1}/work/D1/tasks")))["tasks"]}
        assert [tasks[o["order_id"]]["awaits"] for o in (held, third)] == [False, True]

    asyncio.run(run())


def test_a_picture_that_takes_long_keeps_nobody_waiting(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    add = PhotoStore.add

    def slow(store: PhotoStore, data: bytes) -> str:
        begun.set()
        go_on.wait(60.0)
        return add(store, data)

    monkeypatch.setattr(PhotoStore, "add", slow)

    async def run() -> None:
        await be(http, "worker")
        sent = asyncio.create_task(ok(http.post(f"{V1}/work/photos", json=image())))
        try:
            assert await asyncio.to_thread(begun.wait, 60.0)
            assert (await ok(http.get(f"{V1}/work/D1/tasks")))["tasks"] == []
            assert not sent.done()
        finally:
            go_on.set()
        assert len((await sent)["photo"]) == 64

    asyncio.run(run())


def test_what_a_phone_sends_again_is_not_doubled(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await be(http, "worker")
        call = {"place": "D1", "to_place": "A1"}
        made = [await ok(http.post(f"{V1}/work/calls", json=call, headers=ONCE)) for _ in range(3)]
        assert made[0] == made[1] == made[2]
        said = word()
        for _ in range(3):
            await ok(http.post(f"{V1}/work/words", json=said, headers={"Idempotency-Key": "phone-2"}))
        await be(http, "operator")
        assert len((await ok(http.get(f"{V1}/orders")))["orders"]) == 1
        history = (await ok(http.get(f"{V1}/orders/T000001")))["history"]
        assert [entry["event"] for entry in history].count("order_said") == 1

    asyncio.run(run())


def test_a_word_of_ten_minutes_ago_has_the_time_at_which_it_was_said(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await be(http, "worker")
        await ok(http.post(f"{V1}/work/calls", json={"place": "D1", "to_place": "A1", "load_id": "PAL-1"}))
        await ok(http.post(f"{V1}/work/words", json=word(at=time.time() - 1.0)))
        await ok(http.post(f"{V1}/work/words", json=word(at=time.time() + 3600.0)))
        assert await code(http.post(f"{V1}/work/words", json=word(at=0.0))) == "request.invalid"
        await be(http, "operator")
        said = (await ok(http.get(f"{V1}/cargo/PAL-1")))["said"]
        now = (await ok(http.get(f"{V1}/work/D1/tasks")))["t"]
        assert all(0.0 <= entry["at"] <= now for entry in said)
        assert said[0]["at"] < said[1]["at"]

    asyncio.run(run())


def test_a_call_of_long_ago_moves_nothing(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await be(http, "worker")
        call = {"place": "D1", "to_place": "A1"}
        for at in (0.0, time.time() - CALL_S - 30.0):
            old = await http.post(f"{V1}/work/calls", json=call | {"at": at})
            assert (old.status_code, old.json()["code"], old.json()["facts"]) == (409, "work.call_old", {"minutes": 10})
        assert (await ok(http.get(f"{V1}/work/D1/tasks")))["tasks"] == []
        times = (time.time() - CALL_S + 60.0, time.time() + 3600.0, None)  # a phone whose clock is ahead means now
        for when in times:
            await ok(http.post(f"{V1}/work/calls", json=call | {"at": when}))
        assert len((await ok(http.get(f"{V1}/work/D1/tasks")))["tasks"]) == 3

    asyncio.run(run())


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("words", word(place="Z9"), "order.unknown_place"),
        ("words", word(order_id="T999999"), "order.not_found"),
        ("words", word(place="B1"), "work.wrong_place"),
        ("words", word(said="taken"), "work.not_now"),
        ("words", word(said="eaten"), "request.invalid"),
        ("words", word(photos=["../users.db"]), "request.invalid"),
        ("words", word(photos=["a" * 64] * 5), "request.invalid"),
        ("words", word(text="\u202eabc"), "request.invalid"),
        ("words", word(text="x" * 65), "request.invalid"),
        ("words", word(at="now"), "request.invalid"),
        ("words", word(at=-1), "request.invalid"),
        ("words", word(role="admin"), "request.invalid"),
        ("words", [], "request.invalid"),
        ("calls", {"place": "D1", "to_place": "D1"}, "order.same_place"),
        ("calls", {"place": "D1", "to_place": "nowhere"}, "order.unknown_place"),
        ("calls", {"place": "D1", "to_place": "A1", "priority": 9}, "request.invalid"),
        ("calls", {"place": "D1"}, "request.invalid"),
        ("calls", {"place": "D1", "to_place": "A1", "at": -1}, "request.invalid"),
        ("calls", {"place": "D1", "to_place": "A1", "at": "now"}, "request.invalid"),
        ("photos", {"image": "no base64!"}, "photo.unreadable"),
        ("photos", image(b"GIF89a"), "photo.unreadable"),
        ("photos", {"image": ""}, "photo.unreadable"),
        ("photos", {}, "request.invalid"),
    ],
)
def test_rubbish_is_refused(http: httpx.AsyncClient, path: str, body: Any, wrong: str) -> None:
    async def run() -> None:
        await be(http, "worker")
        await ok(http.post(f"{V1}/work/calls", json={"place": "D1", "to_place": "A1"}))
        assert await code(http.post(f"{V1}/work/{path}", json=body)) == wrong

    asyncio.run(run())


def test_who_presses_all_day_is_stopped(http: httpx.AsyncClient) -> None:
    async def run() -> None:
        await be(http, "worker")
        call = {"place": "D1", "to_place": "A1"}
        answers = [await http.post(f"{V1}/work/calls", json=call) for _ in range(14)]
        assert [a.status_code for a in answers][:10] == [201] * 10
        assert answers[-1].json()["code"] == "request.too_many"

    asyncio.run(run())


def test_a_worker_has_a_pin_and_nothing_else_of_the_fleet(http: httpx.AsyncClient, users: UserStore) -> None:
    users.set_pin("worker", "4827")

    async def run() -> None:
        assert "worker" in users.pin_names()
        await be(http, "worker")
        assert (await ok(http.get(f"{V1}/me")))["role"] == "worker"
        for path in ("robots", "orders", "cargo", "site", "book", "users", "audit", "cameras", "replay/span"):
            assert await code(http.get(f"{V1}/{path}")) == "auth.forbidden", path
        for role in ("viewer", "authority"):
            await be(http, role)
            assert await code(http.get(f"{V1}/work/places")) == "auth.forbidden", role
            assert await code(http.post(f"{V1}/work/calls", json={})) == "auth.forbidden", role

    asyncio.run(run())
