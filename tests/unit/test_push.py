"""Alarms as push messages: a service on this computer reads what comes as a browser would, by RFC 8291."""

from __future__ import annotations

import os
import stat
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
from amr_fleet.escalation.desk import EscalationDesk
from amr_fleet.escalation.push import VapidKey
from amr_fleet.escalation.push_desk import PushDesk
from amr_fleet.escalation.settings import PushChannel
from amr_fleet.store.accounts import Account, AccountStore, SessionRow
from amr_fleet.store.database import Database
from amr_fleet.store.outgoing import OutgoingStore
from amr_fleet.store.push_devices import KEPT_S, MOST_DEVICES, AccountLook, PushDevice, PushDevices, device_id
from tests.push_service import Browser, PushService, claims_of, packed, push_service, raw
from tests.unit.escalation_rig import NIGHT, Fleet, good, raised

UNTIL = NIGHT + 12 * 3600.0


def settings(**change: Any) -> dict[str, Any]:
    channel = {"name": "push", "kind": "push", "contact": "mailto:amr@port.example", "plain": True, "timeout": 2}
    return {
        "channels": [channel | {"services": ["127.0.0.1"]} | change],
        "people": [{"name": "Lan", "addresses": {"push": "lan"}}],
        "steps": [{"after": 3, "channels": ["push"]}, {"after": 10, "channels": ["push"]}],
        "loopback": True,
    }


class Night:
    """A desk with accounts and a clock that is turned by hand."""

    def __init__(self, folder: Path, service: PushService) -> None:
        self.now, self.log, self.service, self.folder = NIGHT, list[str](), service, folder
        self.fleet = Fleet()
        self.accounts = AccountStore(Database(folder / "users.sqlite3"))
        for name, role in (("lan", "operator"), ("mai", "operator")):
            self._add(Account(name, role, f"hash of {name}"))
            self.log_in(name)
        self.start()

    def start(self) -> None:
        """Make the desk, as at a start of the fleet."""
        folder = self.folder
        self.key = VapidKey.load_or_make(folder / "push.key")
        where, made = str(folder / "escalation.sqlite3"), good(settings())
        channel = made.push()
        assert channel is not None
        self.devices = PushDevices(where)
        look = AccountLook(folder / "users.sqlite3")
        desk = PushDesk(channel, self.devices, look, self.key, loopback=True, clock=lambda: self.now)
        self.desk = EscalationDesk(
            made, self.fleet, OutgoingStore(where), site="cai_cui", log=self.log.append, clock=lambda: self.now,
            push=desk,
        )  # fmt: skip

    def _add(self, account: Account) -> None:
        self.accounts.change(account.name, lambda _old: account)

    def log_in(self, name: str, session: str = "") -> None:
        row = SessionRow(session or f"s_{name}", name, "password", "", self.now, self.now, self.now + 12 * 3600.0)
        self.accounts.open_session(row)

    def on(self, browser: Browser, user: str = "lan", session: str = "") -> str:
        given = browser.given(self.service.port)
        return self.desk.push_on(user, session or f"s_{user}", "Điện thoại", **given).id

    def turn(self, minutes: float) -> int:
        self.now += minutes * 60.0
        self.fleet.t += minutes * 60.0
        self.desk.look()
        return self.desk.send_due("push")

    def close(self) -> None:
        self.desk.close()
        self.accounts.close()


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with push_service() as service:
        made = Night(tmp_path, service)
        yield made
        made.close()


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


GOOD = Browser().given(80)


RUBBISH = [
    ("endpoint", "http://fcm.googleapis.com/x"),  # no TLS
    ("endpoint", "https://intranet.port.example/x"),  # none of the services: the fleet would post there
    ("endpoint", "https://evil127.0.0.1.example/x"),
    ("endpoint", "https://user:word@127.0.0.1/x"),
    ("endpoint", "https://127.0.0.1/x#part"),
    ("endpoint", "https://127.0.0.1:99999/x"),
    ("endpoint", "https://[127.0.0.1/x"),
    ("endpoint", "file:///etc/passwd"),
    ("endpoint", "https://127.0.0.1/a\r\nHost: b"),
    ("endpoint", "https://127.0.0.1/" + "x" * 1000),
    ("endpoint", ""),
    ("p256dh", packed(b"\x04" + b"\x01" * 64)),  # on no curve
    ("p256dh", Browser().p256dh[:-4]),
    ("p256dh", "!" * 87),
    ("p256dh", ""),
    ("auth", packed(b"x" * 15)),
    ("auth", "é" * 22),
    ("auth", ""),
]


def test_rubbish_is_refused_and_not_repeated(night: Night) -> None:
    for where, value in RUBBISH:
        with pytest.raises(AmrError) as raised_:
            night.desk.push_on("lan", "s_lan", "x", **(GOOD | {where: value}))
        assert (raised_.value.code, raised_.value.facts["where"]) == ("request.invalid", where), value
        assert len(value) < 16 or value not in str(raised_.value)
    assert night.devices.of("lan") == []


