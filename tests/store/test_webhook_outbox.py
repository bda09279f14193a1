"""The outbox of webhooks: a line is sent in order, numbers grow, nothing is lost when the process is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import KEPT_S, LINES_KEPT_S, OutgoingEvent, OutgoingStore
from amr_fleet.webhooks.happenings import KINDS
from tests.webhook_receiver import life_of, receiving, secret_file


def event(line: str, n: int) -> OutgoingEvent:
    return OutgoingEvent("wms", f"evt_{line}_{n}", "order.created", line, f'{{"n":{n}}}', at=100.0 + n)


def store(where: str) -> OutgoingStore:
    made = OutgoingStore(where)
    assert made.begin("wms", 7) == 7
    return made


def test_of_each_line_only_the_oldest_event_may_be_sent_and_numbers_count_in_the_line(where: str) -> None:
    box = store(where)
    box.add("wms", [event("a", 1), event("b", 1), event("a", 2)], 10)
    assert box.begin("wms", 99) == 10
    first = box.due("wms", 1.0, 10)
    assert [(e.event_id, e.number) for e in first] == [("evt_a_1", 1), ("evt_b_1", 1)]
    box.sent(first[0].row, 5.0)
    assert [(e.event_id, e.number) for e in box.due("wms", 1.0, 10)] == [("evt_b_1", 1), ("evt_a_2", 2)]
    box.add("wms", [event("a", 3)], 11)
    box.failed(first[1].row, 1, 50.0, "HTTP 500")
    assert [e.event_id for e in box.due("wms", 1.0, 10)] == ["evt_a_2"]
    assert [e.event_id for e in box.due("wms", 51.0, 10)] == ["evt_b_1", "evt_a_2"]
    assert box.due("other", 51.0, 10) == []
    box.close()


def test_what_ended_long_ago_is_forgotten_whole_of_targets_named_so_and_of_no_others(where: str) -> None:
    box = store(where)
    for target in ("escalation:mail", "escalation:off_now", "escalation_"):
        box.begin(target, 0)
        box.add(target, [event("a", 1), event("b", 1), event("c", 1), event("d", 1)], 0)
        sent, dead, moot, _ = box.due(target, 1.0, 10)
        box.sent(sent.row, 1000.0)
        box.give_up(dead.row, 12, "HTTP 400", 1000.0)
        box.moot(moot.row, "taken or over", 1000.0)

    def states(name: str) -> list[str]:
        return sorted(state for _, state in box.recent([name], 9))

    assert states("escalation:mail") == ["dead", "moot", "sent", "waiting"]
    assert [e.target for e in box.dead(9, ["escalation:mail", "wms"])] == ["escalation:mail"]
    assert len(box.dead(9)) == 3
    box.forget_whole("escalation:", 1000.0 + KEPT_S - 1.0)
    assert len(states("escalation:mail")) == 4
    box.forget_whole("escalation:", 1000.0 + KEPT_S + 1.0)
    assert [states(f"escalation:{name}") for name in ("mail", "off_now")] == [["waiting"], ["waiting"]]
    assert len(states("escalation_")) == 4
    box.close()


def test_dead_letters_let_their_line_go_on_and_can_be_sent_again(where: str) -> None:
    box = store(where)
    box.add("wms", [event("a", 1), event("a", 2)], 8)
    row = box.due("wms", 1.0, 1)[0].row
    box.give_up(row, 13, "HTTP 400", 60.0)
    assert [e.event_id for e in box.due("wms", 1.0, 10)] == ["evt_a_2"]
    assert [(e.event_id, e.attempts, e.reason) for e in box.dead(10)] == [("evt_a_1", 13, "HTTP 400")]
    box.stop("wms", "HTTP 410")
    standing = box.standing("wms")
    assert (standing.waiting, standing.dead, standing.stopped, standing.oldest) == (1, 1, "HTTP 410", 102.0)
    assert box.resend("wms", 999_999) == 0
    assert box.resend("wms", row) == 1
    assert [(e.event_id, e.attempts) for e in box.due("wms", 1.0, 10)] == [("evt_a_1", 0)]
    assert box.stopped("wms") == ""
    box.close()


def test_what_was_sent_goes_after_a_week_but_the_number_of_its_line_stays(where: str) -> None:
    box = store(where)
    box.add("wms", [event("a", 1), event("a", 2), event("b", 1)], 8)
    for _ in range(3):
        for found in box.due("wms", 1.0, 10):
            box.sent(found.row, 1000.0)
    box.forget(1000.0 + KEPT_S + 1.0)
    assert box.standing("wms").sent == 2
    box.add("wms", [event("a", 3)], 9)
    assert box.due("wms", 1.0, 10)[0].number == 3
    box.forget(1000.0 + LINES_KEPT_S + 1.0)
    assert (box.standing("wms").sent, box.standing("wms").waiting) == (0, 1)
    box.close()


def test_the_journal_is_read_by_number_and_kind(where: str) -> None:
    journal = JournalStore(where)
    assert journal.last_seq() == 0
    assert journal.after(0, KINDS, 10) == ([], 0)
    journal.append([*life_of("T1"), JournalEntry(t=1.0, kind="robot_time", robot="amr_01")])
    entries, until = journal.after(0, KINDS, 2)
    assert [(seq, e.kind) for seq, e in entries] == [(1, "order_created"), (2, "order_assigned")]
    assert until == 2
    entries, until = journal.after(until, KINDS, 10)
    assert [(seq, e.kind) for seq, e in entries] == [(4, "order_picked"), (5, "order_done")]
    assert until == journal.last_seq() == 6
    journal.close()


PROGRAM = """
import sys, time
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import OutgoingStore
from amr_fleet.webhooks.desk import Webhooks
from amr_fleet.webhooks.settings import load_webhooks
folder = sys.argv[1]
hooks = Webhooks(load_webhooks(folder + "/hooks.yaml"), JournalStore(folder + "/journal.sqlite3"),
                 OutgoingStore(folder + "/webhooks.sqlite3"), site="s", log=print)
