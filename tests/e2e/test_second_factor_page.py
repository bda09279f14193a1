"""The two-step log-in in a browser: set up by who likes it, and by who must; asked for at the log-in; taken away."""

from __future__ import annotations

import base64
import time

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Page, expect

from tests.e2e.e2e_support import PASSWORD, Dashboard, fits, shot, shot_themes, type_password

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


class Phone:
    """An authenticator app: shows a code that was not used yet, as one who waits for the next would type it."""

    def __init__(self, page: Page) -> None:
        typed = page.get_by_test_id("second-secret").inner_text().replace(" ", "")
        self._totp, self._step = TOTP(base64.b32decode(typed), 6, SHA1(), 30), 0

    def code(self) -> str:
        """Return the next code."""
        self._step = max(self._step + 1, int(time.time()) // 30)
        return self._totp.generate(self._step * 30).decode()


def _set_up(page: Page, *, pictures: bool = False) -> tuple[Phone, list[str]]:
    begin, password = page.get_by_role("button", name="Thiết lập"), page.get_by_label("Mật khẩu hiện tại")
    expect(begin).to_be_disabled()
    password.fill("not the password")
    begin.click()
    expect(page.get_by_role("alert")).to_be_visible()
    password.fill(PASSWORD)
    begin.click()
    expect(page.get_by_role("img", name="Mã QR cho ứng dụng xác thực")).to_be_visible()
    app = Phone(page)
    assert fits(page)
    if pictures:
        shot_themes(page, "second-factor", both=True)
    page.get_by_label("Mã 6 chữ số").fill("000000")
    page.get_by_role("button", name="Bật", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Mã sai")
    page.get_by_label("Mã 6 chữ số").fill(app.code())
    page.get_by_role("button", name="Bật", exact=True).click()
    shown = page.get_by_test_id("recovery-codes").get_by_role("listitem")
    expect(shown).to_have_count(8)
    codes = shown.all_inner_texts()
    assert fits(page)
    page.get_by_role("button", name="Tôi đã cất các mã").click()
    return app, codes


def test_set_up_used_and_turned_off(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page, "lan")
    page.get_by_test_id("user-menu").click()
    page.get_by_role("menuitem", name="Đăng nhập hai bước").click()
    app, codes = _set_up(page, pictures=True)
    expect(page.get_by_text("Còn 8 mã khôi phục")).to_be_visible()

    page.context.clear_cookies()
    type_password(page, dashboard.url, "lan")
    second = page.locator("input[name=code]")
    expect(second).to_be_focused()
    expect(page.get_by_role("alert")).to_have_count(0)
    second.fill("123456")
    page.click("button[type=submit]")
    expect(page.get_by_role("alert")).to_contain_text("Mã sai")
    second.fill(codes[0])
    page.click("button[type=submit]")
    expect(page.get_by_test_id("map-live")).to_be_visible()

    page.goto(f"{dashboard.url}/second-factor")
    expect(page.get_by_text("Còn 7 mã khôi phục")).to_be_visible()
    page.get_by_label("Mật khẩu hiện tại").fill(PASSWORD)
    page.get_by_label("Mã 6 chữ số, hoặc một mã khôi phục").fill(app.code())
    page.get_by_role("button", name="Tắt đăng nhập hai bước").click()
    expect(page.get_by_role("button", name="Thiết lập")).to_be_visible()


def test_who_must_have_it_sets_it_up_first_and_an_administrator_takes_it_away(
    page: Page, phone: Page, dashboard: Dashboard
) -> None:
    dashboard.open(page, "sep")
    page.get_by_role("link", name="Tài khoản").click()
    box = page.get_by_test_id("needed-roles").get_by_label("Điều hành", exact=False).first
    box.click()
    expect(page.get_by_role("dialog")).to_contain_text("phải thiết lập trước")
    page.get_by_test_id("confirm").click()
    expect(box).to_be_checked()
    shot(page, "accounts-two-step")

    phone.context.clear_cookies()
    type_password(phone, dashboard.url, "lan")
    expect(phone.get_by_text("Vai trò của bạn phải đăng nhập hai bước")).to_be_visible()
    expect(phone.get_by_test_id("map-live")).to_have_count(0)
    _set_up(phone)
    expect(phone.get_by_test_id("map-live")).to_be_visible()

    page.reload()
    row = page.get_by_test_id("account-lan")
    row.get_by_role("button", name="Gỡ đăng nhập hai bước").click()
    page.get_by_test_id("confirm").click()
    expect(row.get_by_role("button", name="Gỡ đăng nhập hai bước")).to_have_count(0)
