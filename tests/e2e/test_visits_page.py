"""A small shift with a barge and a truck on the real engine: planned from a list, worked, counted, foreseen, gone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.ports import OrderRequest
from amr_fleet.requests import CancelOrder, CreateOrder, SayOfLoad
from amr_fleet.visit_views import VisitView
from tests.e2e.e2e_support import fits, shot_both, type_password
from tests.e2e.shift_fleet import ShiftFleet
from tests.e2e.test_accessibility import _RUN, _STILL, AXE

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is absent: make setup"),
]
LIST = """Tên chuyến;Loại;Giờ cắt máng;Kế hoạch;Cửa;Ghi chú
SL-12;sà lan;08:30;10;D01;gạo
65C-123.45;xe tải;3;4;d02;
Cái Cui 09;tàu;11:00;;;
Hậu Giang 3;máy bay;09:00;;;
"""


def serious(page: Page) -> list[str]:
    """Return what axe-core finds on the page itself, in both themes."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.evaluate(_STILL)
    run = _RUN.replace("axe.run(document", "axe.run(document.querySelector('main')")
    found: list[str] = page.evaluate(run, None)
    page.evaluate("document.documentElement.dataset.mantineColorScheme = 'dark'")
    found += page.evaluate(run, ["color-contrast"])
    page.evaluate("document.documentElement.dataset.mantineColorScheme = 'light'")
    return found


def visit(shift: ShiftFleet, name: str) -> VisitView:
    return next(v for v in shift.service.snapshot().visits if v.name == name)


def order(shift: ShiftFleet, name: str, number: int, pick: str, drop: str) -> None:
    wish = OrderRequest(pick_place=pick, drop_place=drop, load_id=f"GAO-{name}-{number}", cutoff=name, user="lan")
    shift.service.ask(CreateOrder(order=wish)).result(10)


def test_a_small_shift_with_a_barge_and_a_truck(page: Page, phone: Page, shift: ShiftFleet) -> None:
    type_password(page, shift.api.url, "lan")
    _import_the_visits(page, shift)
    for number in range(4):
        order(shift, "SL-12", number, ("A1W", "A1E", "A2W")[number % 3], "D01")
    for number in range(2):
        order(shift, "65C-123.45", number, "A3E", "D02")
    _see_the_truck_threatened(page, shift)
    _let_the_barge_be_served(shift)
    _find_the_barge(page, shift)
    _see_it_on_a_phone(phone, page, shift)
    _say_that_it_left(page, shift)


def _import_the_visits(page: Page, shift: ShiftFleet) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Chuyến", exact=True).click()
    expect(page.get_by_text("Chưa có chuyến nào.")).to_be_visible()
    page.get_by_role("link", name="Nhập danh sách chuyến").click()
    page.get_by_label("Danh sách", exact=True).fill(LIST)
    page.get_by_role("button", name="Kiểm tra").click()
    expect(page.get_by_text("4 dòng: 3 mới, 0 sửa, 1 không nhận")).to_be_visible()
    expect(page.get_by_text("Không dùng cột: “Ghi chú”.")).to_be_visible()
    assert shift.service.snapshot().visits == (), "it is only checked"
    page.get_by_role("button", name="Ghi 3 chuyến").click()
    expect(page.get_by_test_id("visits-judged")).to_contain_text("Đã ghi: 3 chuyến mới")
    page.get_by_test_id("row-1").get_by_role("link", name="SL-12").click()
    expect(page.get_by_role("heading", name="SL-12 · Sà lan · Đang làm")).to_be_visible()
    expect(page.get_by_test_id("visit-answer")).to_contain_text("Chưa robot nào bắt đầu")


def _see_the_truck_threatened(page: Page, shift: ShiftFleet) -> None:
    page.get_by_role("link", name="Chuyến xe, sà lan, tàu").click()
    row = page.get_by_test_id("visit-65C-123.45")
    expect(row).to_contain_text("0/4 kiện")
    row.get_by_role("link").click()
    closes = visit(shift, "65C-123.45").at
    shift.skip(max(0.0, closes + 1.0 - shift.now))  # its closing time has come, and its loads are on their way
    expect(page.get_by_role("heading", name="Đã đến giờ cắt máng")).to_be_visible()
    threats = page.get_by_test_id("visit-threats")
    expect(threats.locator("li").first).to_be_visible()
    assert visit(shift, "65C-123.45").late > 0


