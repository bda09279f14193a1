"""A night on the real engine: alarms come up while nobody is there, reach who is on call, and are in the handover."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from amr_fleet.domain.events import JournalEntry
from amr_fleet.escalation.desk import EscalationDesk
from amr_fleet.escalation.push import VapidKey
from amr_fleet.escalation.push_desk import PushDesk
from amr_fleet.escalation.settings import EscalationSettings
from amr_fleet.fleet_time import LOCAL
from amr_fleet.ports import AlarmView, OrderRequest
from amr_fleet.requests import CreateOrder
from amr_fleet.store.outgoing import OutgoingStore
from amr_fleet.store.push_devices import AccountLook, PushDevices
from tests.api.over_link import OVER_LINK
from tests.e2e.conftest import WHOLE_CHROMIUM
from tests.e2e.e2e_support import DESKTOP, PHONE, fits, log_in, shot_both, wait_until
from tests.e2e.notified import deliver, notifications, push_manager
from tests.e2e.shift_fleet import ShiftFleet
from tests.e2e.test_accessibility import findings_in_both_themes
from tests.mail_server import MailServer, mail_server
from tests.push_service import Browser as Phone
from tests.push_service import PushService, push_service
from tests.waiting import until
from tests.webhook_receiver import Receiver, receiving, secret_file

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(900),
    pytest.mark.skipif(OVER_LINK, reason="the desk over a link is what test_escalation_page.py is of"),
]
LATE = datetime(2027, 3, 10, 5, 25, tzinfo=LOCAL).timestamp()
"""The end of the night shift, which ends at 6."""
SOON_S = 90.0
"""s of the fleet within which what is due is told, on a busy machine."""


@pytest.fixture(scope="module")
def chromium() -> str:
    """Chromium itself: its shell without a window shows no notifications."""
    return WHOLE_CHROMIUM


@dataclass
class Night:
    """A fleet, and where its messages arrive. phone: Lan's."""

    fleet: ShiftFleet
    box: MailServer
    center: Receiver
    service: PushService
    phone: Phone = field(default_factory=Phone)

    def mails(self) -> list[tuple[str, str]]:
        return [(to, str(mail["Subject"])) for to, mail in self.box.came]

    def told(self, alarm: str) -> list[JournalEntry]:
        return [e for e in self.fleet.store.read() if e.kind == "alarm_escalated" and alarm in str(e.facts["alarms"])]

    def whom(self, alarm: str) -> set[tuple[int, str, str]]:
        return {(int(str(e.facts["step"])), str(e.facts["channel"]), str(e.facts["person"])) for e in self.told(alarm)}

    def alarm(self, code: str) -> AlarmView:
        def found() -> list[AlarmView]:
            return [one for one in self.fleet.service.snapshot().alarms if one.reason.code == code]

        assert until(found)
        return found()[0]

    def url(self, path: str) -> str:
        return f"{self.fleet.api.url}{path}"


def _desk(settings: EscalationSettings, folder: Path, fleet: ShiftFleet) -> EscalationDesk:
    """Return the desk as the fleet node makes it, by the fleet's clock."""
    where, channel = str(folder / "escalation.sqlite3"), settings.push()
    assert channel is not None
    key, look = VapidKey.load_or_make(folder / "push.key"), AccountLook(folder / "users.db")
    clock = partial(getattr, fleet, "now")
    push = PushDesk(channel, PushDevices(where), look, key, loopback=True, clock=clock)
    store = OutgoingStore(where)
    return EscalationDesk(settings, fleet.service, store, site="cai_cui", log=print, clock=clock, push=push)


