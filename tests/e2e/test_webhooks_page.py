"""The webhooks' page: how receivers do, why letters are dead, sending them again and dropping them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.api.users import UserStore
from amr_fleet.ops import Ops
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import OutgoingEvent, OutgoingStore
from amr_fleet.webhooks.desk import Webhooks
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.e2e_support import Dashboard, fits, shot_both
from tests.e2e.serving import start
from tests.e2e.test_accessibility import findings_in_both_themes
from tests.webhook_receiver import Receiver, settings_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
REASON = "HTTP 422 " + "a long reason of a receiver " * 4


@pytest.fixture
def store(tmp_path: Path) -> OutgoingStore:
    """Two letters that were given up and one event that waits; the receiver said that it wants nothing more."""
    made = OutgoingStore(str(tmp_path / "webhooks.sqlite3"))
    made.begin("wms", 0)
    events = [OutgoingEvent("wms", f"evt_{i}", "order.delivered", f"order:T{i}", "{}", at=1.79e9 + i) for i in range(3)]
    made.add("wms", events, 3)
    for event in made.due("wms", 9e9, 2):
        made.give_up(event.row, 13, REASON, 1.79e9)
    made.stop("wms", "HTTP 410")
    return made


@pytest.fixture
def hooked(tmp_path: Path, accounts: Path, store: OutgoingStore) -> Iterator[Dashboard]:
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    journal = JournalStore(str(tmp_path / "journal.sqlite3"))
    settings = settings_for(Receiver(port=9), tmp_path)
    hooks = Webhooks(settings, journal, store, site="s", log=lambda _said: None)
    fleet = FakeFleet()
    ops = Ops(site=small_site(4), read_journal=list, webhooks=hooks)
    handle = start(fleet, small_site(), users=users, ops=ops)
    yield Dashboard(handle.url, fleet)
    handle.stop()
    users.close()
    hooks.close()
    journal.close()


def test_dead_letters_are_read_dropped_and_sent_again(page: Page, hooked: Dashboard, store: OutgoingStore) -> None:
    hooked.open(page, "hung")
    page.goto(f"{hooked.url}/webhooks")
    target = page.get_by_test_id("webhook-wms")
    expect(target).to_contain_text("Đã ngừng: HTTP 410")
    first, second = (page.get_by_test_id(f"letter-{event.row}") for event in reversed(store.dead(9)))
    expect(first).to_contain_text("HTTP 422 a long reason")
    expect(first).to_contain_text("order:T0")
    assert findings_in_both_themes(page) == []
    assert fits(page)
    shot_both(page, "webhooks")
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)
    first.get_by_role("button", name="Bỏ hẳn").click()
    page.get_by_test_id("confirm").click()
    expect(first).to_have_count(0)
    expect(second).to_be_visible()
    assert [event.event_id for event in store.dead(9)] == ["evt_1"]
    second.get_by_role("button", name="Gửi lại").click()
    expect(page.get_by_text("Không có tin gửi lỗi.")).to_be_visible()
    expect(target).to_contain_text("Đang gửi")
    assert {event.event_id for event in store.due("wms", 9e9, 9)} == {"evt_1", "evt_2"}


def test_without_webhooks_it_says_so_and_an_operator_has_no_such_page(
    page: Page, phone: Page, dashboard: Dashboard
) -> None:
    dashboard.open(page, "hung")
    page.goto(f"{dashboard.url}/webhooks")
    expect(page.get_by_text("Chưa cài webhook nào")).to_be_visible()
    dashboard.open(phone, "lan")
    phone.goto(f"{dashboard.url}/webhooks")
    expect(phone.get_by_text("Không có trang này")).to_be_visible()