hooks.start()
print("up", flush=True)
time.sleep(60)
"""


def test_killed_again_and_again_every_event_arrives_in_the_order_of_its_line_under_one_id(tmp_path: Path) -> None:
    orders = [f"T{i}" for i in range(12)]
    journal = JournalStore(str(tmp_path / "journal.sqlite3"))
    with receiving() as receiver:
        secret = secret_file(tmp_path)
        target = {"name": "wms", "url": receiver.url, "secret_files": [secret], "plain": True}
        settings = json.dumps({"targets": [target], "loopback": True})
        (tmp_path / "hooks.yaml").write_text(settings, encoding="utf-8")
        wanted = 4 * len(orders)
        made = 0
        OutgoingStore(str(tmp_path / "webhooks.sqlite3")).begin("wms", 0)
        for kill in range(6):
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, env={**os.environ}
            )
            assert process.stdout is not None
            assert process.stdout.readline() == b"up\n"
            before = len(receiver.came)
            for order in orders[made : made + 3]:
                journal.append(life_of(order))
            made += 3
            end = time.monotonic() + 20.0
            done = kill == 5
            while time.monotonic() < end:
                ids = {headers["webhook-id"] for headers, _ in receiver.came}
                if len(ids) == wanted or (not done and len(receiver.came) > before + kill):
                    break
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
        told: dict[str, dict[str, str]] = {}
        for (headers, _), body in zip(receiver.came, receiver.bodies(), strict=True):
            told.setdefault(body["data"]["order_id"], {}).setdefault(headers["webhook-id"], body["type"])
        assert set(told) == set(orders)
        for line in told.values():
            assert list(line.values()) == ["order.created", "order.assigned", "order.picked", "order.delivered"]
    journal.close()
