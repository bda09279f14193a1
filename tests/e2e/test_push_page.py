"""Alarms in the browser: switched on by a press, a real message through a push service of ours, shown by the worker.

`PushManager` alone is replaced: Chromium's own asks Google for an address, and the tests have no internet. What the
fleet sends is decrypted as a browser would, and handed to the service worker over the DevTools protocol.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from amr_fleet.api.users import UserStore
from amr_fleet.escalation.desk import EscalationDesk
from amr_fleet.escalation.push import VapidKey
from amr_fleet.escalation.push_desk import PushDesk
from amr_fleet.escalation.settings import EscalationSettings
from amr_fleet.ops import Ops
from amr_fleet.ports import AlarmView, Reason
from amr_fleet.store.outgoing import OutgoingStore
from amr_fleet.store.push_devices import AccountLook, PushDevices
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.conftest import WHOLE_CHROMIUM
from tests.e2e.e2e_support import DESKTOP, PHONE, Dashboard, fits, shot, wait_until
from tests.e2e.notified import deliver, notifications, push_manager
from tests.e2e.serving import start
from tests.e2e.test_accessibility import findings_in_both_themes
from tests.push_service import Browser as Receiver
from tests.push_service import PushService, push_service

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


@dataclass
class Told:
    """A dashboard with an alarm that nobody takes, and where its messages arrive."""

    dashboard: Dashboard
    service: PushService
    browser: Receiver


@pytest.fixture(scope="module")
def chromium() -> str:
    """Chromium itself: its shell without a window shows no notifications."""
    return WHOLE_CHROMIUM


@pytest.fixture
def told(tmp_path: Path, accounts: Path) -> Iterator[Told]:
    fleet = FakeFleet()
    fleet.seed([("DOCK-01", "BLK-02", "TO_PICK", "amr_01", 1500.0)])
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    channel = {"name": "push", "kind": "push", "contact": "amr@port.example", "plain": True, "services": ["127.0.0.1"]}
    settings = EscalationSettings.model_validate(
        {
            "channels": [channel],
            "people": [{"name": "Lan", "addresses": {"push": "lan"}}],
            "steps": [{"after": 3, "channels": ["push"]}],
            "loopback": True,
        }
    )
    found, where = settings.push(), str(tmp_path / "escalation.sqlite3")
    assert found is not None
    key, look = VapidKey.load_or_make(tmp_path / "push.key"), AccountLook(tmp_path / "users.db")
    push = PushDesk(found, PushDevices(where), look, key, loopback=True, clock=time.time)
    desk = EscalationDesk(settings, fleet, OutgoingStore(where), site="cai_cui", log=print, push=push)
    desk.start()
    ops = Ops(site=small_site(), read_journal=list, escalation=desk)
    handle = start(fleet, small_site(), users=users, ops=ops)
    with push_service() as service:
        yield Told(Dashboard(handle.url, fleet), service, Receiver())
        handle.stop()
        desk.close()
    users.close()


@pytest.fixture
def context(browser: Browser, told: Told) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": DESKTOP[0], "height": DESKTOP[1]}, locale="vi-VN")
    made.set_default_timeout(45_000)
    made.grant_permissions(["notifications"], origin=told.dashboard.url)
    made.add_init_script(push_manager(told.browser.given(told.service.port)))
    yield made
    made.close()


def test_an_alarm_that_nobody_takes_is_a_notification(context: BrowserContext, told: Told) -> None:
    page, dashboard = context.new_page(), told.dashboard
    dashboard.open(page, "lan")
    wait_until(page, "navigator.serviceWorker.ready.then(r => r.active.state === 'activated')")
    page.goto(f"{dashboard.url}/escalation")
    state = page.get_by_test_id("push-state")
    expect(state).to_have_text("Đang tắt trên máy này.")
    expect(page.get_by_test_id("channel-push")).to_contain_text("Chưa bật trên máy nào: Lan")
    page.get_by_role("button", name="Bật trên máy này").click()
    expect(state).to_have_text("Đang bật trên máy này.")
    here = page.get_by_test_id("push-here")
    expect(here).to_contain_text("máy này")
    here.get_by_role("button", name="Gửi thử").click()
    expect(here).to_contain_text("tin gần nhất lúc")
    since = dashboard.fleet.snapshot().t - 240.0
    dashboard.fleet.alarms["A000001"] = AlarmView(
        alarm_id="A000001", reason=Reason("alarm.e_stop", {"robot": "amr_01"}, since), robot="amr_01", order_id=""
    )
    expect(page.get_by_test_id("deliveries")).to_contain_text("Dừng khẩn cấp: AMR-01")
    while len(told.service.came) < 2:
        page.wait_for_timeout(50)
    texts = [told.browser.opened(body).decode() for _, _, body in told.service.came]

    deliver(page, dashboard.url, *texts, "\x00rubbish", '{"title": 3}')
    while len(shown := notifications(page)) < 2:
        page.wait_for_timeout(50)
    by_tag = {one["tag"]: one for one in shown}
    assert by_tag["A000001"]["title"] == "[cai_cui] 1 cảnh báo chưa ai nhận: Dừng khẩn cấp: AMR-01"
    assert by_tag["A000001"]["data"] == "/attention?alarm=A000001"
    # What cannot be read is shown all the same, in the place of the test.
    while _shown_as(page, "amr")["title"] != "Cảnh báo từ hệ thống điều phối robot":
        page.wait_for_timeout(50)

    assert findings_in_both_themes(page) == []
    assert fits(page)
    shot(page, "push")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert fits(page)
    page.get_by_test_id("push").scroll_into_view_if_needed()
    shot(page, "push")
    page.goto(f"{dashboard.url}/attention?alarm=A000001")
    expect(page.get_by_test_id("alarm-A000001")).to_have_attribute("aria-current", "true")
    page.goto(f"{dashboard.url}/escalation")


def _shown_as(page: Page, tag: str) -> dict[str, str]:
    return next(one for one in notifications(page) if one["tag"] == tag)


def test_who_cannot_be_told_is_told_why(browser: Browser, told: Told) -> None:
    """A page on plain HTTP, an old browser, and one that was told no."""
    context = browser.new_context(locale="vi-VN", viewport={"width": PHONE[0], "height": PHONE[1]})
    context.set_default_timeout(45_000)
    page = context.new_page()
    told.dashboard.open(page, "lan")
    for change, text in (
        ("Object.defineProperty(window, 'isSecureContext', { value: false })", "không qua HTTPS"),
        ("delete window.PushManager", "không nhận được thông báo đẩy"),
        ("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })", "đang chặn thông báo"),
    ):
        other = context.new_page()
        other.add_init_script(change)
        other.goto(f"{told.dashboard.url}/escalation")
        expect(other.get_by_test_id("push-state")).to_contain_text(text)
        expect(other.get_by_role("button", name="Bật trên máy này")).to_have_count(0)
        assert fits(other)
        other.close()
    context.close()
