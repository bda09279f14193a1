"""What an operator does on a shift: log in, look, create, cancel, pause, switch the language, lose the connection."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.e2e_support import PASSWORD, Dashboard, fits, shot_both, wait_until
from tests.e2e.serving import inside

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

_COLOURS = """(id) => {
  const c = document.querySelector(`[data-testid=${id}]`);
  const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
  const seen = new Set();
  for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 0) seen.add((d[i] << 16) | (d[i + 1] << 8) | d[i + 2]);
  return seen.size;
}"""


def test_log_in_says_what_is_wrong_and_then_shows_the_map(page: Page, dashboard: Dashboard) -> None:
    page.goto(dashboard.url)
    expect(page.get_by_role("button", name="Đăng nhập")).to_be_visible()
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("alert")).to_have_text("Hãy nhập tên và mật khẩu")
    page.fill("input[name=user]", "lan")
    page.fill("input[name=password]", "sai-mat-khau")
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("alert")).to_have_text("Sai tên đăng nhập hoặc mật khẩu")
    shot_both(page, "login")
    dashboard.open(page)
    wait_until(page, f"({_COLOURS})('map-static') > 8 && ({_COLOURS})('map-live') > 8")
    expect(page.get_by_text("Đang chờ AMR-03 đi qua")).to_be_visible()
    assert fits(page)


def test_a_row_centres_the_map_and_opens_details(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_test_id("robot-amr_03").locator(".row-main").click()
    expect(page.get_by_test_id("robot-amr_03").locator(".row-main")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Chi tiết AMR-03").click()
    expect(page.get_by_role("dialog")).to_contain_text("Định vị")


def test_an_order_is_created_and_cancelled(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_role("tab", name="Tạo đơn").click()
    page.get_by_role("button", name="Gửi đơn").click()
    expect(page.get_by_text("Hãy chọn nơi lấy hàng")).to_be_visible()
    _choose(page, "pick", "Cửa xuất nhập 2")
    _choose(page, "drop", "Cửa xuất nhập 2")
    page.get_by_role("button", name="Gửi đơn").click()
    expect(page.get_by_text("Nơi trả phải khác nơi lấy")).to_be_visible()
    _choose(page, "drop", "Lô gạo 4")
    page.get_by_label("Phải xong trong (phút)").fill("25")
    page.get_by_role("button", name="Gửi đơn").click()
    expect(page.get_by_role("status")).to_contain_text("Đã nhận đơn T00007")
    assert dashboard.fleet.requests[0].drop_place == "BLK-04"
    page.get_by_role("tab", name="Đơn vận chuyển").click()
    row = page.get_by_test_id("order-T00007")
    expect(row).to_contain_text("Cửa xuất nhập 2 → Lô gạo 4")
    row.get_by_role("button", name="Hủy đơn").click()
    expect(page.get_by_role("dialog")).to_contain_text("Hủy đơn T00007?")
    page.get_by_test_id("confirm").click()
    expect(row).to_have_count(0)
    page.get_by_text("Tất cả", exact=True).click()
    expect(page.get_by_test_id("order-T00007")).to_contain_text("Đã hủy")


def _choose(page: Page, name: str, text: str) -> None:
    box = page.get_by_label("Nơi lấy hàng" if name == "pick" else "Nơi trả hàng").first
    box.click()
    box.fill(text)
    page.get_by_role("option", name=text).locator("visible=true").click()


def test_robots_are_paused_one_and_all(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_role("button", name="Tạm dừng AMR-02").click()
    expect(page.get_by_role("button", name="Chạy lại AMR-02")).to_be_visible()
    assert dashboard.fleet.paused == {"amr_02"}
    page.get_by_role("button", name="Tạm dừng tất cả").click()
    expect(page.get_by_role("dialog")).to_contain_text("12 robot sẽ dừng tại chỗ")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_text("Tất cả robot đang tạm dừng.")).to_be_visible()
    page.get_by_role("button", name="Chạy lại tất cả").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_text("Tất cả robot đang tạm dừng.")).to_have_count(0)
    assert not dashboard.fleet.paused


def test_a_phone_shows_all_words_of_the_button_that_stops_everything(phone: Page, dashboard: Dashboard) -> None:
    dashboard.open(phone, "hung")
    for words in ("Tạm dừng tất cả", "Chạy lại tất cả"):
        button = phone.get_by_role("button", name=words)
        label = button.locator(".mantine-Button-label")
        assert label.evaluate("e => e.scrollWidth <= e.clientWidth"), words
        button.click()
        phone.get_by_test_id("confirm").click()
        expect(button).to_have_count(0)


def test_the_language_is_switched_and_remembered(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_text("EN", exact=True).click()
    expect(page.get_by_role("tab", name="New order")).to_be_visible()
    expect(page.get_by_text("Waiting for AMR-03 to pass")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Pause all")).to_be_visible()


def test_a_viewer_only_looks(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page, "khach")
    expect(page.get_by_role("button", name="Tạm dừng tất cả")).to_have_count(0)
    page.get_by_role("tab", name="Tạo đơn").click()
    expect(page.get_by_text("Tài khoản này chỉ được xem.")).to_be_visible()


@inside
def test_a_lost_connection_is_said_and_mended(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    dashboard.fleet.broken = True
    expect(page.get_by_role("alert")).to_contain_text("Mất kết nối với máy chủ")
    dashboard.fleet.broken = False
    expect(page.get_by_role("alert")).to_have_count(0)


def test_log_out_leads_to_the_login(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_test_id("user-menu").click()
    page.get_by_role("menuitem", name="Đăng xuất").click()
    expect(page.get_by_role("button", name="Đăng nhập")).to_be_visible()


def test_everything_is_reachable_on_a_phone(phone: Page, dashboard: Dashboard) -> None:
    phone.goto(dashboard.url)
    expect(phone.get_by_label("Tên đăng nhập")).to_be_visible()
    dashboard.open(phone)
    assert fits(phone)
    phone.get_by_role("tab", name="Đơn vận chuyển").click()
    expect(phone.get_by_test_id("order-T00001")).to_be_visible()
    phone.get_by_role("tab", name="Tạo đơn").click()
    phone.get_by_role("button", name="Gửi đơn").scroll_into_view_if_needed()
    assert fits(phone)
    expect(phone.get_by_role("button", name="Tạm dừng tất cả")).to_be_visible()
    assert PASSWORD not in phone.content()
