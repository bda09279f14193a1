"""Alarms in browsers over the API: switched on, tried and off by their owner; endpoints are shown to nobody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from amr_fleet.api.users import UserStore
from amr_fleet.escalation.desk import EscalationDesk
from amr_fleet.escalation.push import VapidKey
from amr_fleet.escalation.push_desk import PushDesk
from amr_fleet.escalation.settings import EscalationSettings
from amr_fleet.ops import Ops
from amr_fleet.store.outgoing import OutgoingStore
from amr_fleet.store.push_devices import AccountLook, PushDevices
from tests.api.api_support import Connect
from tests.api.small_site import small_site
from tests.push_service import Browser, PushService, push_service

ROUTE = "/api/v1/escalation/push"


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as made:
        yield made


@pytest.fixture
def desk(app: FastAPI, users: UserStore, tmp_path: Path, service: PushService) -> Iterator[EscalationDesk]:
    channel = {"name": "push", "kind": "push", "contact": "amr@port.example", "plain": True, "services": ["127.0.0.1"]}
    settings = EscalationSettings.model_validate(
        {
            "channels": [channel],
            "people": [{"name": "Lan", "addresses": {"push": "operator"}}],
            "steps": [{"after": 3, "channels": ["push"]}],
            "loopback": True,
        }
    )
    found, where = settings.push(), str(tmp_path / "escalation.sqlite3")
    assert found is not None
    accounts = AccountLook(users.rows._database.where)
    key = VapidKey.load_or_make(tmp_path / "push.key")
    push = PushDesk(found, PushDevices(where), accounts, key, loopback=True, clock=time.time)
    made = EscalationDesk(
        settings, app.state.context.fleet, OutgoingStore(where), site="s", log=lambda _said: None, push=push
    )
    ops = Ops(site=small_site(4), read_journal=list, escalation=made)
    app.state.context = replace(app.state.context, ops=ops, answer_seconds=30.0)
    yield made
    made.close()


def test_a_browser_is_switched_on_tried_and_off(
    connect: Connect, users: UserStore, desk: EscalationDesk, service: PushService
) -> None:
    browser = Browser("/send/s3cret")
    body = browser.given(service.port) | {"label": "Điện thoại"}

    async def run() -> None:
        async with connect("operator") as http:
            shown = (await http.get(ROUTE)).json()
            assert (shown["on"], shown["listed"], shown["devices"], len(shown["key"])) == (True, True, [], 87)
            made = await http.post(ROUTE, json=body)
            assert made.status_code == 200, made.text
            device = made.json()["id"]
            answers = [made.text, (await http.get(ROUTE)).text]
            assert (await http.post(f"{ROUTE}/{device}/test")).status_code == 200
            assert desk.send_due("push") == 1
            assert [said["title"] for said in service.texts(browser)] == ["[s] Tin thử"]
            [one] = (await http.get(ROUTE)).json()["devices"]
            assert (one["label"], one["error"], one["sent"] > 0) == ("Điện thoại", "", True)
            answers.append((await http.get("/api/v1/escalation")).text)
            assert '"silent":[]' in answers[-1]
            # Nobody sees or switches off another's.
            async with connect("engineer") as other:
                theirs = (await other.get(ROUTE)).json()
                assert (theirs["listed"], theirs["devices"]) == (False, [])
                for answer in (await other.delete(f"{ROUTE}/{device}"), await other.post(f"{ROUTE}/{device}/test")):
                    assert (answer.status_code, answer.json()["code"]) == (404, "escalation.not_found")
            assert (await http.delete(f"{ROUTE}/{device}")).status_code == 200
            assert (await http.get(ROUTE)).json()["devices"] == []
            audit = [row for row in users.rows.read_audit() if "push" in row.action]
            assert {row.action for row in audit} == {"push_on", "try_push", "push_off"}
            for text in (*answers, *(row.what for row in audit)):
                assert not any(secret in text for secret in ("s3cret", body["p256dh"], body["auth"]))

    asyncio.run(run())


def test_a_log_in_with_a_pin_switches_nothing_on(
    connect: Connect, users: UserStore, desk: EscalationDesk, service: PushService
) -> None:
    """On a tablet that everybody uses one person's alarms came over the work of the next for 30 days."""
    assert desk.push_standing("operator") is not None
    body = Browser().given(service.port) | {"label": "x"}
    users.set_pin("operator", "739105")

    async def run() -> None:
        async with connect() as http:
            http.cookies.set("amr_session", users.open_session("operator", "pin", "test"))
            answer = await http.post(ROUTE, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "push.with_pin")
            assert (await http.get(ROUTE)).json()["devices"] == []

    asyncio.run(run())


def test_log_out_ends_it_at_once(connect: Connect, desk: EscalationDesk, service: PushService) -> None:
    browser = Browser()

    async def run() -> None:
        async with connect("operator") as http:
            made = await http.post(ROUTE, json=browser.given(service.port) | {"label": "x"})
            assert (await http.post(f"{ROUTE}/{made.json()['id']}/test")).status_code == 200
            assert (await http.post("/api/v1/logout")).status_code == 200
        assert desk.send_due("push") == 0
        assert service.came == []

    asyncio.run(run())


def test_rubbish_is_refused_with_a_code(connect: Connect, desk: EscalationDesk, service: PushService) -> None:
    assert desk.push_standing("operator") is not None
    good = Browser().given(service.port) | {"label": "x"}

    async def run() -> None:
        async with connect("operator") as http:
            for name, value in (
                ("endpoint", "https://intranet.example/x"), ("endpoint", "x" * 1001), ("endpoint", 3),
                ("p256dh", "AAAA"), ("auth", "AAAA"), ("auth", None), ("label", ""),
                ("label", "x" * 65), ("user", "engineer"),
            ):  # fmt: skip
                answer = await http.post(ROUTE, json=good | {name: value})
                assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid"), name
                assert "intranet.example/x" not in answer.text
            for device in ("x", "..", "0" * 33):
                assert (await http.delete(f"{ROUTE}/{device}")).status_code in (404, 405, 422), device
            tries = [(await http.post(ROUTE, json=good)).status_code for _ in range(20)]
            assert (tries[0], tries[-1]) == (200, 429)
        for role in ("worker", "viewer"):
            async with connect(role) as http:
                assert (await http.post(ROUTE, json=good)).status_code == 403

    asyncio.run(run())


def test_off_says_that_it_is_off(connect: Connect) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            assert (await http.get(ROUTE)).json() == {"on": False, "key": "", "listed": False, "devices": []}
            answer = await http.post(ROUTE, json=Browser().given(80) | {"label": "x"})
            assert (answer.status_code, answer.json()["code"]) == (404, "escalation.not_found")

    asyncio.run(run())
