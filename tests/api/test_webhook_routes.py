"""Webhooks over the API: how targets do, dead letters, sending them again, who may."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI

from amr_fleet.ops import Ops
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import OutgoingEvent, OutgoingStore
from amr_fleet.webhooks.desk import Webhooks
from tests.api.api_support import Connect
from tests.api.small_site import small_site
from tests.webhook_receiver import Receiver, settings_for

ROUTE = "/api/v1/webhooks"


def with_webhooks(app: FastAPI, folder: Path) -> OutgoingStore:
    """Three events: one was given up, two wait."""
    store = OutgoingStore(str(folder / "webhooks.sqlite3"))
    journal = JournalStore(str(folder / "journal.sqlite3"))
    settings = settings_for(Receiver(port=9), folder)
    hooks = Webhooks(settings, journal, store, site="s", log=lambda _said: None, clock=lambda: 2000.0)
    made = [OutgoingEvent("wms", f"evt_{i}", "order.created", f"order:T{i}", "{}", at=1000.0 + i) for i in range(3)]
    store.add("wms", made, 3)
    store.give_up(store.due("wms", 1.0, 1)[0].row, 13, "HTTP 422", 1500.0)
    ops = Ops(site=small_site(4), read_journal=list, webhooks=hooks)
    app.state.context = replace(app.state.context, ops=ops, answer_seconds=30.0)
    return store


def test_an_engineer_sees_targets_and_dead_letters_and_sends_them_again(
    app: FastAPI, connect: Connect, tmp_path: Path
) -> None:
    store = with_webhooks(app, tmp_path)

    async def run() -> None:
        async with connect("engineer") as http:
            shown = (await http.get(ROUTE)).json()
            assert shown["targets"] == [
                {
                    "name": "wms",
                    "host": "127.0.0.1",
                    "waiting": 2,
                    "dead": 1,
                    "sent": 0,
                    "stopped": "",
                    "oldest": 1001.0,
                }
            ]
            letter = shown["dead"][0]
            assert (letter["event_id"], letter["reason"], letter["attempts"]) == ("evt_0", "HTTP 422", 13)
            assert "body" not in letter
            sent = await http.post(f"{ROUTE}/wms/resend", json={"row": letter["row"]})
            assert (sent.status_code, sent.json()) == (200, {"count": 1})
            assert (await http.get(ROUTE)).json()["dead"] == []
            store.give_up(letter["row"], 13, "HTTP 422", 1600.0)
            store.stop("wms", "HTTP 410")
            assert (await http.post(f"{ROUTE}/wms/resend")).json() == {"count": 1}
            assert store.stopped("wms") == ""

    asyncio.run(run())


def test_rubbish_is_refused_and_who_is_no_engineer_sees_nothing(app: FastAPI, connect: Connect, tmp_path: Path) -> None:
    with_webhooks(app, tmp_path)

    async def run() -> None:
        async with connect("engineer") as http:
            for target, body, status in (
                ("nobody", {}, 404), ("wms", {"row": 999}, 404), ("wms", {"row": 0}, 422), ("wms", {"row": "x"}, 422),
                ("wms", {"more": 1}, 422), ("wms", {"row": 1e300}, 422),
            ):  # fmt: skip
                answer = await http.post(f"{ROUTE}/{target}/resend", json=body)
                assert answer.status_code == status, (target, body)
        async with connect("operator") as http:
            assert (await http.get(ROUTE)).status_code == 403
            assert (await http.post(f"{ROUTE}/wms/resend")).status_code == 403

    asyncio.run(run())


def test_a_dead_letter_is_dropped_for_good(app: FastAPI, connect: Connect, tmp_path: Path) -> None:
    store = with_webhooks(app, tmp_path)

    async def run() -> None:
        async with connect("engineer") as http:
            row = (await http.get(ROUTE)).json()["dead"][0]["row"]
            for target, body, status in (
                ("nobody", {"row": row}, 404), ("wms", {"row": row + 1}, 404), ("wms", {}, 422),
                ("wms", {"row": 0}, 422),
                ("wms", {"row": None}, 422),
            ):  # fmt: skip
                answer = await http.post(f"{ROUTE}/{target}/drop", json=body)
                assert answer.status_code == status, (target, body)
            dropped = await http.post(f"{ROUTE}/wms/drop", json={"row": row})
            assert (dropped.status_code, dropped.json()) == (200, {"row": row})
            shown = (await http.get(ROUTE)).json()
            assert (shown["dead"], shown["targets"][0]["dead"], shown["targets"][0]["waiting"]) == ([], 0, 2)
            assert (await http.post(f"{ROUTE}/wms/drop", json={"row": row})).status_code == 404
            assert (await http.post(f"{ROUTE}/wms/resend", json={"row": row})).status_code == 404
        async with connect("operator") as http:
            assert (await http.post(f"{ROUTE}/wms/drop", json={"row": row})).status_code == 403
        assert [event.event_id for event in store.due("wms", 9e9, 10)] == ["evt_1", "evt_2"]

    asyncio.run(run())


def test_without_webhooks_the_lists_are_empty(connect: Connect) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            assert (await http.get(ROUTE)).json() == {"targets": [], "dead": []}
            answer = await http.post(f"{ROUTE}/wms/resend")
            assert (answer.status_code, answer.json()["code"]) == (404, "webhook.not_found")

    asyncio.run(run())