def _let_the_barge_be_served(shift: ShiftFleet) -> None:
    """Go on until its four loads are there and its pace can be told."""
    for _ in range(30):
        barge = visit(shift, "SL-12")
        if barge.done == 4 and not barge.unsure:
            return
        shift.skip(30)
    pytest.fail(f"not served within 15 min: {barge}")


def _find_the_barge(page: Page, shift: ShiftFleet) -> None:
    damaged = next(o for o in shift.service.orders("all", 50) if o.cutoff == "SL-12" and o.state == "DONE")
    said = SayOfLoad(order_id=damaged.order_id, said="damaged", place="D01", at=shift.now - 1.0, user="dock-1")
    shift.service.ask(said).result(10)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("sl12")
    page.get_by_role("option", name="Chuyến SL-12").click()
    expect(page.get_by_test_id("visit-answer")).to_contain_text("4/10 kiện")
    expect(page.get_by_test_id("visit-answer")).to_contain_text("6 kiện chưa có đơn")
    expect(page.get_by_test_id("visit-answer")).to_contain_text("nếu 6 kiện chưa có đơn cũng có đơn ngay")
    expect(page.get_by_test_id("visit-answer")).to_contain_text("1 hư hỏng")
    expect(page.get_by_test_id("visit-exceptions")).to_contain_text(damaged.load_id)
    expect(page.get_by_test_id("visit-tally").locator("tbody tr")).to_have_count(4)
    expect(page.get_by_text("Theo nhịp")).to_contain_text("sớm")
    barge = visit(shift, "SL-12")
    assert (barge.done, barge.left, barge.unsure) == (4, 6, "")
    assert serious(page) == []
    shot_both(page, "visit")


def _see_it_on_a_phone(phone: Page, page: Page, shift: ShiftFleet) -> None:
    own = page.context.cookies()
    phone.context.add_cookies([{"name": c["name"], "value": c["value"], "url": shift.api.url} for c in own])
    phone.goto(f"{shift.api.url}/visits/SL-12")
    expect(phone.get_by_test_id("visit-tally").locator("tbody tr")).to_have_count(4)
    assert fits(phone)
    phone.get_by_role("link", name="Chuyến xe, sà lan, tàu").click()
    expect(phone.get_by_test_id("visit-SL-12")).to_be_visible()
    assert fits(phone)
    phone.get_by_role("link", name="Nhập danh sách chuyến").click()
    expect(phone.get_by_label("Danh sách", exact=True)).to_be_visible()
    assert fits(phone)
    shot_both(phone, "visits-import")


def _say_that_it_left(page: Page, shift: ShiftFleet) -> None:
    page.get_by_role("button", name="Sửa chuyến").click()
    page.get_by_label("Giờ cắt máng").fill("8 giờ")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_text("Giờ như 17:30, hoặc 28/11 05:00")).to_be_visible()
    page.get_by_label("Giờ cắt máng").fill("08:45")
    page.get_by_label("Kế hoạch").fill("4")
    order(shift, "SL-12", 99, "A1W", "D01")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_test_id("visit-answer")).to_contain_text("Cắt máng 08:45")
    leave = page.get_by_role("button", name="Chuyến đã rời")
    expect(page.get_by_test_id("visit-waiting").locator("li")).to_have_count(1)
    leave.click()
    expect(page.get_by_text("Còn 1 đơn đang mở")).to_be_visible()
    last = shift.service.orders("open", 1)[0]
    shift.service.ask(CancelOrder(order_id=last.order_id, mode="after_leg", user="lan")).result(10)
    shift.skip(60)
    expect(page.get_by_test_id("visit-waiting").locator("li")).to_have_count(0)
    expect(page.get_by_test_id("visit-answer")).to_contain_text("Đã giao đủ.")
    leave.click()
    expect(page.get_by_text("Đã giao 4 trên 4 kiện của kế hoạch.")).to_be_visible()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_role("heading", name="SL-12 · Sà lan · Đã rời")).to_be_visible()
    page.get_by_role("link", name="Chuyến xe, sà lan, tàu").click()
    expect(page.get_by_test_id("visit-SL-12")).to_contain_text("Rời khi đã giao đủ.")
    shot_both(page, "visits")
    (entry,) = [e for e in shift.store.read() if e.kind == "cutoff_departed"]
    assert (entry.facts["counted"], entry.facts["planned"], entry.facts["user"]) == (4, 4, "lan")
