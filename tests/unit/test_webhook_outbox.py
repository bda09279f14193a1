"""The outbox of webhooks: in order, after hours without a receiver, dead letters, targets that stop and go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import OutgoingEvent, OutgoingStore
from amr_fleet.webhooks.delivery import DeliveryOutcome
from amr_fleet.webhooks.desk import DELAYS, Webhooks
from amr_fleet.webhooks.settings import WebhookSettings, WebhookTarget
from tests.webhook_receiver import SECRET, Receiver, life_of, receiving, settings_for


class Rig:
    """Webhooks on a clock of its own, stepped by hand, with answers as they are set."""

    def __init__(
        self, folder: Path, settings: WebhookSettings, send: Callable[..., DeliveryOutcome] | None = None
    ) -> None:
        self.now = 1_800_000_000.0
        self.journal = JournalStore(str(folder / "journal.sqlite3"))
        self.store = OutgoingStore(str(folder / "webhooks.sqlite3"))
        self.log: list[str] = []
        more: dict[str, Any] = {} if send is None else {"send": send}
        self.hooks = Webhooks(
            settings, self.journal, self.store, site="s", log=self.log.append, clock=lambda: self.now, **more
        )
        self.target: WebhookTarget = settings.targets[0]

    def turn(self, seconds: float = 0.0) -> int:
        self.now += seconds
        while self.hooks.read(self.target):
            pass
        return self.hooks.send_due(self.target)

    def all(self, seconds: float = 0.0) -> None:
        while self.turn(seconds):
            seconds = 0.0


def test_a_receiver_that_is_down_for_six_hours_gets_everything_in_order(receiver: Receiver, tmp_path: Path) -> None:
    rig = Rig(tmp_path, settings_for(receiver, tmp_path))
    receiver.status = 503
    tries = 0
    for hour in range(6):
        rig.journal.append(life_of(f"T{hour}", rig.now))
        for _ in range(360):
            rig.turn(10.0)
    tries = len(receiver.came)
    assert 20 < tries < 80  # a probe now and then, whatever waits
    assert rig.hooks.standings()[0].waiting == 24
    receiver.status = 200
    for _ in range(80):
        rig.all(10.0)
    standing = rig.hooks.standings()[0]
    assert (standing.waiting, standing.dead, standing.sent) == (0, 0, 24)
    taken = receiver.bodies()[tries:]
    for hour in range(6):
        of_it = [b["type"] for b in taken if b["data"]["order_id"] == f"T{hour}"]
        assert of_it == ["order.created", "order.assigned", "order.picked", "order.delivered"]
    assert SECRET not in " ".join(rig.log)
    assert receiver.url not in " ".join(rig.log)
    assert 1 <= len(rig.log) <= 4


def test_an_event_that_is_refused_for_good_is_a_dead_letter_and_others_go_on(tmp_path: Path) -> None:
    def refuse_t1(_target: object, event: OutgoingEvent, _now: float, **_: object) -> DeliveryOutcome:
        return DeliveryOutcome("refused", "HTTP 422") if event.line == "order:T1" else DeliveryOutcome("taken")

    with receiving() as receiver:
        rig = Rig(tmp_path, settings_for(receiver, tmp_path), refuse_t1)
    rig.journal.append([*life_of("T1")[:1], *life_of("T2")])
    rig.all()
    assert rig.hooks.standings()[0].sent == 4
    for _ in DELAYS:
        rig.turn(86400.0 * 1.3)
    assert [(d.line, d.reason, d.attempts) for d in rig.hooks.dead()] == [("order:T1", "HTTP 422", len(DELAYS) + 1)]
    other = replace(rig.hooks.dead()[0], target="escalation:mail", row=0)  # on PostgreSQL they share a table
    rig.hooks._store.begin(other.target, 0)
    rig.hooks._store.add(other.target, [other], 0)
    rig.hooks._store.give_up(rig.hooks._store.due(other.target, 0.0, 1)[0].row, 12, "", 0.0)
    assert [d.target for d in rig.hooks.dead()] == ["wms"]
    rig.hooks._send = lambda *_, **__: DeliveryOutcome("taken")
    row = rig.hooks.dead()[0].row
    assert rig.hooks.resend("wms", row) == 1
    rig.all()
    assert rig.hooks.standings()[0].sent == 5
    for target, number in (("wms", row), ("nobody", None)):
        with pytest.raises(AmrError) as caught:
            rig.hooks.resend(target, number)
        assert caught.value.code == "webhook.not_found"


def test_a_row_that_is_no_dead_letter_resumes_nothing(receiver: Receiver, tmp_path: Path) -> None:
    rig = Rig(tmp_path, settings_for(receiver, tmp_path))
    rig.store.stop("wms", "HTTP 410")
    with pytest.raises(AmrError, match=r"webhook\.not_found"):
        rig.hooks.resend("wms", 99)
    assert rig.hooks.standings()[0].stopped == "HTTP 410"


def test_after_a_restart_nothing_waits_for_a_receiver_that_answers(receiver: Receiver, tmp_path: Path) -> None:
    """That the target was away is remembered in memory only: after a restart its answer hurried nothing."""
    settings = settings_for(receiver, tmp_path)
    rig = Rig(tmp_path, settings)
    rig.journal.append([*life_of("T1"), *life_of("T2")])
    receiver.status = 422
    for _ in range(8):
        rig.turn(90_000.0)
    receiver.status = 200
    again = Rig(tmp_path, settings)
    again.now = rig.now
    again.all()
    assert again.hooks.standings()[0].sent == 8


def test_whatever_is_raised_in_a_thread_it_goes_on_and_says_it_once(receiver: Receiver, tmp_path: Path) -> None:
    rig = Rig(tmp_path, settings_for(receiver, tmp_path))
    turns: list[int] = []

    def work() -> None:
        turns.append(1)
        if len(turns) == 3:
            rig.hooks._stop.set()
        raise RuntimeError(f"unforeseen at {receiver.url}")

    rig.hooks._again(work, 0.001)
    assert (len(turns), len(rig.log)) == (3, 1)
    assert "RuntimeError in work, line " in rig.log[0]
    assert receiver.url not in rig.log[0]


def test_410_stops_the_target_until_a_person_resumes_it(receiver: Receiver, tmp_path: Path) -> None:
    rig = Rig(tmp_path, settings_for(receiver, tmp_path))
    receiver.status = 410
    rig.journal.append(life_of("T1"))
    rig.turn()
    receiver.status = 200
    for _ in range(5):
        rig.turn(100_000.0)
    assert len(receiver.came) == 1
    assert rig.hooks.standings()[0].stopped == "HTTP 410"
    rig.hooks.resend("wms")
    rig.all()
    assert rig.hooks.standings()[0].sent == 4


def test_a_target_gets_only_what_it_wants_and_only_from_now_on(receiver: Receiver, tmp_path: Path) -> None:
    settings = settings_for(receiver, tmp_path, events=["order.delivered"])
    JournalStore(str(tmp_path / "journal.sqlite3")).append(life_of("T0"))
    rig = Rig(tmp_path, settings)
    rig.journal.append(life_of("T1"))
    rig.all()
    assert [(b["type"], b["data"]["order_id"]) for b in receiver.bodies()] == [("order.delivered", "T1")]
    assert rig.hooks.standings()[0].seq == 10


def test_a_journal_that_is_shorter_than_before_is_said_and_followed(receiver: Receiver, tmp_path: Path) -> None:
    rig = Rig(tmp_path, settings_for(receiver, tmp_path))
    rig.store.add("wms", [], 500)
    rig.journal.append(life_of("T1"))
    rig.all()
    assert any("shorter" in line for line in rig.log)
    rig.journal.append(life_of("T2"))
    rig.all()
    assert {b["data"]["order_id"] for b in receiver.bodies()} == {"T2"}


def test_threads_send_by_themselves_and_end(receiver: Receiver, tmp_path: Path) -> None:
    rig = Rig(tmp_path, settings_for(receiver, tmp_path))
    rig.hooks.start()
    rig.journal.append(life_of("T1"))
    end = time.monotonic() + 20.0
    while len(receiver.came) < 4 and time.monotonic() < end:
        time.sleep(0.02)
    assert len(receiver.came) == 4
    rig.hooks.close()
    assert not any(thread.is_alive() for thread in rig.hooks._threads)
