"""Alarms go out by gateways for SMS or Zalo and to programs, and what is wrong in the settings is refused by name."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from amr_core.errors import AmrError
from amr_fleet.escalation.settings import load_escalation
from amr_fleet.ports import AlarmView, Reason
from tests.mail_server import MailServer, mail_server
from tests.unit.escalation_rig import Rig, good, mail_settings, raised
from tests.webhook_receiver import SECRET, Receiver, secret_file


@pytest.fixture
def box() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


def gateway(receiver: Receiver, folder: Path, **change: Any) -> dict[str, Any]:
    key = folder / "key"
    key.write_text("Bearer hush\n")
    key.chmod(0o600)
    channel: dict[str, Any] = {
        "name": "zalo", "kind": "http", "url": receiver.url, "plain": True, "timeout": 2,
        "body": {"phone": "{to}", "params": [{"message": "{text}", "id": "{id}", "n": 3}]},
        "header_files": {"Authorization": str(key)},
    }  # fmt: skip
    return {
        "channels": [channel | change], "people": [{"name": "Lan", "addresses": {"zalo": "84901234567"}}],
        "steps": [{"after": 1, "channels": ["zalo"]}], "loopback": True,
    }  # fmt: skip


def test_a_gateway_gets_its_own_form_of_message(receiver: Receiver, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(gateway(receiver, tmp_path)))
    evil = AlarmView(alarm_id="A1", reason=Reason("alarm.e_stop"), robot="{to}", order_id='"}')
    rig.fleet.alarms = [evil]
    assert rig.turn(2.0) == 1
    headers, body = receiver.came[0]
    said = json.loads(body)
    assert (headers["authorization"], said["phone"], said["params"][0]["n"]) == ("Bearer hush", "84901234567", 3)
    # What an alarm says is no place of the template and no JSON.
    assert '{TO} đơn "}' in said["params"][0]["message"]


def test_a_gateway_that_says_200_to_everything_is_read(receiver: Receiver, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(gateway(receiver, tmp_path, expect='"error":0', form=False)))
    rig.fleet.alarms = [raised()]
    assert rig.turn(2.0) == 0
    assert "expect" in rig.desk.deliveries()[0].reason

    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b'{"error":0}')

    receiver.answer = answer
    assert rig.turn(1.0) == 1


def test_a_form_is_posted_as_one(receiver: Receiver, tmp_path: Path) -> None:
    body = {"to": "{to}", "message": "{text}"}
    rig = Rig(tmp_path, good(gateway(receiver, tmp_path, form=True, body=body)))
    rig.fleet.alarms = [raised()]
    assert rig.turn(2.0) == 1
    headers, sent = receiver.came[0]
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert sent.startswith(b"to=84901234567&message=D%E1%BB%ABng")


@pytest.mark.parametrize("status", [302, 400, 410, 429, 500])
def test_a_gateway_that_refuses_is_tried_again(receiver: Receiver, tmp_path: Path, status: int) -> None:
    rig = Rig(tmp_path, good(gateway(receiver, tmp_path)))
    rig.fleet.alarms = [raised()]
    receiver.status = status
    assert rig.turn(2.0) == 0
    assert rig.desk.deliveries()[0].reason == f"HTTP {status}"
    receiver.status = 200
    assert rig.turn(1.0) == 1


def test_a_channel_leads_nowhere_that_it_may_not(receiver: Receiver, tmp_path: Path, box: MailServer) -> None:
    for raw in (gateway(receiver, tmp_path), mail_settings(box)):
        rig = Rig(tmp_path, good(raw | {"loopback": False}))
        rig.fleet.alarms = [raised()]
        assert rig.turn(4.0) == 0
    assert (receiver.came, box.lines) == ([], [])


def program(receiver: Receiver, folder: Path) -> dict[str, Any]:
    channel = {"name": "center", "kind": "webhook", "url": receiver.url, "plain": True}
    channel |= {"secret_files": [secret_file(folder)]}
    steps = [{"after": 1, "channels": ["center"]}]
    return {
        "channels": [channel], "people": [{"name": "Lan", "addresses": {}}], "steps": steps, "loopback": True,
    }  # fmt: skip


def test_a_program_that_says_gone_is_told_of_the_next_alarm(receiver: Receiver, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(program(receiver, tmp_path)))
    rig.now = time.time()
    rig.fleet.alarms = [raised()]
    receiver.status = 410
    assert rig.turn(2.0) == 0
    (standing,) = rig.desk.standings()
    assert (standing.stopped, standing.waiting) == ("", 1)
    rig.store.stop("escalation:center", "HTTP 410")  # as an outbox of before has it
    again = Rig(tmp_path, rig.desk.settings, rig.fleet)
    assert again.desk.standings()[0].stopped == ""
    receiver.status = 200
    rig.fleet.alarms.append(raised(2))
    assert rig.turn(2.0) == 2


def test_a_program_gets_a_signed_event_without_names(receiver: Receiver, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(program(receiver, tmp_path)))
    rig.now = time.time()
    rig.fleet.alarms = [raised()]
    assert rig.turn(2.0) == 1
    headers, body = receiver.came[0]
    said = Webhook(SECRET).verify(body.decode(), headers)
    assert said["type"] == "escalation.alarm"
    assert said["data"]["alarms"][0]["code"] == "alarm.e_stop"
    assert b"Lan" not in body


def test_a_test_says_that_it_is_one(box: MailServer, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(mail_settings(box)))
    rig.desk.test("mail", "Lan", "hung")
    assert rig.turn() == 1
    assert box.subjects() == ["[cai_cui] Tin thử"]
    assert rig.desk.deliveries()[0].kind == "escalation.test"
    for channel, person in (("sms", "Lan"), ("mail", "nobody"), ("mail", "")):
        with pytest.raises(AmrError, match=r"escalation\.not_found"):
            rig.desk.test(channel, person, "hung")


def test_threads_look_and_send_by_themselves_and_end(box: MailServer, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(mail_settings(box)))
    rig.fleet.alarms, rig.fleet.t = [raised()], 600.0
    rig.desk.start()
    end = time.monotonic() + 30.0
    while not box.came and time.monotonic() < end:
        time.sleep(0.02)
    rig.desk.close()
    assert len(box.came) == 1
    assert not any(thread.is_alive() for thread in rig.desk._threads)


def test_what_cannot_be_read_any_more_stops_nothing(box: MailServer, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(mail_settings(box)))
    event = rig.desk._store  # as after a disk that lied
    rig.desk.test("mail", "Lan", "hung")
    (row,) = [one for one, _ in event.recent(["escalation:mail"], 5)]
    event.add("escalation:mail", [type(row)(row.target, "evt_x", row.type, "x", "no json", at=1.0)], 0)
    assert rig.turn() == 1
    assert [d.state for d in rig.desk.deliveries()] == ["sent"]
    Rig(tmp_path, good(mail_settings(box)))


def changed(path: tuple[Any, ...], value: Any) -> Callable[[dict[str, Any]], None]:
    def change(raw: dict[str, Any]) -> None:
        place: Any = raw
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("steps",), []), (("steps", 0, "after"), -1), (("steps", 0, "after"), "soon"), (("steps", 0, "after"), 1e9),
        (("steps", 0, "channels"), ["sms"]), (("channels",), []), (("channels", 0, "kind"), "pigeon"),
        (("channels", 0, "name"), "E Mail"), (("channels", 0, "port"), 0), (("channels", 0, "host"), "a b"),
        (("channels", 0, "sender"), "nobody"), (("channels", 0, "sender"), "a@b\r\nBcc: c@d"),
        (("channels", 0, "plain"), False), (("channels", 0, "timeout"), 0), (("channels", 0, "networks"), ["x"]),
        (("channels", 0, "user"), "amr"), (("channels", 0, "more"), 1), (("people", 0, "addresses"), {"sms": "1"}),
        (("people", 0, "addresses"), {"mail": "lan"}), (("people", 0, "addresses"), {"mail": "a@b\r\nx"}),
        (("people", 0, "addresses"), {}), (("people", 0, "name"), ""), (("people", 0, "name"), "a\nb"),
        (("on_call",), [{"begin": "22:00", "end": "06:00", "people": ["nobody"]}]),
        (("on_call",), [{"begin": 79200, "end": "06:00", "people": ["Lan"]}]),
        (("on_call",), [{"begin": "24:00", "end": "06:00", "people": ["Lan"]}]),
        (("on_call",), [{"begin": "22:00", "end": "06:00", "people": ["Lan"], "days": ["someday"]}]),
        (("alarms",), ["alarm.none"]), (("language",), "de"), (("loopback",), "maybe"),
    ],
)  # fmt: skip
def test_settings_that_are_wrong_are_refused_by_name(tmp_path: Path, path: tuple[Any, ...], value: Any) -> None:
    raw = mail_settings(MailServer(port=25))
    file = tmp_path / "escalation.yaml"
    file.write_text(json.dumps(raw))
    load_escalation(file)
    changed(path, value)(raw)
    file.write_text(json.dumps(raw))
    with pytest.raises(AmrError) as caught:
        load_escalation(file)
    assert caught.value.code == "parameter.invalid"
    assert "escalation.yaml" in str(caught.value.facts["reason"])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("url",), "ftp://x/"), (("url",), "http://a:b@x/"), (("url",), "http://x:99999/"), (("plain",), False),
        (("body",), {"to": "{to}"}), (("body",), []), (("header_files",), {"A:\r\nB": "x"}), (("form",), True),
    ],
)  # fmt: skip
def test_a_gateway_that_is_wrong_is_refused(tmp_path: Path, path: tuple[Any, ...], value: Any) -> None:
    raw = gateway(Receiver(port=9), tmp_path)
    good(raw)
    changed(("channels", 0, *path), value)(raw)
    with pytest.raises(ValueError, match="validation error"):
        good(raw)


@pytest.mark.parametrize(("mode", "text"), [(0o644, "x"), (0o600, ""), (0o600, "a\r\nEvil: 1"), (0o600, "x" * 5000)])
def test_a_secret_that_others_read_or_that_is_none_is_refused(tmp_path: Path, mode: int, text: str) -> None:
    raw = gateway(Receiver(port=9), tmp_path)
    key = tmp_path / "key"
    key.write_text(text)
    key.chmod(mode)
    file = tmp_path / "escalation.yaml"
    file.write_text(json.dumps(raw))
    with pytest.raises(AmrError) as caught:
        load_escalation(file)
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", "zalo")
    assert "Evil" not in str(caught.value)
