"""A night with an alarm that nobody takes: a mail goes out, the page shows it, taking the alarm ends it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.api.users import UserStore
from amr_fleet.escalation.desk import EscalationDesk
from amr_fleet.escalation.settings import EscalationSettings
from amr_fleet.ops import Ops
from amr_fleet.ports import AlarmView, Reason
from amr_fleet.store.outgoing import OutgoingStore
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.e2e_support import Dashboard, fits, shot_both
from tests.e2e.serving import start
from tests.e2e.test_accessibility import findings_in_both_themes
from tests.mail_server import MailServer, mail_server

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


@pytest.fixture
def box() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture
def ahead() -> list[float]:
    """s that the clock of the messages is turned on."""
    return [0.0]


@pytest.fixture
def night(tmp_path: Path, accounts: Path, box: MailServer, ahead: list[float]) -> Iterator[Dashboard]:
    """A dashboard whose fleet has an alarm for four minutes, and people on call."""
    fleet = FakeFleet()
    fleet.seed([("DOCK-01", "BLK-02", "TO_PICK", "amr_01", 1500.0)])
    since = fleet.snapshot().t - 240.0
    fleet.alarms["A000001"] = AlarmView(
        alarm_id="A000001", reason=Reason("alarm.e_stop", {"robot": "amr_01"}, since), robot="amr_01", order_id=""
    )
    channel = {"name": "mail", "kind": "email", "host": "127.0.0.1", "port": box.port, "security": "none"}
    settings = EscalationSettings.model_validate(
        {
            "channels": [channel | {"plain": True, "sender": "amr@port.example"}],
            "people": [{"name": n, "addresses": {"mail": f"{n.lower()}@port.example"}} for n in ("Lan",)],
            "on_call": [{"begin": "00:00", "end": "00:00", "people": ["Lan"]}],
            "steps": [{"after": 3, "channels": ["mail"]}, {"after": 60, "channels": ["mail"]}],
            "loopback": True,
        }
    )
    store = OutgoingStore(str(tmp_path / "escalation.sqlite3"))
    desk = EscalationDesk(settings, fleet, store, site="cai_cui", log=print, clock=lambda: time.time() + ahead[0])
    desk.start()
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    ops = Ops(site=small_site(), read_journal=list, escalation=desk)
    handle = start(fleet, small_site(), users=users, ops=ops)
    yield Dashboard(handle.url, fleet)
    handle.stop()
    desk.close()
    users.close()


def test_a_night_with_an_alarm_that_escalates(
    page: Page, night: Dashboard, box: MailServer, ahead: list[float]
) -> None:
    night.open(page, "hung")
    page.goto(f"{night.url}/attention")
    page.get_by_role("link", name="Báo ra ngoài").click()
    expect(page.get_by_test_id("on-call-now")).to_have_text("Lan")
    expect(page.get_by_text("Cả ngày: Lan")).to_be_visible()  # 00:00 to 00:00: nobody reads that
    expect(page.get_by_text("Ngoài lịch trực")).to_have_count(0)
    rows = page.get_by_test_id("deliveries").get_by_role("row")
    expect(rows.filter(has_text="chưa ai nhận")).to_contain_text("Máy chủ đã nhận")
    assert box.subjects() == ["[cai_cui] 1 cảnh báo chưa ai nhận: Dừng khẩn cấp: AMR-01"]

    page.get_by_test_id("channel-mail").get_by_role("button", name="Gửi thử cho Lan").click()
    expect(rows.filter(has_text="Tin thử")).to_contain_text("Máy chủ đã nhận")
    assert len(box.came) == 2
    assert findings_in_both_themes(page) == []
    assert fits(page)
    shot_both(page, "escalation")

    # The next message cannot be sent; the page says so. Then somebody takes the alarm: nothing more is sent.
    box.answers["RCPT"] = "550 unknown"
    # An hour later.
    night.fleet._start += 3600.0
    ahead[0] = 3600.0
    expect(rows.filter(has_text="SMTP 550")).to_contain_text("lần thử hỏng: 1")
    assert findings_in_both_themes(page) == []
    page.goto(f"{night.url}/attention")
    page.get_by_role("button", name="Tôi nhận việc này").first.click()
    box.answers.clear()
    page.goto(f"{night.url}/escalation")
    expect(rows.filter(has_text="Không gửi: cảnh báo đã có người nhận")).to_be_visible()
    assert len(box.came) == 2


def test_off_is_said_and_an_operator_sends_no_test(phone: Page, dashboard: Dashboard) -> None:
    dashboard.open(phone)
    phone.goto(f"{dashboard.url}/escalation")
    expect(phone.get_by_text("Chưa bật. Không ai được báo khi rời màn hình này.")).to_be_visible()
    expect(phone.get_by_role("button", name="Gửi thử")).to_have_count(0)
    assert fits(phone)
