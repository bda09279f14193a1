"""The periodic report in the browser: figures, plan, texts, an obstacle; prepared, signed by another person, filed."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from amr_fleet.ports import OrderRequest
from amr_fleet.requests import CreateOrder
from tests.e2e.e2e_support import fits, log_in, shot_themes
from tests.e2e.shift_fleet import ShiftFleet

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def open_page(page: Page, shift: ShiftFleet, user: str) -> None:
    log_in(page, shift.api.url, user)
    page.goto(f"{shift.api.url}/periodic")
    page.wait_for_selector("[data-testid=periodic-figures]")


def write(page: Page, name: str, text: str) -> None:
    field = page.get_by_test_id(f"text-{name}")
    field.locator("textarea:visible").fill(text)
    field.get_by_role("button", name="Lưu").click()
    expect(field.get_by_role("button", name="Lưu")).to_have_count(0)


def test_a_report_is_prepared_signed_and_filed(page: Page, phone: Page, shift: ShiftFleet) -> None:
    for pick, drop in (("D01", "B1"), ("D02", "A1W")):
        shift.service.ask(CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop, user="lan"))).result(20)
    shift.skip(900)
    open_page(page, shift, "lan")
    expect(page.get_by_test_id("figure-created")).to_contain_text("2")
    expect(page.get_by_text("Số liệu mô phỏng")).to_be_visible()
    expect(page.get_by_test_id("sentences")).to_contain_text("Đơn hoàn thành")
    write(page, "results", "Hai đơn chạy thử.")
    page.get_by_text("Thể thức văn bản").click()
    write(page, "issuer", "Cảng Cái Cui")
    write(page, "date", "05/02/2027")
    _note_an_obstacle(page)
    assert fits(page)
    shot_themes(page, "periodic", ".page-head h2 >> nth=0", both=True)
    page.get_by_role("button", name="Trình ký").click()
    page.get_by_role("dialog").get_by_role("button", name="Trình ký").click()
    expect(page.get_by_test_id("report-progress")).to_contain_text("lan trình")
    expect(page.get_by_test_id("text-results").locator("textarea:visible")).not_to_be_editable()
    _sign_and_file(phone, shift)


def _note_an_obstacle(page: Page) -> None:
    page.get_by_role("button", name="Thêm vướng mắc").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Nội dung").fill("Sàn kho B lún.")
    dialog.get_by_label("Hỏi cơ quan nào").fill("Ban Quản lý cảng")
    dialog.get_by_label("Hạn xử lý").fill("31/02/2027")
    expect(dialog.get_by_role("button", name="Lưu")).to_be_disabled()
    dialog.get_by_label("Hạn xử lý").fill("28/02/2027")
    dialog.get_by_role("button", name="Lưu").click()
    expect(page.get_by_test_id("obstacle-VM-001")).to_contain_text("Sàn kho B lún.")


def _sign_and_file(phone: Page, shift: ShiftFleet) -> None:
    open_page(phone, shift, "hung")
    assert fits(phone)
    phone.get_by_label("Viết góp ý").fill("Số liệu đúng.")
    phone.get_by_role("button", name="Gửi góp ý").click()
    expect(phone.get_by_test_id("remarks")).to_contain_text("Số liệu đúng.")
    phone.get_by_role("button", name="Ký duyệt").click()
    phone.get_by_role("dialog").get_by_role("button", name="Ký duyệt").click()
    phone.get_by_role("button", name="Ban hành").click()
    phone.get_by_role("dialog").get_by_role("button", name="Ban hành").click()
    filed = phone.get_by_test_id("filed-1")
    expect(filed).to_contain_text("SHA-256")
    with phone.expect_download() as found:
        filed.get_by_role("link", name="PDF").click()
    content = found.value.path().read_bytes()
    text = "\n".join(p.extract_text() for p in PdfReader(io.BytesIO(content)).pages)
    for part in ("CẢNG CÁI CUI", "ngày 05 tháng 02 năm 2027", "Hai đơn chạy thử.", "Sàn kho B lún."):
        assert part in text, part
    shot_themes(phone, "periodic-filed", both=True)


def test_an_engineer_sets_a_target_and_reads_the_page_in_english(page: Page, shift: ShiftFleet) -> None:
    open_page(page, shift, "hung")
    page.get_by_text("Quý", exact=True).click()
    target = page.get_by_label("Kế hoạch: Đơn hoàn thành")
    target.fill("1.500")
    target.press("Enter")
    expect(page.get_by_test_id("figure-done")).to_contain_text("chưa đạt")
    page.evaluate("localStorage.setItem('amr.lang', 'en')")
    page.reload()
    expect(page.get_by_role("heading", name="Periodic report")).to_be_visible()
    expect(page.get_by_role("heading", name="Register of obstacles")).to_be_visible()
