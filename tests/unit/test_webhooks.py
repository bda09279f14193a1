"""Webhooks: signatures, addresses, deliveries to real servers that are slow, broken or lead elsewhere, tries, texts."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.outgoing import OutgoingEvent
from amr_fleet.webhooks.delivery import DeliveryOutcome, deliver
from amr_fleet.webhooks.guard import allowed_addresses
from amr_fleet.webhooks.happenings import KINDS, Narrator, event_type
from amr_fleet.webhooks.settings import WebhookSettings, load_webhooks
from amr_fleet.webhooks.signing import secret_of, signature
from tests.webhook_receiver import SECRET, Receiver, drip, life_of, secret_file, settings_for

EVENT = OutgoingEvent("wms", "evt_1", "order.created", "order:T1", '{"type":"order.created"}', row=1)


def send(settings: WebhookSettings, now: float = 1_800_000_000.0, event: OutgoingEvent = EVENT) -> DeliveryOutcome:
    return deliver(settings.targets[0], event, now, loopback=settings.loopback)


# Signatures --------------------------------------------------------------------------------------------------------


def test_the_vector_of_the_specification() -> None:
    secret = secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "x")
    body = b'{"test": 2432232314}'
    signed = signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, [secret])
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_independent_library_takes_our_signature_and_refuses_a_forged_one(
    receiver: Receiver, tmp_path: Path
) -> None:
    settings = settings_for(receiver, tmp_path)
    assert send(settings, time.time()) == DeliveryOutcome("taken")
    headers, body = receiver.came[0]
    assert Webhook(SECRET).verify(body.decode(), headers) == {"type": "order.created"}
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    for forged in (body.replace(b"created", b"deleted"), body + b" "):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(forged.decode(), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(body.decode(), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.decode(), headers | {"webhook-id": "evt_2"})


def test_while_a_secret_is_changed_both_receivers_are_served(receiver: Receiver, tmp_path: Path) -> None:
    new = "whsec_" + base64.b64encode(b"n" * 24).decode()
    files = [secret_file(tmp_path, new, "new"), secret_file(tmp_path)]
    send(settings_for(receiver, tmp_path, secret_files=files), time.time())
    headers, body = receiver.came[0]
    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (new, SECRET):
        assert Webhook(secret).verify(body.decode(), headers)


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_%%%", "whsec_YWJj", SECRET[6:], "whsec_" + "A" * 200])
def test_what_is_no_secret_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(AmrError) as caught:
        secret_of(text, "wms")
    assert caught.value.code == "webhook.secret"
    assert len(text) < 8 or text not in str(caught.value)


# Addresses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "169.254.169.254", "fe80::1%eth0",
        "224.0.0.1", "100.100.100.200", "fd00:ec2::254", "10.0.0.9", "192.168.1.4", "172.16.0.1", "fc00::1",
        "2002:7f00:1::", "::ffff:169.254.169.254", "100.64.0.1", "255.255.255.255",
        "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.9", "::127.0.0.1", "64:ff9b:1::7f00:1",
    ],
)  # fmt: skip
def test_a_name_may_not_lead_into_this_computer_or_networks_that_are_not_named(address: str) -> None:
    with pytest.raises(AmrError) as caught:
        allowed_addresses("wms", 443, [], loopback=False, lookup=lambda *_: [address])
    assert caught.value.code == "webhook.address"
    with pytest.raises(AmrError):  # one good address beside it is no excuse
        allowed_addresses("wms", 443, [], loopback=False, lookup=lambda *_: ["93.184.216.34", address])


def test_public_addresses_and_named_networks_are_allowed_metadata_never(tmp_path: Path, receiver: Receiver) -> None:
    lan = settings_for(receiver, tmp_path, networks=["10.1.0.0/16", "fd12::/32"]).targets[0].allowed()

    def look(*found: str) -> list[str]:
        return allowed_addresses("wms", 443, lan, loopback=False, lookup=lambda *_: list(found))

    assert look("93.184.216.34", "10.1.2.3", "fd12::5") == ["93.184.216.34", "10.1.2.3", "fd12::5"]
    for address in ("10.2.0.1", "169.254.169.254", "fd00:ec2::254"):
        with pytest.raises(AmrError):
            look(address)
    with pytest.raises(AmrError):
        look()


def test_the_address_that_was_judged_is_the_one_that_is_called(receiver: Receiver, tmp_path: Path) -> None:
    settings = settings_for(receiver, tmp_path, url=f"http://wms.port.example:{receiver.port}/hooks")
    asked: list[str] = []

    def once(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    assert deliver(settings.targets[0], EVENT, 1.0, loopback=True, lookup=once) == DeliveryOutcome("taken")
    assert asked == ["wms.port.example"]
    assert receiver.came[0][0]["host"] == f"wms.port.example:{receiver.port}"
    assert deliver(settings.targets[0], EVENT, 1.0, loopback=False, lookup=once).verdict == "away"
    assert len(receiver.came) == 1


# Deliveries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(200, "taken"), (204, "taken"), (301, "away"), (307, "away"), (400, "refused"), (404, "refused"), (408, "away"),
     (410, "gone"), (429, "away"), (500, "away"), (503, "away")],
)  # fmt: skip
def test_only_2xx_counts_and_nobody_follows_a_redirect(
    receiver: Receiver, tmp_path: Path, status: int, verdict: str
) -> None:
    receiver.status, receiver.headers = status, {"Location": receiver.url + "/elsewhere", "Content-Length": "0"}
    assert send(settings_for(receiver, tmp_path)).verdict == verdict
    assert len(receiver.came) == 1


def test_a_receiver_that_drips_or_says_nothing_is_cut_off_in_time(receiver: Receiver, tmp_path: Path) -> None:
    settings = settings_for(receiver, tmp_path, timeout=1.0)
    receiver.answer = drip
    began = time.monotonic()
    outcome = send(settings)
    assert outcome.verdict == "away"
    assert "1 s" in outcome.reason
    assert time.monotonic() - began < 6.0


def test_rubbish_for_an_answer_a_closed_port_and_a_name_that_is_none_are_only_away(
    receiver: Receiver, tmp_path: Path
) -> None:
    def rubbish(handler: Any) -> None:
        handler.wfile.write(b"\x00\xff nonsense\r\n\r\n")

    receiver.answer = rubbish
    assert send(settings_for(receiver, tmp_path)).verdict == "away"
    for url in ("http://127.0.0.1:9/x", "http://no-such-host.invalid/x"):
        assert send(settings_for(receiver, tmp_path, url=url)).verdict == "away"
    tls = settings_for(receiver, tmp_path, url=receiver.url.replace("http:", "https:"))
    assert send(tls).verdict == "away"  # no TLS there


def test_retry_after_is_obeyed_within_a_day(receiver: Receiver, tmp_path: Path) -> None:
    receiver.status = 503
    for said, wait in (("120", 120.0), ("9999999999", 86400.0), ("soon", 0.0), ("-5", 0.0)):
        receiver.headers = {"Retry-After": said}
        assert send(settings_for(receiver, tmp_path)).wait == wait


# Settings ----------------------------------------------------------------------------------------------------------


def test_settings_come_from_a_file_and_wrong_ones_are_named_without_secrets(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.yaml"
    secret = secret_file(tmp_path)

    def load(text: str) -> AmrError:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(AmrError) as caught:
            load_webhooks(path)
        assert "hunter2" not in str(caught.value)
        return caught.value

    good = {"name": "wms", "url": "https://wms.example/hooks", "secret_files": [secret]}
    path.write_text(json.dumps({"targets": [good]}), encoding="utf-8")
    assert [t.name for t in load_webhooks(path).targets] == ["wms"]
    wrong: list[dict[str, Any]] = [
        {"url": "https://u:hunter2@wms.example/"}, {"url": "ftp://wms.example/"}, {"url": "http://wms.example/"},
        {"url": "https:///x"}, {"url": "https://wms.example:99999/"}, {"name": "W M S"}, {"secret_files": []},
        {"events": ["order.eaten"]}, {"networks": ["10.0.0.0/99"]}, {"timeout": 0}, {"colour": "red"},
    ]  # fmt: skip
    for change in wrong:
        assert load(json.dumps({"targets": [good | change]})).code == "parameter.invalid", change
    for text in ("", "[]", "targets: 3", "\x00", "targets: [", json.dumps({"targets": [good, good]})):
        assert load(text).code == "parameter.invalid", text
    Path(secret).chmod(0o644)
    assert load(json.dumps({"targets": [good]})).code == "webhook.secret"
    assert load(json.dumps({"targets": [good | {"secret_files": ["/nowhere"]}]})).code == "webhook.secret"
    with pytest.raises(AmrError):
        load_webhooks(tmp_path / "none.yaml")


# What is said ------------------------------------------------------------------------------------------------------


def test_the_life_of_an_order_as_others_hear_it() -> None:
    narrator = Narrator("cai_cui", lambda _order: [])
    made = [narrator.event("wms", seq, e, 5.0) for seq, e in enumerate(life_of("T1"), 1)]
    events = [json.loads(e.body) for e in made if e is not None]
    assert [e["type"] for e in events] == ["order.created", "order.assigned", "order.picked", "order.delivered"]
    last = events[-1]
    assert last["timestamp"] == "2027-01-15T08:00:04.000+00:00"
    assert last["data"]["site_time"] == "2027-01-15T15:00:04.000+07:00"
    assert last["data"]["place"] == "A1W"
    assert {e["data"]["reference"] for e in events} == {"PO-T1"}
    assert {e["data"]["load_id"] for e in events} == {"LÔ 7"}
    assert "user" not in json.dumps(events)
    assert len({e.event_id for e in made if e is not None}) == 4


def test_an_order_from_before_is_looked_up_and_ids_are_those_of_the_entry() -> None:
    life = life_of("T1")
    narrator = Narrator("s", lambda _order: life)
    again = Narrator("s", lambda _order: life)
    first, second = (n.event("wms", 5, life[-1], 9.0) for n in (narrator, again))
    assert first is not None
    assert second is not None
    assert first.event_id == second.event_id
    assert json.loads(first.body)["data"]["reference"] == "PO-T1"
    other = again.event("wms", 6, life[-1], 9.0)
    assert other is not None
    assert other.event_id != first.event_id


def test_what_was_changed_of_an_order_is_said_from_then_on() -> None:
    """The facts were kept from the first event of an order on: a later priority and cut-off were never heard of."""
    life = life_of("T1")
    changes = [
        JournalEntry(t=life[0].t, kind="order_changed", order_id="T1", facts={"priority": priority, "user": "lan"})
        for priority in (5, 9)
    ]
    told = [life[0], changes[0], life[1], changes[1], *life[2:]]

    def priorities(narrator: Narrator, target: str, *entries: JournalEntry) -> list[int]:
        made = [narrator.event(target, seq, entry, 5.0) for seq, entry in enumerate(entries, 1)]
        return [json.loads(event.body)["data"]["priority"] for event in made if event is not None]

    narrator = Narrator("s", lambda _order: told)
    first = life[0].facts["priority"]
    assert "order_changed" in KINDS
    assert priorities(narrator, "wms", *told) == [first, 5, 9, 9]
    assert priorities(narrator, "slow", told[0], told[1]) == [first], "one target does not hear what another is told"
    assert priorities(narrator, "wms", life[3]) == [9]
    assert priorities(Narrator("s", lambda _order: told), "wms", life[1], *told[3:]) == [5, 9, 9]


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        ("order_evidence", {"match": "no"}, "load.mismatch"), ("order_evidence", {"match": "yes"}, "load.seen"),
        ("alarm_raised", {"code": "alarm.order_late"}, "order.late"), ("alarm_raised", {"code": "alarm.fire"}, None),
        ("robot_offline", {}, "robot.unavailable"), ("robot_time", {}, None),
        ("order_cancelled", {}, "order.cancelled"), ("order_changed", {}, None),
    ],
)  # fmt: skip
def test_what_becomes_an_event(kind: str, facts: dict[str, Any], said: str | None) -> None:
    assert event_type(JournalEntry(t=1.0, kind=kind, facts=facts)) == said
    assert said is None or kind in KINDS
