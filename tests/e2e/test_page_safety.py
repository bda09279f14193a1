"""What a shift leader sees when things go wrong around the page, how much goes over the wire, and who can use it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.ports import AlarmView, Reason
from amr_fleet.service import STORAGE
from tests.e2e.e2e_support import PASSWORD, Dashboard, fits

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

# Over TLS browsers take brotli; over plain HTTP only gzip, which is 10 % more.
LIVE_MAP_BYTES = {"br": 300_000, "gzip": 330_000}


def test_a_page_that_cannot_be_loaded_says_so_and_comes_without_f5(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.route("**/assets/ReportPage-*.js", lambda route: route.abort())
    page.get_by_role("link", name="Báo cáo ca").click()
    expect(page.get_by_role("alert")).to_contain_text("Không tải được trang này")
    expect(page.get_by_role("button", name="Tạm dừng tất cả")).to_be_visible()
    page.get_by_role("link", name="Đơn hàng").click()
    expect(page.get_by_role("heading", name="Đơn hàng")).to_be_visible()
    page.get_by_role("link", name="Báo cáo ca").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.unroute("**/assets/ReportPage-*.js")
    page.get_by_role("button", name="Thử lại").click()
    expect(page.get_by_role("heading", name="Báo cáo ca")).to_be_visible()


def test_a_short_cut_of_the_network_is_not_even_seen(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    cuts = iter((True, True))
    page.route("**/assets/BookPage-*.js", lambda route: route.abort() if next(cuts, False) else route.continue_())
    page.get_by_role("link", name="Kế hoạch").click()
    expect(page.get_by_role("heading", name="Kế hoạch")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_neither_a_disk_that_is_full_nor_an_ended_session_takes_what_was_typed(
    page: Page, dashboard: Dashboard
) -> None:
    dashboard.open(page)
    page.get_by_role("tab", name="Tạo đơn").click()
    page.get_by_label("Số chứng từ").fill("PO-4711")
    # What FleetService tells while nothing can be written (tests/store/test_storage_trouble.py).
    dashboard.fleet.alarms[STORAGE] = AlarmView(
        alarm_id=STORAGE, reason=Reason("alarm.storage", {"reason": "disk full"}, 0.0), robot="", order_id=""
    )
    dashboard.fleet.ready = False
    banner = page.get_by_role("status").get_by_text("Không ghi được dữ liệu: không nhận lệnh mới")
    expect(banner).to_be_visible()
    expect(page.get_by_text("mọi thứ sẽ tự tiếp tục").first).to_be_visible()
    page.get_by_role("link", name="Báo cáo ca").click()
    expect(page.get_by_role("heading", name="Báo cáo ca")).to_be_visible()
    expect(banner).to_be_visible()
    page.go_back()
    dashboard.fleet.ready = True
    del dashboard.fleet.alarms[STORAGE]
    expect(banner).to_have_count(0)
    page.get_by_role("tab", name="Tạo đơn").click()
    page.get_by_label("Số chứng từ").fill("PO-4711")
    page.context.clear_cookies()
    dashboard.fleet.broken = True  # the live link breaks and, when it comes back, has no session
    expect(page.get_by_role("alert")).to_contain_text("Mất kết nối")
    dashboard.fleet.broken = False
    ended = page.get_by_role("dialog", name="Phiên làm việc đã hết")
    expect(ended).to_be_visible()
    ended.locator("input[name=user]").fill("lan")
    ended.locator("input[name=password]").fill(PASSWORD)
    ended.get_by_role("button", name="Đăng nhập").click()
    expect(ended).to_have_count(0)
    expect(page.get_by_label("Số chứng từ")).to_have_value("PO-4711")
    expect(page.get_by_text("Đã kết nối")).to_be_visible()


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_no_more_than_this_goes_over_the_wire_to_the_live_map(page: Page, dashboard: Dashboard, encoding: str) -> None:
    """Everything but the live link, from the log-in on, with an empty cache."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: list[int] = []
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    wire.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    page.set_extra_http_headers({"Accept-Encoding": encoding})
    dashboard.open(page)
    page.wait_for_load_state("networkidle")
    assert len(sizes) > 5
    assert not [url for url in asked if "wasm" in url or "read_codes" in url], "only who scans needs that"
    assert sum(sizes) <= LIVE_MAP_BYTES[encoding], f"{sum(sizes)} B in {len(sizes)} answers"


@pytest.fixture
def small(page: Page) -> Page:
    """A desk screen at 200 %: half as many pixels each way."""
    page.set_viewport_size({"width": 960, "height": 540})
    return page


def test_the_live_page_is_usable_at_200_percent(small: Page, dashboard: Dashboard) -> None:
    dashboard.open(small)
    assert fits(small)
    small.get_by_role("tab", name="Tạo đơn").click()
    small.get_by_role("button", name="Gửi đơn").scroll_into_view_if_needed()
    expect(small.get_by_role("button", name="Gửi đơn")).to_be_in_viewport()


def test_the_clock_says_what_it_shows(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    expect(page.locator(".head-clock small")).to_have_text("Giờ mô phỏng, ngày 1")
