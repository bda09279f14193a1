"""Idempotency-Key: a request that is sent again does nothing twice, also over a restart and a kill."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.app import create_app
from amr_fleet.api.once import body_hash, read_key
from amr_fleet.api.users import UserStore
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.rehearsal import units_of
from amr_fleet.service import FleetService
from amr_fleet.store.answers import KEPT_S, AnswerStore
from amr_fleet.store.database import Database
from amr_fleet.store.journal import JournalStore
from tests.api.api_support import FAST, PASSWORD, Connect
from tests.api.fake_fleet import FakeFleet
from tests.api.test_order_routes import running

V1 = "/api/v1"
ORDER = {"pick_place": "D1", "drop_place": "A1"}
KEY = {"Idempotency-Key": "3f1c9a52-once"}


@contextmanager
def fleet_of(folder: Path) -> Iterator[tuple[FleetService, UserStore, Any]]:
    """A whole fleet on a journal file and a file of users; both stay when it ends."""
    site = load_site("lab")
    store = JournalStore(str(folder / "journal.db"))
    engine = FleetEngine(build_roadmap(site), units_of(site), journal=store.read())
    service = FleetService(engine, store, lambda _command: None)
    users = UserStore(folder / "users.db", hasher=FAST)
    if users.role("operator") is None:
        users.add("operator", PASSWORD, "operator")
        users.add("admin", PASSWORD, "admin")
    with running(service):
        yield service, users, create_app(service, site, users, static=folder)
    users.close()
    store.close()


def call(app: Any, *requests: tuple[str, Any, dict[str, str]], user: str = "operator") -> list[httpx.Response]:
    """Log in and send POST requests (path, body, headers) at once; return the answers in their order."""

    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            await http.post(f"{V1}/login", json={"user": user, "password": PASSWORD})
            sent = [http.post(f"{V1}{path}", json=body, headers=headers) for path, body, headers in requests]
            return list(await asyncio.gather(*sent))

    return asyncio.run(run())


def test_a_hundred_at_once_are_one_order(tmp_path: Path) -> None:
    with fleet_of(tmp_path) as (service, _users, app):
        answers = call(app, *[("/orders", ORDER, KEY)] * 100)
        assert {a.status_code for a in answers} == {201}
        assert len({a.json()["order_id"] for a in answers}) == 1
        assert sum(a.headers.get("idempotency-replayed") == "true" for a in answers) == 99
        assert len(service.orders("all", 1000)) == 1


def test_the_first_answer_comes_again_after_a_restart_and_another_body_is_refused(tmp_path: Path) -> None:
    with fleet_of(tmp_path) as (_service, _users, app):
        (first,) = call(app, ("/orders", ORDER, KEY))
    with fleet_of(tmp_path) as (service, _users, app):
        (again,) = call(app, ("/orders", dict(reversed(ORDER.items())), KEY))
        assert (again.status_code, again.json()) == (201, first.json())
        (other,) = call(app, ("/orders", {**ORDER, "priority": 3}, KEY))
        assert (other.status_code, other.json()["code"]) == (422, "idempotency.other_body")
        (free,) = call(app, ("/orders", ORDER, {"Idempotency-Key": "another"}))
        assert free.json()["order_id"] != first.json()["order_id"]
        assert len(service.orders("all", 10)) == 2


def test_killed_between_journal_and_answer_the_order_is_known_from_the_journal(tmp_path: Path) -> None:
    with fleet_of(tmp_path) as (_service, users, app):
        users.answers.keep = lambda *_: None  # type: ignore[method-assign]
        (first,) = call(app, ("/orders", ORDER, KEY))
    with fleet_of(tmp_path) as (service, _users, app):
        (again,) = call(app, ("/orders", ORDER, KEY))
        assert again.json()["order_id"] == first.json()["order_id"]
        assert "idempotency-replayed" not in again.headers
        (other,) = call(app, ("/orders", {**ORDER, "priority": 3}, KEY))
        assert other.json()["code"] == "idempotency.other_body"
        assert len(service.orders("all", 10)) == 1


def test_lists_zones_and_work_orders_are_made_once_even_when_the_answer_was_not_kept(tmp_path: Path) -> None:
    rows, work = {"rows": [ORDER, ORDER]}, {"text": "Thay cản trước"}
    zone = {"kind": "slow", "polygon": [[1, 1], [2, 1], [2, 2]], "max_speed": 0.3, "text": "wet"}
    with fleet_of(tmp_path) as (service, users, app):
        users.answers.keep = lambda *_: None  # type: ignore[method-assign]
        for _ in range(2):
            call(app, ("/orders/import", rows, KEY), ("/zones", zone, KEY), ("/robots/amr_01/work-orders", work, KEY))
        assert len(service.orders("all", 10)) == 2
        assert len(service.snapshot().zones) == 1
        assert len(service.snapshot().upkeep) == 1, "an answer that never came is asked for again"
    with fleet_of(tmp_path) as (service, users, app):  # nor after a restart
        users.answers.keep = lambda *_: None  # type: ignore[method-assign]
        (again,) = call(app, ("/robots/amr_01/work-orders", work, KEY))
        assert again.json()["work_id"] == "M000001"
        (other,) = call(app, ("/robots/amr_01/work-orders", work, {"Idempotency-Key": "another"}))
        assert other.json()["work_id"] == "M000002"


def test_a_refusal_is_not_kept_and_a_key_belongs_to_its_sender_and_path(tmp_path: Path) -> None:
    with fleet_of(tmp_path) as (service, _users, app):
        (refused,) = call(app, ("/orders", {**ORDER, "drop_place": "nowhere"}, KEY))
        assert refused.json()["code"] == "order.unknown_place"
        (made,) = call(app, ("/orders", ORDER, KEY))
        assert made.status_code == 201
        (others,) = call(app, ("/orders", ORDER, KEY), user="admin")
        assert others.json()["order_id"] != made.json()["order_id"]
        (note,) = call(app, ("/notes", {"text": "x"}, KEY))
        assert note.status_code == 201
        assert len(service.orders("all", 10)) == 2


def test_an_answer_with_a_secret_is_not_kept(tmp_path: Path) -> None:
    with fleet_of(tmp_path) as (_service, users, app):
        body = {"name": "wms", "role": "operator"}
        (made,) = call(app, ("/users", body, KEY), user="admin")
        assert made.status_code == 201
        (again,) = call(app, ("/users", body, KEY), user="admin")
        assert (again.status_code, again.json()["code"]) == (409, "idempotency.not_kept")
        content = b"".join(path.read_bytes() for path in tmp_path.glob("users.db*"))
        assert made.json()["password"].encode() not in content
        assert users.role("wms") == "operator"


@pytest.mark.parametrize("bad", ["", '""', "a b", "x" * 256, "\x7f"])
def test_a_bad_key_is_refused_before_anything_happens(tmp_path: Path, bad: str) -> None:
    with pytest.raises(AmrError) as refused:
        read_key([bad])
    assert refused.value.code == "idempotency.bad_key"
    assert refused.value.http_status == 400
    with fleet_of(tmp_path) as (service, _users, app):
        (answer,) = call(app, ("/orders", ORDER, {"Idempotency-Key": bad}))
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.bad_key")
        assert not service.orders("all", 10)


def test_two_headers_are_refused_and_quotes_make_no_difference() -> None:
    with pytest.raises(AmrError):
        read_key(["a", "b"])
    assert read_key(['"8e03978e-40d5"']) == read_key(["8e03978e-40d5"]) == "8e03978e-40d5"


def test_who_is_not_logged_in_gets_no_kept_answer(connect: Connect) -> None:
    async def run() -> None:
        async with connect() as http:
            answer = await http.post(f"{V1}/orders", json=ORDER, headers=KEY)
            assert (answer.status_code, answer.json()["code"]) == (401, "auth.required")

    asyncio.run(run())


def test_while_the_first_is_at_work_the_second_is_told_so(
    connect: Connect, fleet: FakeFleet, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amr_fleet.api.once.WAIT_S", 0.05)
    body = {"pick_place": "DOCK-01", "drop_place": "BLK-01"}

    async def run() -> None:
        async with connect("operator") as http:
            fleet.silent = True
            first, second = await asyncio.gather(*[http.post(f"{V1}/orders", json=body, headers=KEY) for _ in "12"])
            assert {first.json()["code"], second.json()["code"]} == {"fleet.no_answer", "idempotency.running"}
            fleet.silent = False
            last = await http.post(f"{V1}/orders", json=body, headers=KEY)
            assert last.status_code == 201  # nobody knew what came of the first: it was done again, under one key
            assert len({request.key for request in fleet.requests}) == 1

    asyncio.run(run())


def test_old_keys_are_forgotten(tmp_path: Path) -> None:
    store = AnswerStore(Database(tmp_path / "a.db"))
    assert store.begin("k", "b", 100.0) is None
    store.keep("k", 201, "application/json", b"{}")
    kept = store.begin("k", "b", 100.0 + KEPT_S)
    assert kept is not None
    assert (kept.status, kept.answer) == (201, b"{}")
    assert store.begin("k", "b", 101.0 + KEPT_S) is None


def test_the_hash_of_a_body_needs_its_key() -> None:
    assert body_hash("k", b'{"a": 1, "b": 2}') == body_hash("k", b'{"b":2,"a":1}')
    assert body_hash("k", b"{") != body_hash("k", b"[")
    assert body_hash("k", b"{") != body_hash("l", b"{")
