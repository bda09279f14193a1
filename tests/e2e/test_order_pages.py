"""The pages of orders: the list leads to one order and its history; the address works by itself; desk and phone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from amr_core.errors import AmrError
from amr_fleet.api.models.live import LIVE_QUEUE
from amr_fleet.requests import CancelOrder, SetPaused
from tests.e2e.e2e_support import Dashboard, fits, shot, shot_both

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def test_the_list_leads_to_an_order_with_its_history(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_role("link", name="Đơn hàng").click()
    expect(page.get_by_test_id("order-T00002")).to_contain_text("Lô gạo 3 → Cửa xuất nhập 2")
    shot(page, "orders")
    page.get_by_label("Tìm đơn").fill("amr-08")
    expect(page.get_by_test_id("order-T00005")).to_be_visible()
    expect(page.get_by_test_id("order-T00002")).to_have_count(0)
    page.get_by_test_id("order-T00005").click()
    expect(page).to_have_url(f"{dashboard.url}/orders/T00005")
    expect(page.get_by_role("heading", name="Đơn T00005 · Đang đến lấy")).to_be_visible()
    expect(page.get_by_text("Giao cho robot")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Đơn T00005")).to_be_visible()
    page.get_by_role("link", name="Bản đồ").click()
    expect(page.get_by_test_id("map-live")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Đơn T00005")).to_be_visible()


def test_a_long_queue_is_counted_and_searched_whole_though_the_live_picture_has_its_first_orders_only(
    page: Page, dashboard: Dashboard
) -> None:
    """Beyond 200 waiting orders the tab counted those of the picture, and the search found none of the others."""
    dashboard.fleet.seed([("DOCK-01", "BLK-02", "QUEUED", "", 0.0)] * (LIVE_QUEUE + 60))
    dashboard.open(page)
    whole, last = len(dashboard.fleet.snapshot().orders), dashboard.fleet.snapshot().orders[-1].order_id
    expect(page.get_by_role("tab", name="Đơn vận chuyển")).to_contain_text(str(whole))
    page.get_by_role("tab", name="Đơn vận chuyển").click()
    expect(page.get_by_text(f"{whole} đơn", exact=True)).to_be_visible()
    page.get_by_role("link", name="Đơn hàng").click()
    expect(page.get_by_text(f"và {whole - 200} đơn khác: gõ vào ô tìm để thấy")).to_be_visible()
    page.get_by_label("Tìm đơn").fill(last.lower())
    expect(page.get_by_test_id(f"order-{last}")).to_be_visible()
    page.get_by_role("link", name="Giao ca").click()
    expect(page.get_by_text(f"{whole} đơn đang mở, {whole - 5} đơn trong hàng chờ")).to_be_visible()


def test_an_unknown_page_and_an_unknown_order_say_so(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.goto(f"{dashboard.url}/orders/T99999")
    expect(page.get_by_text("Không tìm thấy đơn T99999")).to_be_visible()
    page.goto(f"{dashboard.url}/nowhere")
    expect(page.get_by_text("Không có trang này")).to_be_visible()


def test_orders_fit_a_phone(phone: Page, dashboard: Dashboard) -> None:
    dashboard.open(phone)
    phone.get_by_role("link", name="Đơn hàng").click()
    expect(phone.get_by_test_id("order-T00001")).to_be_visible()
    shot(phone, "orders")
    phone.get_by_test_id("order-T00001").click()
    expect(phone.get_by_role("heading", name="Diễn biến")).to_be_visible()
    assert fits(phone)


def test_an_order_is_changed_held_given_and_cancelled(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.goto(f"{dashboard.url}/orders/T00005")
    change = page.get_by_test_id("change-order")
    change.get_by_text("Khẩn").click()
    expect(page.get_by_text("Đơn T00005: ưu tiên: Khẩn")).to_be_visible()
    change.get_by_role("button", name="Giữ lại").click()
    expect(change.get_by_text("Đơn đang bị giữ lại.")).to_be_visible()
    change.get_by_role("button", name="Cho chạy tiếp").click()
    expect(change.get_by_text("Đơn đang bị giữ lại.")).to_have_count(0)
    change.get_by_role("combobox", name="Chỉ định robot").click()
    page.get_by_role("option", name="AMR-02").click()
    change.get_by_role("button", name="Giao", exact=True).click()
    expect(page.get_by_text("Đơn T00005 sẽ giao cho AMR-02")).to_be_visible()
    dashboard.fleet.failure = AmrError("order.at_pick", order_id="T00005", robot="amr_08")
    change.get_by_role("button", name="Giữ lại").click()
    expect(change.get_by_role("alert")).to_contain_text("AMR-08: robot đang vào chỗ lấy hàng")
    expect(page.locator(".note-bad")).to_have_count(0)  # said once, beside what was refused
    shot_both(page, "order-change", ".form-error")
    dashboard.fleet.failure = None
    change.get_by_role("button", name="Hủy sau chặng này").click()
    expect(page.get_by_role("dialog")).to_contain_text("Không thể khôi phục")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_role("heading", name="Đơn T00005 · Đã hủy")).to_be_visible()
    assert dashboard.fleet.asked[-1] == CancelOrder(order_id="T00005", mode="after_leg", user="lan")


def test_a_load_on_board_is_cancelled_on_a_page_of_its_own_and_a_viewer_changes_nothing(
    phone: Page, dashboard: Dashboard
) -> None:
    fleet = dashboard.fleet
    fleet.on_board["amr_03"] = ("PAL-0002",)
    dashboard.open(phone)
    phone.goto(f"{dashboard.url}/orders/T00002")
    change = phone.get_by_test_id("change-order")
    expect(change.get_by_role("button", name="Hủy")).to_have_count(0)
    change.get_by_role("link", name="Hủy, hàng đang trên robot…").click()
    cancel = phone.get_by_role("button", name="Hủy đơn T00002")
    expect(phone.get_by_text("Nếu tạm dừng ngay, robot sẽ đứng")).to_be_visible()
    expect(cancel).to_be_disabled()
    phone.get_by_text("Người dỡ tại chỗ").click()
    phone.get_by_label("Người dỡ hàng").fill("Bảy, xe nâng 2")
    expect(phone.get_by_text("Hãy tạm dừng AMR-03 trước.")).to_be_visible()
    phone.get_by_role("button", name="Tạm dừng AMR-03").click()
    expect(phone.get_by_text("AMR-03 đang đứng yên")).to_be_visible()
    assert fits(phone)
    shot_both(phone, "order-cancel", ".cancel-step:nth-of-type(2)")
    cancel.click()
    expect(phone.get_by_text("Đơn đã hủy; hàng còn trên robot")).to_be_visible()
    assert CancelOrder(order_id="T00002", mode="now", user="lan") in fleet.asked
    phone.reload()  # nothing of the flow is kept in the page
    expect(phone.get_by_text("Đơn đã hủy; hàng còn trên robot")).to_be_visible()
    fleet.on_board["amr_03"] = ()
    expect(phone.get_by_text("Hàng PAL-0002 không còn trên AMR-03")).to_be_visible()
    phone.get_by_role("button", name="Cho AMR-03 chạy lại").click()
    expect(phone.get_by_role("dialog")).to_contain_text("hàng đã được lấy xuống và không còn ai ở robot")
    phone.get_by_test_id("confirm").click()
    expect(phone.get_by_text("AMR-03 đã được chạy lại.")).to_be_visible()
    (resumed,) = [one for one in fleet.asked if isinstance(one, SetPaused) and not one.pause]
    assert replace(resumed, seen=0.0) == SetPaused(robots=("amr_03",), pause=False, user="lan", unloaded=True)
    phone.context.clear_cookies()
    dashboard.open(phone, "khach")
    phone.goto(f"{dashboard.url}/orders/T00001")
    expect(phone.get_by_role("heading", name="Diễn biến")).to_be_visible()
    expect(phone.get_by_test_id("change-order")).to_have_count(0)
    phone.goto(f"{dashboard.url}/orders/T00001/cancel")
    expect(phone.get_by_text("Không có trang này")).to_be_visible()


def test_no_load_is_on_board_and_none_is_led_to_where_there_is_none(page: Page, dashboard: Dashboard) -> None:
    """An order without a load's number led to a page that is not there, and asked for it every 3 seconds."""
    dashboard.fleet.alter("T00002", load_id="T00002")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    dashboard.open(page)
    page.goto(f"{dashboard.url}/orders/T00002")
    change = page.get_by_test_id("change-order")
    expect(change.get_by_role("link", name="Hủy, hàng đang trên robot…")).to_be_visible()
    expect(page.get_by_role("definition").filter(has_text="T00002")).to_be_visible()
    expect(page.get_by_role("link", name="T00002", exact=True)).to_have_count(0)
    assert not any("/cargo/T00002" in url for url in asked)
    dashboard.fleet.alter("T00002", has_load=False)
    expect(change.get_by_role("button", name="Hủy ngay")).to_be_visible()
    expect(change.get_by_role("link", name="Hủy, hàng đang trên robot…")).to_have_count(0)
    page.goto(f"{dashboard.url}/orders/T00002/cancel")
    expect(page.get_by_role("button", name="Hủy đơn T00002")).to_have_count(0)