@pytest.fixture
def night(tmp_path: Path, accounts: Path) -> Iterator[Night]:
    shutil.copytree(accounts.parent, tmp_path, dirs_exist_ok=True)
    with mail_server() as box, receiving() as center, push_service() as service:
        mail = {"name": "mail", "kind": "email", "host": "127.0.0.1", "port": box.port, "security": "none"}
        hook = {"name": "center", "kind": "webhook", "url": center.url, "secret_files": [secret_file(tmp_path)]}
        push = {"name": "push", "kind": "push", "contact": "amr@port.example", "services": ["127.0.0.1"]}
        settings = EscalationSettings.model_validate(
            {
                "channels": [one | {"plain": True} for one in (mail | {"sender": "amr@port.example"}, hook, push)],
                "people": [
                    {"name": "Lan", "addresses": {"mail": "lan@port.example", "push": "lan"}},
                    {"name": "Hùng", "addresses": {"mail": "hung@port.example"}},
                    {"name": "Trưởng ca", "addresses": {"mail": "chief@port.example"}},
                ],
                "on_call": [
                    {"begin": "22:00", "end": "06:00", "people": ["Lan"]},
                    {"begin": "06:00", "end": "22:00", "people": ["Hùng"]},
                ],
                "steps": [
                    {"after": 3, "channels": ["mail", "center", "push"]},
                    {"after": 10, "channels": ["mail"], "people": ["Trưởng ca"]},
                ],
                "loopback": True,
            }
        )
        # In step with the clock on the wall: what is looked at for long does not grow old meanwhile.
        fleet = ShiftFleet(tmp_path, speed=1.0, robots=4, begin=LATE, tells=partial(_desk, settings, tmp_path))
        yield Night(fleet, box, center, service)
        fleet.close()


@pytest.fixture
def open_page(browser: Browser, night: Night) -> Iterator[Callable[[str, tuple[int, int]], Page]]:
    """Opens a dashboard for a user, on a desk or on a phone that takes push messages."""
    made: list[BrowserContext] = []

    def opened(user: str, size: tuple[int, int]) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, has_touch=size == PHONE, is_mobile=size == PHONE,
            locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh",
        )  # fmt: skip
        made.append(context)
        context.set_default_timeout(120_000)  # the first page of a busy machine
        context.grant_permissions(["notifications"], origin=night.fleet.api.url)
        context.add_init_script(push_manager(night.phone.given(night.service.port)))
        page = context.new_page()
        log_in(page, night.fleet.api.url, user)
        return page

    yield opened
    for context in made:
        context.close()


def test_a_night_with_alarms_that_escalate(night: Night, open_page: Callable[[str, tuple[int, int]], Page]) -> None:
    phone, desk = open_page("lan", PHONE), open_page("hung", DESKTOP)
    _switch_the_phone_on(phone, night)
    # One robot drives, so that nobody stands behind it and has an alarm, too.
    order = OrderRequest(pick_place="D01", drop_place="B2", load_id="PAL-1")
    night.fleet.service.ask(CreateOrder(order=order)).result(30.0)
    blocked = _one_is_blocked_and_lan_is_told(night, desk)
    _lan_takes_it_from_the_message(night, phone, blocked)
    silent = _one_is_silent_and_nobody_takes_it(night, desk)
    _it_ends_by_itself(night, phone, silent)
    stopped = _one_stands_when_the_shift_ends(night, desk)
    _the_morning_is_told(night, desk, [blocked, silent, stopped])
    _the_replay_shows_whom(night, desk)


def _switch_the_phone_on(phone: Page, night: Night) -> None:
    wait_until(phone, "navigator.serviceWorker.ready.then(r => r.active.state === 'activated')")
    phone.goto(night.url("/escalation"))
    phone.get_by_role("button", name="Bật trên máy này").click()
    expect(phone.get_by_test_id("push-state")).to_have_text("Đang bật trên máy này.")


def _busy(night: Night) -> str:
    robots = [r.name for r in night.fleet.service.snapshot().robots if r.status == "BUSY" and not r.waiting]
    if not robots:
        night.fleet.skip(10)
        return _busy(night)
    return robots[0]


def _label(robot: str) -> str:
    return robot.upper().replace("_", "-")


