"""Finding anything by a few letters, and getting about with keys alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.e2e_support import Dashboard, fits, shot_both

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def _find(page: Page, typed: str, first: str) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Tìm robot").fill(typed)
    expect(page.get_by_role("option", selected=True)).to_contain_text(first)


def test_anything_is_found_by_a_few_letters(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_role("tab", name="Tạo đơn").click()
    page.get_by_label("Số chứng từ").focus()  # Ctrl-K works out of a field, too
    _find(page, "amr 3", "AMR-03")
    shot_both(page, "search")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="AMR-03")).to_be_visible()
    _find(page, "t4", "T00004")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Đơn T00004")).to_be_visible()
    _find(page, "bao cao", "Báo cáo ca")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Báo cáo ca")).to_be_visible()
    _find(page, "lo gao 4", "Lô gạo 4")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("map-live")).to_be_visible()
    page.get_by_role("button", name="Tìm").click()
    page.get_by_role("combobox", name="Tìm robot").fill("xyz 77")
    expect(page.get_by_text("Không tìm thấy gì.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox", name="Tìm robot")).to_have_count(0)


def test_keys_lead_everywhere_and_can_be_switched_off(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page.get_by_role("heading", name="Đơn hàng")).to_be_visible()
    page.get_by_label("Tìm đơn, chứng từ, vị trí").press_sequentially("gb?n")  # letters of who types are text
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_label("Tìm đơn, chứng từ, vị trí").blur()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Phím tắt")
    expect(sheet).to_contain_text("Cần xử lý")
    assert fits(page)
    shot_both(page, "keys")
    sheet.get_by_role("switch").click()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="Đơn hàng")).to_be_visible()
    page.get_by_test_id("user-menu").click()
    page.get_by_role("menuitem", name="Phím tắt").click()
    sheet.get_by_role("switch").click()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.keyboard.press("n")
    expect(page.get_by_role("button", name="Gửi đơn")).to_be_visible()
    page.get_by_label("Số chứng từ").blur()
    page.keyboard.press("p")
    expect(page.get_by_role("dialog")).to_contain_text("Tạm dừng tất cả robot?")
