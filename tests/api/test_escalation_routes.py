"""Escalation over the API: what is on, who is told, what became of messages, a test, who may."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from amr_fleet.escalation.desk import EscalationDesk
from amr_fleet.escalation.settings import EscalationSettings
from amr_fleet.ops import Ops
from amr_fleet.store.outgoing import OutgoingStore
from tests.api.api_support import Connect
from tests.api.small_site import small_site
from tests.mail_server import MailServer, mail_server

ROUTE = "/api/v1/escalation"
MAIL: dict[str, Any] = {
    "name": "mail", "kind": "email", "host": "127.0.0.1", "security": "none", "plain": True, "sender": "a@port.example",
}  # fmt: skip


def with_desk(app: FastAPI, folder: Path, box: MailServer) -> EscalationDesk:
    settings = EscalationSettings.model_validate(
        {
            "channels": [MAIL | {"port": box.port}],
            "people": [{"name": "Lan", "addresses": {"mail": "lan@port.example"}}],
            "steps": [{"after": 3, "channels": ["mail"]}],
            "loopback": True,
        }
    )
    store = OutgoingStore(str(folder / "escalation.sqlite3"))
    fleet = app.state.context.fleet
    desk = EscalationDesk(settings, fleet, store, site="s", log=lambda _said: None, clock=lambda: 1_800_000_000.0)
    ops = Ops(site=small_site(4), read_journal=list, escalation=desk)
    app.state.context = replace(app.state.context, ops=ops, answer_seconds=30.0)
    return desk


def test_what_is_on_and_a_test_and_what_became_of_it(app: FastAPI, connect: Connect, tmp_path: Path) -> None:
    async def run() -> None:
        with mail_server() as box:
            desk = with_desk(app, tmp_path, box)
            async with connect("engineer") as http:
                shown = (await http.get(ROUTE)).json()
                assert (shown["on"], shown["now"], shown["deliveries"]) == (True, ["Lan"], [])
                assert shown["steps"] == [{"after": 3.0, "channels": ["mail"], "people": []}]
                assert shown["channels"][0]["people"] == ["Lan"]
                answer = await http.post(f"{ROUTE}/test", json={"channel": "mail", "person": "Lan"})
                assert answer.status_code == 200
                assert [d["state"] for d in (await http.get(ROUTE)).json()["deliveries"]] == ["waiting"]
                assert desk.send_due("mail") == 1
                text = (await http.get(ROUTE)).text
                assert '"state":"sent"' in text
                assert "lan@port.example" not in text  # people are shown by name
            assert box.subjects() == ["[s] Tin thử"]
            desk.close()

    asyncio.run(run())


def test_rubbish_is_refused_and_tests_are_few(app: FastAPI, connect: Connect, tmp_path: Path) -> None:
    async def run() -> None:
        with_desk(app, tmp_path, MailServer(port=9))
        async with connect("engineer") as http:
            for body, status in (
                ({"channel": "sms", "person": "Lan"}, 404), ({"channel": "mail", "person": "x"}, 404),
                ({"channel": "mail"}, 404), ({"channel": ""}, 422), ({"channel": 3}, 422), ({}, 422),
                ({"channel": "mail", "person": "Lan", "to": "a@b.example"}, 422),
            ):  # fmt: skip
                assert (await http.post(f"{ROUTE}/test", json=body)).status_code == status, body
            tries = [
                (await http.post(f"{ROUTE}/test", json={"channel": "mail", "person": "Lan"})).status_code
                for _ in range(8)
            ]
            assert (tries[0], tries[-1]) == (200, 429)
        async with connect("operator") as http:
            assert (await http.get(ROUTE)).status_code == 200
            assert (await http.post(f"{ROUTE}/test", json={"channel": "mail", "person": "Lan"})).status_code == 403
        async with connect("viewer") as http:
            assert (await http.get(ROUTE)).status_code == 403

    asyncio.run(run())


def test_off_says_that_it_is_off(connect: Connect) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            shown = (await http.get(ROUTE)).json()
            assert (shown["on"], shown["channels"], shown["now"]) == (False, [], [])
            answer = await http.post(f"{ROUTE}/test", json={"channel": "mail"})
            assert (answer.status_code, answer.json()["code"]) == (404, "escalation.not_found")

    asyncio.run(run())
