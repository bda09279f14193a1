"""A list of orders in the browser: a file, the verdict row by row, then only the good rows are created."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook
from playwright.sync_api import FilePayload, Page, expect

from amr_fleet.requests import ImportOrders
from tests.e2e.e2e_support import Dashboard, fits, shot

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

TABLE = (
    "Nơi lấy;Nơi trả;Ưu tiên;Số chứng từ\nDOCK-01;BLK-02;5;PX-1\nDOCK-01;BLK-03;siêu gấp;PX-2\nDOCK-02;BLK-04;0;PX-3\n"
)


def test_good_rows_of_a_file_become_orders(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_role("link", name="Đơn hàng").click()
    page.get_by_role("link", name="Nhập danh sách").click()
    expect(page.get_by_text("Chưa có danh sách")).to_be_visible()
    table: FilePayload = {"name": "don.csv", "mimeType": "text/csv", "buffer": TABLE.encode("utf-16")}
    page.locator("input[type=file]").set_input_files(table)
    expect(page.get_by_text("3 dòng: 2 nhập được, 0 đã có, 1 không nhận")).to_be_visible()
    expect(page.get_by_test_id("row-2")).to_contain_text("Không nhận")
    expect(page.get_by_test_id("row-2")).to_contain_text("Mục “Ưu tiên”: cần số nguyên")
    assert not any(isinstance(asked, ImportOrders) and not asked.dry_run for asked in dashboard.fleet.asked)
    shot(page, "import")
    page.get_by_role("button", name="Nhập 2 đơn").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("row-3")).to_contain_text("Đã nhập T00008")
    asked = dashboard.fleet.asked[-1]
    assert isinstance(asked, ImportOrders)
    assert [(o.pick_place, o.priority, o.reference) for o in asked.orders] == [
        ("DOCK-01", 5, "PX-1"),
        ("DOCK-02", 0, "PX-3"),
    ]


def test_a_workbook_is_taken_and_its_column_that_means_nothing_is_named(page: Page, dashboard: Dashboard) -> None:
    book, data = Workbook(), io.BytesIO()
    for row in (["Nơi lấy", "Nơi giao", "Ưu tiên", "Ghi chú"], ["dock-01", "blk-02", "Khẩn", "hàng lạnh"]):
        book.active.append(row)
    book.save(data)
    dashboard.open(page)
    page.goto(f"{dashboard.url}/orders/import")
    file: FilePayload = {"name": "don.xlsx", "mimeType": "application/octet-stream", "buffer": data.getvalue()}
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("Tệp don.xlsx")).to_be_visible()
    expect(page.get_by_test_id("import-ignored")).to_contain_text("“Ghi chú”")
    expect(page.get_by_test_id("row-1")).to_contain_text("dock-01 · blk-02 · Khẩn · hàng lạnh")
    shot(page, "import_book")
    page.get_by_role("button", name="Nhập 1 đơn").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("row-1")).to_contain_text("Đã nhập")
    asked = dashboard.fleet.asked[-1]
    assert isinstance(asked, ImportOrders)
    assert [(o.pick_place, o.drop_place, o.priority) for o in asked.orders] == [("DOCK-01", "BLK-02", 9)]


def test_a_list_that_cannot_be_read_is_told_why(phone: Page, dashboard: Dashboard) -> None:
    dashboard.open(phone)
    phone.goto(f"{dashboard.url}/orders/import")
    broken: FilePayload = {"name": "x.csv", "mimeType": "text/csv", "buffer": b"\xd0\xcf\x11\xe0\xa1"}
    phone.locator("input[type=file]").set_input_files(broken)
    expect(phone.get_by_role("alert")).to_contain_text("không phải Excel")
    for text, why in (("[{", "Không đọc được JSON"), ("a;b\n1;2", "thiếu cột Nơi lấy")):
        phone.get_by_label("Danh sách", exact=True).fill(text)
        phone.get_by_role("button", name="Kiểm tra").click()
        expect(phone.get_by_role("alert")).to_contain_text(why)
    phone.get_by_label("Danh sách", exact=True).fill(
        '[{"pick_place": "DOCK-01", "drop_place": "BLK-02"}, {"pick_place": 7}]'
    )
    phone.get_by_role("button", name="Kiểm tra").click()
    expect(phone.get_by_test_id("row-1")).to_contain_text("Nhập được")
    assert fits(phone)
    shot(phone, "import")
    phone.context.clear_cookies()
    dashboard.open(phone, "khach")
    phone.goto(f"{dashboard.url}/orders/import")
    expect(phone.get_by_text("Không có trang này").or_(phone.get_by_text("Không tìm thấy đơn import"))).to_be_visible()
