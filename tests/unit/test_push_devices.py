"""The browsers of push messages: which are taken, how many, whose they are, with a new key and after a restart."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_fleet.escalation import push
from amr_fleet.escalation.push import VapidKey
from amr_fleet.escalation.settings import PushChannel
from amr_fleet.store.push_devices import MOST_DEVICES, device_id
from tests.push_service import Browser, packed
from tests.unit.escalation_rig import raised
from tests.unit.push_rig import Night, begun, settings

GOOD = Browser().given(80)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with begun(tmp_path) as made:
        yield made


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