def _one_is_blocked_and_lan_is_told(night: Night, desk: Page) -> AlarmView:
    fleet = night.fleet
    fleet.skip(20)
    robot = _busy(night)
    fleet.stands[robot] = {"waiting_for": "obstacle"}
    fleet.skip(125)
    alarm = night.alarm("alarm.blocked")
    assert alarm.robot == robot
    fleet.skip(150)
    assert night.told(alarm.alarm_id) == []
    fleet.skip(60)
    assert until(lambda: len(night.box.came) == len(night.center.came) == len(night.service.came) == 1)
    subject = f"[cai_cui] 1 cảnh báo chưa ai nhận: Robot bị chặn lâu: {_label(robot)}"
    assert night.mails() == [("lan@port.example", subject)]
    text = night.box.came[0][1].get_content()
    assert f"Robot bị chặn lâu: {_label(robot)}" in text
    assert ", 3 phút" in text
    said = night.center.bodies()[0]
    assert (said["type"], said["data"]["alarms"][0]["robot"]) == ("escalation.alarm", robot)
    assert "Lan" not in json.dumps(said, ensure_ascii=False)
    told = {(1, "mail", "Lan"), (1, "center", ""), (1, "push", "Lan")}
    assert until(lambda: night.whom(alarm.alarm_id) == told)
    assert all(180.0 <= e.t - alarm.reason.since <= 180.0 + SOON_S for e in night.told(alarm.alarm_id))
    desk.goto(night.url("/escalation"))
    expect(desk.get_by_test_id("on-call-now")).to_have_text("Lan")
    expect(desk.get_by_text("Sau 10 phút chưa ai nhận: mail → Trưởng ca")).to_be_visible()
    rows = desk.get_by_test_id("deliveries").get_by_role("row").filter(has_text=f"Robot bị chặn lâu: {_label(robot)}")
    expect(rows).to_have_count(3)
    expect(rows.filter(has_text="Máy chủ đã nhận")).to_have_count(3)
    assert findings_in_both_themes(desk) == []
    shot_both(desk, "night-told")
    return alarm


def _lan_takes_it_from_the_message(night: Night, phone: Page, alarm: AlarmView) -> None:
    message = night.phone.opened(night.service.came[0][2]).decode()
    deliver(phone, night.fleet.api.url, message)
    while not (told := notifications(phone)):
        phone.wait_for_timeout(50)
    shown = told[0]
    assert shown["title"].endswith(f"Robot bị chặn lâu: {_label(alarm.robot)}")
    phone.goto(night.url(shown["data"]))
    row = phone.get_by_test_id(f"alarm-{alarm.alarm_id}")
    expect(row).to_have_attribute("aria-current", "true")
    expect(row).to_be_in_viewport()
    expect(row).to_contain_text(f"{_label(alarm.robot)} bị chặn quá 2 phút")
    assert fits(phone)
    shot_both(phone, "night-alarm")
    row.get_by_role("button", name="Tôi nhận việc này").click()
    expect(row).to_contain_text("lan đã nhận lúc")
    night.fleet.skip(600)
    phone.wait_for_timeout(3000)  # some looks of who tells people
    assert len(night.box.came) == 1
    assert night.whom(alarm.alarm_id) == {(1, "mail", "Lan"), (1, "center", ""), (1, "push", "Lan")}
    del night.fleet.stands[alarm.robot]
    expect(_over(phone)).to_contain_text("Cảnh báo mở từ tin báo đã hết")
    expect(_over(phone)).to_contain_text("lan đã nhận lúc")
    expect(row).to_have_count(0)


def _over(page: Page) -> Locator:
    return page.get_by_test_id("asked")


