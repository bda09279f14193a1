"""Trends over days and weeks: figures of the journal as bars and tables, for a desk and a phone, with keys."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amr_core.errors import Fact
from amr_fleet.api.users import UserStore
from amr_fleet.domain.events import JournalEntry
from tests.e2e.e2e_support import fits, log_in, shot_both
from tests.e2e.past_fleet import PastFleet
from tests.e2e.test_accessibility import _RUN, _STILL, AXE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
DAY = 86400.0
DAYS = 16


def _worked(day: int, orders: int, late: int) -> Iterator[JournalEntry]:
    """Yield a day: orders of which some are late, two robots that worked and waited, a fault every fourth day."""
    for i in range(orders):
        at, name = day * DAY + 60.0 + 80.0 * i, f"T{day:02d}{i:03d}"
        order: dict[str, Fact] = {"pick_place": "DOCK-01", "drop_place": "BLK-02", "deadline": at + 600.0}
        yield JournalEntry(t=at, kind="order_created", order_id=name, facts=order)
        took = 900.0 if i < late else 300.0
        yield JournalEntry(t=at + took, kind="order_done", order_id=name, robot=f"amr_0{1 + i % 2}")
    for robot in ("amr_01", "amr_02"):
        fault = 7200.0 if robot == "amr_02" and day % 4 == 3 else 0.0
        used: dict[str, Fact] = {"loaded": 30000.0 - fault, "wait.traffic": 3000.0 + 600.0 * day, "empty": 9000.0}
        counted = {"from": (day + 1) * DAY - 3600.0, "fault": fault, "soc_min": 0.6 - 0.03 * day, "soc_used": 0.5}
        yield JournalEntry(t=(day + 1) * DAY - 1.0, kind="robot_time", robot=robot, facts={**used, **counted})
        if fault:
            alarm: dict[str, Fact] = {"alarm": f"A{day}", "code": "alarm.robot_error"}
            yield JournalEntry(t=(day + 1) * DAY - 2.0, kind="alarm_raised", robot=robot, facts=alarm)


def _past() -> list[JournalEntry]:
    entries = [entry for day in range(DAYS) for entry in _worked(day, 20 + day, day % 3)]
    return sorted(
        [*entries, JournalEntry(t=DAYS * DAY + 3600.0, kind="robot_online", robot="amr_01")], key=lambda e: e.t
    )


@pytest.fixture
def past(tmp_path: Path, accounts: Path) -> Iterator[PastFleet]:
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    fleet = PastFleet(tmp_path, users, _past())
    yield fleet
    fleet.close()
    users.close()


def _axe(page: Page) -> list[str]:
    if not AXE.is_file():
        return []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.evaluate(_STILL)
    found: list[str] = page.evaluate(_RUN, None)
    page.evaluate("document.documentElement.dataset.mantineColorScheme = 'dark'")
    found += page.evaluate(_RUN, ["color-contrast"])
    page.evaluate("document.documentElement.dataset.mantineColorScheme = 'light'")
    return found


def test_days_and_weeks_are_drawn_and_compared(page: Page, past: PastFleet) -> None:
    log_in(page, past.api.url, "khach")
    page.goto(f"{past.api.url}/report")
    page.get_by_role("link", name="Xu hướng").click()
    chart = page.get_by_test_id("trend-per_hour")
    expect(chart.locator(".trend-bar")).to_have_count(14)
    expect(chart.get_by_role("img")).to_have_accessible_name(
        "Đơn xong mỗi giờ, từ Ngày 4 đến Ngày 17: thấp nhất 0,0, cao nhất 1,5"
    )
    # Day 16 has 35 orders in 24 h; the twelve before it 23 to 34, 28.5 on average.
    expect(chart).to_contain_text("Tốt hơn 23 % so với trung bình 12 ngày trước")
    expect(page.get_by_test_id("trend-wait_share")).to_contain_text("so với trung bình 12 ngày trước")
    rows = page.get_by_test_id("trend-figures").locator("tbody tr")
    expect(rows).to_have_count(14)
    expect(rows.nth(0)).to_contain_text("chưa đủ")
    expect(rows.nth(1)).to_contain_text("Chờ robot khác")
    expect(rows.nth(2).locator("td").nth(3)).to_have_text("2 / 34")
    robots = page.get_by_test_id("trend-robots")
    expect(robots.locator("tbody tr")).to_have_count(2)
    expect(robots.locator("tbody tr").nth(1).locator(".trend-warn")).to_have_count(4)  # 7200 s of 43,000 lost
    page.get_by_label("Số của robot", exact=True).first.click()
    page.get_by_role("option", name="Pin thấp nhất", exact=True).click()
    expect(robots.locator("tbody tr").nth(0).locator("td").nth(12)).to_have_text("15 %")
    found = _axe(page)
    assert found == [], "\n".join(found)
    shot_both(page, "trends", at="h2")
    page.get_by_text("Tuần", exact=True).click()
    expect(chart.locator(".trend-bar")).to_have_count(3)
    expect(page.get_by_test_id("trend-figures")).to_contain_text("Tuần 2")


def test_a_phone_shows_them_in_english_and_keys_reach_the_tables(phone: Page, past: PastFleet) -> None:
    log_in(phone, past.api.url, "khach")
    phone.evaluate("localStorage.setItem('amr.lang', 'en')")
    phone.goto(f"{past.api.url}/trends")
    expect(phone.get_by_test_id("trend-late_share")).to_contain_text("Late orders")
    assert fits(phone)
    table = phone.get_by_role("region", name="Health of each robot")
    table.focus()
    phone.keyboard.press("End")
    phone.keyboard.press("ArrowRight")
    expect(table).to_be_focused()
    found = _axe(phone)
    assert found == [], "\n".join(found)


def test_without_a_journal_the_page_says_so(page: Page, past: PastFleet) -> None:
    past.journal.clear()
    log_in(page, past.api.url, "khach")
    page.goto(f"{past.api.url}/trends")
    expect(page.get_by_text("Chưa có số liệu nào.")).to_be_visible()
