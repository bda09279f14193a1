"""An administrator adds a user, who must change the password; the audit trail tells of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.e2e_support import Dashboard, fits, shot, type_password
from tests.e2e.test_accessibility import findings_in_both_themes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def test_an_account_from_its_first_password_to_its_end(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page, "sep")
    page.get_by_role("link", name="Tài khoản").click()
    page.get_by_label("Tên đăng nhập").fill("minh")
    page.get_by_role("button", name="Thêm tài khoản").click()
    password = page.get_by_test_id("new-password").inner_text()
    assert findings_in_both_themes(page) == []
    page.keyboard.press("Escape")
    row = page.get_by_test_id("account-minh")
    expect(row).to_contain_text("chưa đổi mật khẩu được cấp")
    row.get_by_role("button", name="Đặt mã PIN").click()
    page.get_by_role("textbox", name="Mã PIN").fill("1111")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("dialog")).to_contain_text("mã quá đơn giản")
    assert findings_in_both_themes(page) == []
    page.get_by_role("textbox", name="Mã PIN").fill("4827")
    page.get_by_role("button", name="Lưu").click()
    expect(row.get_by_role("cell", name="có", exact=True)).to_be_visible()
    assert findings_in_both_themes(page) == []
    shot(page, "accounts")
    page.get_by_role("link", name="Nhật ký").click()
    expect(page.get_by_test_id("audit").get_by_role("row").nth(1)).to_contain_text("Đổi mã PIN")
    expect(page.get_by_test_id("audit")).not_to_contain_text("4827")
    assert findings_in_both_themes(page) == []
    page.get_by_label("Tìm trong các dòng đã tải").fill("thêm tài khoản")
    expect(page.get_by_test_id("audit").get_by_role("row")).to_have_count(2)
    page.get_by_label("Tìm trong các dòng đã tải").fill("")
    shot(page, "audit")

    page.context.clear_cookies()
    type_password(page, dashboard.url, "minh", password)
    page.fill("input[name=old]", password)
    page.fill("input[name=new]", "trung-thu-2026")
    page.fill("input[name=again]", "trung-thu-2027")
    page.click("button[type=submit]")
    expect(page.get_by_role("alert")).to_contain_text("không giống nhau")
    page.fill("input[name=again]", "trung-thu-2026")
    page.click("button[type=submit]")
    expect(page.get_by_test_id("map-live")).to_be_visible()
    expect(page.get_by_role("link", name="Tài khoản")).to_have_count(0)


def test_accounts_on_a_phone(phone: Page, dashboard: Dashboard) -> None:
    dashboard.open(phone, "sep")
    phone.goto(f"{dashboard.url}/accounts")
    phone.get_by_test_id("account-khach").get_by_role("button", name="Xóa").click()
    expect(phone.get_by_role("dialog")).to_contain_text("Không thể hoàn tác")
    phone.get_by_test_id("confirm").click()
    expect(phone.get_by_test_id("account-khach")).to_have_count(0)
    assert fits(phone)
    shot(phone, "accounts")
    stranger = phone.context.browser.new_context() if phone.context.browser is not None else phone.context
    assert stranger.request.post(f"{dashboard.url}/api/v1/orders", data={}).status == 401  # a row of nobody
    stranger.close()
    phone.goto(f"{dashboard.url}/audit")
    expect(phone.get_by_test_id("audit")).to_contain_text("Xóa tài khoản")
    assert fits(phone)
    shot(phone, "audit")
