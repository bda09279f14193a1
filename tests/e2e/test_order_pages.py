"""The pages of orders: the list leads to one order and its history; the address works by itself; desk and phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.e2e_support import Dashboard

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def test_the_list_leads_to_an_order_with_its_history(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_role("link", name="Đơn hàng").click()
    expect(page.get_by_test_id("order-T00002")).to_contain_text("Lô gạo 3 → Cửa xuất nhập 2")
    dashboard.shot(page, "orders-1920x1080")
    page.get_by_label("Tìm đơn").fill("amr-08")
    expect(page.get_by_test_id("order-T00005")).to_be_visible()
    expect(page.get_by_test_id("order-T00002")).to_have_count(0)
    page.get_by_test_id("order-T00005").click()
    expect(page).to_have_url(f"{dashboard.url}/orders/T00005")
    expect(page.get_by_role("heading", name="Đơn T00005 · Đang đến lấy")).to_be_visible()
    expect(page.get_by_text("Giao cho robot")).to_be_visible()
    dashboard.shot(page, "order-1920x1080")
    page.reload()
    expect(page.get_by_role("heading", name="Đơn T00005")).to_be_visible()
    page.get_by_role("link", name="Bản đồ").click()
    expect(page.get_by_test_id("map-live")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Đơn T00005")).to_be_visible()


def test_an_unknown_page_and_an_unknown_order_say_so(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.goto(f"{dashboard.url}/orders/T99999")
    expect(page.get_by_text("Không tìm thấy đơn T99999")).to_be_visible()
    page.goto(f"{dashboard.url}/nowhere")
    expect(page.get_by_text("Không có trang này")).to_be_visible()


def test_orders_fit_a_phone(phone: Page, dashboard: Dashboard) -> None:
    dashboard.open(phone)
    phone.get_by_role("link", name="Đơn hàng").tap()
    expect(phone.get_by_test_id("order-T00001")).to_be_visible()
    dashboard.shot(phone, "orders-390x844")
    phone.get_by_test_id("order-T00001").tap()
    expect(phone.get_by_role("heading", name="Diễn biến")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    dashboard.shot(phone, "order-390x844")
