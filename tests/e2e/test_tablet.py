"""A shared tablet: an administrator enrols it, an operator logs in with a PIN, and it can be taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.e2e_support import Dashboard, fits, log_in, shot, shot_both, shot_themes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def test_a_tablet_from_enrolment_to_its_end(phone: Page, page: Page, dashboard: Dashboard) -> None:
    dashboard.open(phone, "sep")
    phone.goto(f"{dashboard.url}/accounts")
    phone.get_by_test_id("account-lan").get_by_role("button", name="Đặt mã PIN").click()
    phone.get_by_role("textbox", name="Mã PIN").fill("4827")
    phone.get_by_role("button", name="Lưu").click()
    phone.goto(f"{dashboard.url}/sessions")
    phone.get_by_label("Tên máy").fill("Bàn ca trưởng")
    phone.get_by_role("button", name="Đăng ký máy này").click()
    expect(phone.get_by_text("Trình duyệt này là máy dùng chung")).to_be_visible()
    assert fits(phone)
    shot(phone, "sessions")
    phone.get_by_test_id("user-menu").click()
    phone.get_by_role("menuitem", name="Đăng xuất").click()

    phone.get_by_role("button", name="lan").click()
    shot_both(phone, "pin")
    for digits, outcome in (("1234", "Sai tên đăng nhập hoặc mật khẩu"), ("4827", "")):
        for digit in digits:
            phone.get_by_role("button", name=digit, exact=True).click()
        phone.get_by_role("button", name="Vào").click()
        if outcome:
            expect(phone.get_by_role("alert")).to_contain_text(outcome)
    expect(phone.get_by_test_id("map-live")).to_be_visible()
    expect(phone.get_by_test_id("user-menu")).to_have_text("lan")

    dashboard.open(page, "sep")
    page.get_by_role("link", name="Thiết bị").click()
    expect(page.get_by_test_id("session-lan")).to_contain_text("Mã PIN")
    shot(page, "sessions")
    page.get_by_test_id("session-Bàn ca trưởng").get_by_role("button", name="Thu hồi").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_text("Chưa đăng ký máy nào.")).to_be_visible()
    page.get_by_test_id("session-lan").get_by_role("button", name="Kết thúc").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("session-lan")).to_have_count(0)
    phone.reload()
    expect(phone.get_by_label("Mật khẩu")).to_be_visible()
    expect(phone.get_by_role("button", name="lan")).to_have_count(0)


def test_people_change_their_own_password(page: Page, dashboard: Dashboard) -> None:
    log_in(page, dashboard.url, "lan")
    page.get_by_test_id("user-menu").click()
    page.get_by_role("menuitem", name="Đổi mật khẩu").click()
    shot_themes(page, "password", both=True)
    page.fill("input[name=old]", "not-the-password")
    page.fill("input[name=new]", "gao-song-hau-2026")
    page.fill("input[name=again]", "gao-song-hau-2026")
    page.click("button[type=submit]")
    expect(page.get_by_role("alert")).to_contain_text("Sai tên đăng nhập hoặc mật khẩu")
    page.get_by_role("button", name="Không").click()
    expect(page.get_by_test_id("map-live")).to_be_visible()