def _one_is_silent_and_nobody_takes_it(night: Night, desk: Page) -> AlarmView:
    fleet = night.fleet
    robot = next(r.name for r in fleet.service.snapshot().robots if r.status != "ERROR")
    fleet.dead.add(robot)
    fleet.skip(15)
    alarm = night.alarm("alarm.robot_offline")
    fleet.skip(190)
    assert until(lambda: len(night.box.came) == 2)
    assert night.mails()[1][0] == "lan@port.example"
    fleet.skip(430)
    assert until(lambda: len(night.box.came) == 3)
    assert night.mails()[2] == (
        "chief@port.example", f"[cai_cui] 1 cảnh báo chưa ai nhận: Robot mất liên lạc: {_label(robot)}"
    )  # fmt: skip
    assert ", 10 phút" in night.box.came[2][1].get_content()
    assert until(lambda: any(step == 2 for step, _, _ in night.whom(alarm.alarm_id)))  # noted after the server took it
    second = [e for e in night.told(alarm.alarm_id) if e.facts["step"] == 2]
    assert [(e.facts["channel"], e.facts["person"]) for e in second] == [("mail", "Trưởng ca")]
    assert 600.0 <= second[0].t - alarm.reason.since <= 600.0 + SOON_S
    row = desk.get_by_test_id("deliveries").get_by_role("row").filter(has_text="mail · Trưởng ca")
    expect(row).to_contain_text("Máy chủ đã nhận")
    return alarm


def _it_ends_by_itself(night: Night, phone: Page, alarm: AlarmView) -> None:
    """Who opens the message after that reads what it was, and that nobody took it."""
    night.fleet.dead.discard(alarm.robot)
    night.fleet.skip(15)
    phone.goto(night.url(f"/attention?alarm={alarm.alarm_id}"))
    expect(_over(phone)).to_contain_text(f"{_label(alarm.robot)} mất liên lạc · không ai nhận")
    expect(phone.get_by_text("Không có việc nào cần người xử lý.")).to_be_visible()
    assert findings_in_both_themes(phone) == []
    assert fits(phone)
    shot_both(phone, "night-over")


def _one_stands_when_the_shift_ends(night: Night, desk: Page) -> AlarmView:
    """What Lan does not take is told to Hùng, who is on call next."""
    fleet = night.fleet
    six = datetime(2027, 3, 10, 6, 0, tzinfo=LOCAL).timestamp()
    fleet.skip(max(0.0, six - 300.0 - fleet.now))
    fleet.stands[_any_at_rest(night)] = {"e_stop": "MANUAL"}
    fleet.skip(2)
    alarm = night.alarm("alarm.e_stop")
    fleet.skip(190)
    assert until(lambda: (1, "mail", "Lan") in night.whom(alarm.alarm_id))
    fleet.skip(max(0.0, six + 5.0 - fleet.now))
    assert until(lambda: (1, "mail", "Hùng") in night.whom(alarm.alarm_id))
    assert until(lambda: night.mails()[-1][0] == "hung@port.example")
    expect(desk.get_by_test_id("on-call-now")).to_have_text("Hùng")
    return alarm


def _any_at_rest(night: Night) -> str:
    return next(r.name for r in night.fleet.service.snapshot().robots if r.status in ("BUSY", "IDLE", "PARKED"))


def _the_morning_is_told(night: Night, desk: Page, alarms: Sequence[AlarmView]) -> None:
    blocked, silent, stopped = alarms
    desk.goto(night.url("/handover"))
    open_now = desk.get_by_role("region", name="Cần xử lý").get_by_role("listitem")
    expect(open_now).to_have_count(1)
    expect(open_now).to_contain_text(f"{_label(stopped.robot)} đang dừng khẩn cấp")
    expect(open_now).to_contain_text("chưa ai nhận")
    past = desk.get_by_test_id("interventions").get_by_role("listitem")
    taken = past.filter(has_text=_label(blocked.robot)).filter(has_text="lan đã nhận lúc")
    expect(taken).to_contain_text("bị chặn")
    expect(past.filter(has_text=f"{_label(silent.robot)} mất liên lạc")).to_contain_text("không ai nhận")
    assert fits(desk)
    shot_both(desk, "night-handover")


def _the_replay_shows_whom(night: Night, desk: Page) -> None:
    desk.goto(night.url("/replay"))
    told = desk.locator(".event").filter(has_text="Báo ra ngoài")
    for said in ("mail · Lan", "push · Lan", "center", "mail · Hùng"):
        expect(told.filter(has_text=said).first).to_be_attached()
    desk.get_by_role("button", name="Mốc trước").click()  # the minutes before the last alarm
    expect(told.filter(has_text="mail · Trưởng ca")).to_be_attached()
