"""Alarms as push messages: a service on this computer reads what comes as a browser would, by RFC 8291."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection

from amr_core.errors import AmrError
from amr_fleet.escalation import push
from amr_fleet.escalation.push import VapidKey
from amr_fleet.escalation.settings import PushChannel
from amr_fleet.store.accounts import Account
from amr_fleet.store.database import Database
from amr_fleet.store.push_devices import KEPT_S, AccountLook, PushDevice, PushDevices
from tests.push_service import Browser, claims_of, packed, push_service, raw
from tests.unit.escalation_rig import NIGHT, good, raised
from tests.unit.push_rig import UNTIL, Night, begun, settings


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with begun(tmp_path) as made:
        yield made


def test_the_example_of_rfc_8291(monkeypatch: pytest.MonkeyPatch) -> None:
    """Section 5 and appendix A: what we make is that to the byte, and the browser of these tests reads it."""
    text = b"When I grow up, I want to be a watermelon"
    said = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    once, key = map(
        _private, ("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
    )
    browser = Browser(key=key, auth=raw("BTBZMqHH6r4Tts7J_aSIgg"))
    assert browser.opened(raw(said)) == text
    monkeypatch.setattr(os, "urandom", lambda _size: raw("DGv6ra1nlYgDCS1FRnbzlw"))
    monkeypatch.setattr(ec, "generate_private_key", lambda _curve: once)
    assert packed(push.encrypted(text, raw(browser.p256dh), browser.auth)) == said


def _private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(raw(text), "big"), ec.SECP256R1())


def test_an_alarm_that_nobody_takes_is_on_every_browser_of_who_is_on_call(night: Night) -> None:
    phone, desk, other = Browser("/send/phone"), Browser("/send/desk"), Browser("/send/mai")
    night.on(phone), night.on(desk), night.on(other, "mai")
    night.fleet.alarms = [raised()]
    assert night.turn(2.0) == 0
    assert night.turn(1.5) == 1
    [said] = night.service.texts(phone)
    assert night.service.texts(desk) == [said]
    assert night.service.texts(other) == []  # is not on call
    assert said["title"] == "[cai_cui] 1 cảnh báo chưa ai nhận: Dừng khẩn cấp: AMR-03 đơn T00007"
    assert "Tôi nhận việc này" in said["body"]
    assert (said["alarm"], said["url"], said["lang"]) == ("A000001", "/attention?alarm=A000001", "vi")
    path, headers, body = night.service.came[0]
    assert (headers["TTL"], headers["Urgency"], headers["Content-Encoding"]) == ("3600", "high", "aes128gcm")
    assert 0 < len(headers["Topic"]) <= 32
    assert len(body) <= 4096  # the least that every service takes
    assert path in ("/send/phone", "/send/desk")
    claims, key = claims_of(headers["Authorization"])
    assert key == night.key.public
    assert claims["aud"] == f"http://127.0.0.1:{night.service.port}"
    assert (claims["sub"], 0 < claims["exp"] - night.now <= 86_400) == ("mailto:amr@port.example", True)

    # The next step takes the place of the first where that still waits; another alarm does not.
    assert night.turn(7.0) == 1
    assert night.service.came[2][1]["Topic"] == headers["Topic"]
    night.fleet.alarms = [raised(2, night.fleet.t)]
    assert night.turn(4.0) == 1
    assert night.service.came[4][1]["Topic"] != headers["Topic"]

    # Taken: nothing more.
    night.fleet.alarms = [replace(raised(3, night.fleet.t), acked_by="mai")]
    assert night.turn(30.0) == 0


def test_a_browser_that_is_gone_is_forgotten_and_the_other_is_told(night: Night) -> None:
    old, new = Browser("/send/old"), Browser("/send/new")
    night.on(old), night.on(new)
    night.fleet.alarms = [raised()]
    for status in (404, 410):
        night.service.answers["/send/old"] = status
        night.on(old)
        assert night.turn(3.5 if status == 404 else 7.0) == 1
        assert [one.endpoint.rpartition("/")[2] for one in night.devices.of("lan")] == ["new"]
    assert len(night.service.texts(new)) == 2


def _removed(night: Night) -> None:
    night.accounts.remove("lan")


def _less(night: Night) -> None:
    night.accounts.change("lan", lambda old: replace(old, role="viewer") if old else Account("lan", "viewer", ""))


def _new_password(night: Night) -> None:
    night.now = UNTIL + 60.0  # also when the log-in ran out before
    night.accounts.change("lan", lambda old: replace(old, hash="another") if old else Account("lan", "viewer", ""))


def _logged_out(night: Night) -> None:
    night.accounts.end_session("s_lan")


def _never_came_back(night: Night) -> None:
    night.now += KEPT_S


@pytest.mark.parametrize("end", [_removed, _less, _new_password, _logged_out, _never_came_back])
def test_who_is_nobody_here_any_more_is_told_nothing(night: Night, end: Any) -> None:
    browser = Browser()
    night.on(browser)
    end(night)
    night.fleet.alarms = [raised()]
    night.turn(4.0)
    assert night.service.came == []
    assert night.devices.of("lan") == []
    assert [(d.state, d.reason) for d in night.desk.deliveries()] == [("waiting", "switched on in no browser")]


def test_a_log_in_that_ran_out_at_night_ends_nothing(night: Night) -> None:
    browser = Browser()
    night.on(browser)
    night.now = UNTIL + 60.0
    night.log_in("mai", "next")  # rows of log-ins that are over go
    night.fleet.alarms = [raised()]
    assert night.turn(4.0) == 1
    assert len(night.service.texts(browser)) == 1


def test_switched_on_in_no_browser_is_said_and_made_good_when_somebody_does(night: Night) -> None:
    night.fleet.alarms = [raised()]
    assert night.turn(4.0) == 0
    [channel] = night.desk.plan().channels
    assert (channel.kind, channel.people, channel.silent) == ("push", ["Lan"], ["Lan"])
    assert channel.error == "", "the page says it in its own language, with names"
    browser = Browser()
    night.on(browser)
    assert night.turn(0.2) == 1
    [channel] = night.desk.plan().channels
    assert (channel.silent, channel.error) == ([], "")


def test_a_site_without_internet_says_so_and_shows_no_endpoint(night: Night) -> None:
    with push_service() as gone:
        dead = gone.port
    browser = Browser("/send/s3cret")
    night.desk.push_on("lan", "s_lan", "Máy", **browser.given(dead))
    night.fleet.alarms = [raised()]
    assert night.turn(4.0) == 0
    [delivery] = night.desk.deliveries()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert "127.0.0.1: ConnectionRefusedError" in delivery.reason
    standing = night.desk.push_standing("lan")
    assert standing is not None
    assert standing.devices[0].error == delivery.reason
    assert "s3cret" not in " ".join([*night.log, delivery.reason, repr(standing), repr(night.devices.of("lan"))])


@pytest.mark.parametrize("status", [400, 403, 413, 429, 500])
def test_what_a_service_refuses_is_tried_again_and_shown(night: Night, status: int) -> None:
    browser = Browser()
    night.on(browser)
    night.service.answers[browser.path] = status
    night.fleet.alarms = [raised()]
    assert night.turn(4.0) == 0
    assert night.desk.plan().channels[0].error == f"127.0.0.1: HTTP {status}"
    night.service.answers.clear()
    assert night.turn(1.0) == 1
    assert len(night.devices.of("lan")) == 1


def test_the_page_asks_little_and_does_not_hang_on_the_accounts(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """It asked three times for each person and device, and showed nothing of mail while accounts could not be read."""
    begun: list[str] = []
    begin = Database.begin

    def counted(database: Database) -> AbstractContextManager[Connection]:
        begun.append(str(database.where))
        return begin(database)

    monkeypatch.setattr(Database, "begin", counted)
    desk = night.desk._browsers()
    assert desk.silent({f"p{number}": f"account_{number}" for number in range(50)} | {"Lan": "lan"})[-1] == "Lan"
    night.on(Browser())
    night.accounts.end_sessions("lan")
    begun.clear()
    assert desk.silent({f"p{number}": f"account_{number}" for number in range(50)} | {"Lan": "lan"})[-1] == "Lan"
    assert len(begun) == 2
    assert len(night.devices.of("lan")) == 1, "a look drops nothing"
    monkeypatch.setattr(AccountLook, "told", _unreadable)
    [channel] = night.desk.plan().channels
    assert (channel.people, channel.silent) == (["Lan"], [])


def _unreadable(*_: object) -> list[PushDevice]:
    raise AmrError("store.failed", reason="database is locked")


def test_a_service_inside_the_house_is_not_posted_to(tmp_path: Path) -> None:
    """A name that is a service, and leads to this computer or into the LAN: judged as webhooks are, at each try."""
    channel = PushChannel.model_validate(settings(services=["localhost"], plain=False)["channels"][0])
    browser, key = Browser(), VapidKey.load_or_make(tmp_path / "push.key")
    devices = PushDevices(str(tmp_path / "e.sqlite3"))
    given = browser.given(80) | {"endpoint": "https://localhost/x"}
    push.check(channel, given["endpoint"], given["p256dh"], given["auth"], loopback=False)
    device = PushDevice("d", "lan", "s", 0.0, "", "x", given["endpoint"], given["p256dh"], given["auth"])
    outcome = push.send_one(channel, key, device, b"{}", "t", NIGHT, loopback=False)
    assert (outcome.verdict, "this computer itself" in outcome.reason) == ("away", True)
    devices.close()


@pytest.mark.parametrize(
    "change",
    [{"contact": "x"}, {"contact": "http://a.example"}, {"services": []}, {"services": ["a/b"]}, {"url": "https://a"}],
)  # fmt: skip
def test_settings_that_are_wrong_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        good(settings(**change))


def test_one_channel_goes_to_browsers() -> None:
    made = settings()
    with pytest.raises(ValueError, match="one channel of kind push"):
        good(made | {"channels": [made["channels"][0], made["channels"][0] | {"name": "push2"}]})
