"""The page that one shift hands to the next: what is open, and who took it over."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.requests import AddNote
from tests.e2e.e2e_support import Dashboard, fits, shot_both

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def test_a_shift_is_handed_over(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_role("button", name="Tạm dừng AMR-02").click()
    page.get_by_role("link", name="Giao ca").click()
    robots = page.get_by_role("region", name="Robot không làm việc")
    expect(robots).to_contain_text("AMR-02 Tạm dừng · đang tạm dừng theo lệnh")
    expect(robots).to_contain_text("AMR-05 Lỗi · không biết mình đang ở đâu")
    expect(robots).not_to_contain_text("AMR-09")
    orders = page.get_by_role("region", name="Đơn đang mở")
    expect(orders).to_contain_text("6 đơn đang mở, 1 đơn trong hàng chờ")
    expect(orders.get_by_role("link").first).to_have_text("T00004")  # the one that is late
    expect(page.get_by_role("region", name="Làn và khu vực đang đóng")).to_contain_text("Không có khu vực tạm thời")
    assert fits(page)
    page.get_by_role("button", name="Nhận ca").click()
    expect(page.get_by_text("Đã ghi vào ghi chú giao ca")).to_be_visible()
    taken = [asked for asked in dashboard.fleet.asked if isinstance(asked, AddNote)][-1]
    assert taken.user == "lan"
    assert "6 đơn đang mở, 0 việc cần xử lý, 0 khu vực tạm thời, 3 robot không làm việc" in taken.text
    shot_both(page, "handover")
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)


def test_a_viewer_reads_it_and_takes_nothing_over(phone: Page, dashboard: Dashboard) -> None:
    dashboard.open(phone, "khach")
    phone.goto(f"{dashboard.url}/handover")
    expect(phone.get_by_role("region", name="Đơn đang mở")).to_be_visible()
    expect(phone.get_by_role("button", name="Nhận ca")).to_have_count(0)
    assert fits(phone)