def test_a_service_is_asked_at_the_port_of_https_alone(night: Night) -> None:
    """An operator could have the fleet's computer knock at any port of a service's hosts."""
    channel = PushChannel.model_validate(settings(services=["fcm.googleapis.com"], plain=False)["channels"][0])
    for port, answer in (("", ""), (":443", ""), (":22", "must be at port 443"), (":80", "must be at port 443")):
        given = GOOD | {"endpoint": f"https://fcm.googleapis.com{port}/x"}
        try:
            push.check(channel, given["endpoint"], given["p256dh"], given["auth"], loopback=False)
            said = ""
        except AmrError as error:
            said = str(error.facts["reason"])
        assert said == answer, port


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


def test_so_many_browsers_and_no_more_but_the_same_one_again(night: Night) -> None:
    for number in range(MOST_DEVICES):
        night.on(Browser(f"/send/{number}"))
    with pytest.raises(AmrError) as raised_:
        night.on(Browser("/send/more"))
    assert raised_.value.code == "push.too_many"
    night.on(Browser("/send/0"))
    assert len(night.devices.of("lan")) == MOST_DEVICES


def test_with_a_new_key_old_browsers_are_told_nothing_hold_no_place_and_their_owner_reads_why(night: Night) -> None:
    olds = [Browser(f"/send/{number}") for number in range(MOST_DEVICES)]
    old = [night.on(one) for one in olds]
    night.desk.close()
    (night.folder / "push.key").unlink()
    night.start()
    shown = night.desk.push_standing("lan")
    assert shown is not None
    assert {one.id: one.ended for one in shown.devices} == dict.fromkeys(old, True)
    assert night.desk.plan().channels[0].silent == ["Lan"]
    with pytest.raises(AmrError) as raised_:
        night.desk.push_test("lan", old[0])
    assert raised_.value.code == "escalation.not_found"
    night.fleet.alarms = [raised()]
    night.turn(3.0)
    assert night.service.came == []
    assert night.desk.deliveries()[0].reason == "switched on in no browser"
    news = [Browser(f"/send/new{number}") for number in range(MOST_DEVICES)]
    for one in news:
        night.on(one)
    with pytest.raises(AmrError) as raised_:
        night.on(Browser("/send/more"))
    assert raised_.value.code == "push.too_many"
    night.turn(1.0)
    assert {path for path, _, _ in night.service.came} == {one.path for one in news}
    night.desk.push_off("lan", old[0])
    shown = night.desk.push_standing("lan")
    assert shown is not None
    assert sorted(one.ended for one in shown.devices) == [False] * MOST_DEVICES + [True] * (MOST_DEVICES - 1)


def test_a_browser_is_the_ones_who_switched_it_on_last(night: Night) -> None:
    shared = Browser("/send/control_room")
    night.on(shared, "mai")
    made = night.on(shared, "lan")
    assert made == device_id(shared.given(night.service.port)["endpoint"])
    assert night.devices.of("mai") == []
    with pytest.raises(AmrError) as raised_:
        night.desk.push_off("mai", made)  # nobody switches off another's
    assert raised_.value.code == "escalation.not_found"
    night.desk.push_off("lan", made)
    assert night.devices.of("lan") == []


def test_a_test_goes_to_one_browser_and_names_nobody(night: Night) -> None:
    phone, desk = Browser("/send/phone"), Browser("/send/desk")
    made = night.on(phone)
    night.on(desk)
    night.desk.push_test("lan", made)
    assert night.desk.send_due("push") == 1
    [said] = night.service.texts(phone)
    assert night.service.texts(desk) == []
    assert said["title"] == "[cai_cui] Tin thử"
    assert "lan" not in said["body"].lower()
    for user, device in (("mai", made), ("lan", "0" * 32)):
        with pytest.raises(AmrError) as raised_:
            night.desk.push_test(user, device)
        assert raised_.value.code == "escalation.not_found"


def test_key_and_endpoints_are_their_owners_only_and_a_restart_keeps_them(night: Night) -> None:
    night.on(Browser())
    for name in ("push.key", "escalation.sqlite3"):
        assert stat.S_IMODE((night.folder / name).stat().st_mode) == 0o600
    assert VapidKey.load_or_make(night.folder / "push.key").public == night.key.public
    (night.folder / "push.key").chmod(0o640)
    with pytest.raises(AmrError) as raised_:
        VapidKey.load_or_make(night.folder / "push.key")
    assert raised_.value.code == "parameter.invalid"
    (night.folder / "push.key").write_text("rubbish")
    (night.folder / "push.key").chmod(0o600)
    with pytest.raises(AmrError):
        VapidKey.load_or_make(night.folder / "push.key")


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
