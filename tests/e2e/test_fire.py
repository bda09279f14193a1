"""A fire alarm on the dashboard: raised by a person, told on every page, ended by a person."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.requests import EndFire, RaiseFire
from tests.e2e.e2e_support import Dashboard, fits, shot_both

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def test_a_person_raises_and_ends_it_from_any_page(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_role("navigation", name="Các trang").get_by_role("link", name="Cần xử lý").click()
    page.get_by_role("button", name="Báo cháy").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Mọi robot ra khỏi lối thoát hiểm rồi đứng lại")
    assert not [asked for asked in dashboard.fleet.asked if isinstance(asked, RaiseFire)], "asked before"
    dialog.get_by_role("button", name="Báo cháy").click()
    banner = page.get_by_role("alert").filter(has_text="Báo cháy lúc")
    expect(banner).to_be_visible()
    expect(page.get_by_role("button", name="Báo cháy", exact=True)).to_have_count(0)
    page.get_by_role("navigation", name="Các trang").get_by_role("link", name="Đơn hàng").click()
    expect(banner).to_be_visible()
    shot_both(page, "fire")
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)
    label = page.get_by_role("button", name="Tạm dừng tất cả").locator(".mantine-Button-label")
    assert label.evaluate("label => label.scrollWidth <= label.clientWidth"), "its words are not cut"
    banner.get_by_role("button", name="Kết thúc báo cháy").click()
    page.get_by_role("dialog").get_by_role("button", name="Kết thúc báo cháy").click()
    expect(banner).to_have_count(0)
    (ended,) = [asked for asked in dashboard.fleet.asked if isinstance(asked, EndFire)]
    assert ended.user == "lan"


def test_a_viewer_sees_it_and_can_do_nothing_about_it(page: Page, dashboard: Dashboard) -> None:
    dashboard.fleet.ask(RaiseFire(text="khói ở cửa 3", user="lan"))
    dashboard.open(page, "khach")
    banner = page.get_by_role("alert").filter(has_text="khói ở cửa 3")
    expect(banner).to_be_visible()
    expect(banner.get_by_role("button")).to_have_count(0)
    page.get_by_role("navigation", name="Các trang").get_by_role("link", name="Cần xử lý").click()
    expect(page.get_by_role("button", name="Báo cháy")).to_have_count(0)
