"""Cut-offs, templates, recurring orders and cargo, on the real engine: what the office keeps beside the orders."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.e2e_support import fits, log_in, shot, shot_both
from tests.e2e.shift_fleet import ShiftFleet

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

SSCC = "006141411234567890"


def choose(page: Page, label: str, text: str) -> None:
    box = page.get_by_role("combobox", name=label).locator("visible=true").first
    box.click()
    box.fill(text)
    page.get_by_role("option", name=text).locator("visible=true").first.click()


def test_cutoffs_and_an_order_that_comes_again(page: Page, shift: ShiftFleet) -> None:
    log_in(page, shift.api.url, "lan")
    page.get_by_role("link", name="Kế hoạch").click()
    page.get_by_label("Tên chuyến").fill("65C-123.45")
    page.get_by_label("Giờ cắt máng").fill("25:00")
    expect(page.get_by_role("button", name="Đặt chuyến")).to_be_disabled()
    page.get_by_label("Giờ cắt máng").fill("17:30")
    page.get_by_role("button", name="Đặt chuyến").click()
    truck = page.get_by_test_id("cutoff-65C-123.45")
    expect(truck).to_contain_text("Xe tải")
    expect(truck).to_contain_text("Không còn đơn nào mở")
    at = next(c.at for c in shift.service.book().cutoffs if c.name == "65C-123.45")
    assert at == pytest.approx(17.5 * 3600, abs=60)

    page.get_by_role("button", name="Thêm đơn định kỳ").click()
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_text("Hãy đặt tên")).to_be_visible()
    expect(page.get_by_text("Hãy chọn nơi lấy hàng")).to_be_visible()
    page.get_by_role("dialog").get_by_label("Tên").fill("Pallet rỗng về D01")
    choose(page, "Nơi lấy hàng", "Sàn trung chuyển X1")
    choose(page, "Nơi trả hàng", "Cửa xuất nhập D01")
    page.get_by_label("Lặp lại sau mỗi (phút)").fill("120")
    page.get_by_label("Lần đầu lúc").fill("14:00")
    page.get_by_role("button", name="Lưu").click()
    schedule = page.get_by_test_id("schedule-Pallet rỗng về D01")
    expect(schedule).to_contain_text("Mỗi 2 giờ · lần tới 14:00")
    shot(page, "book")
    truck.get_by_role("button", name="Xóa").click()
    page.get_by_test_id("confirm").click()
    expect(truck).to_have_count(0)
    schedule.get_by_role("button", name="Xóa").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_text("Chưa có đơn định kỳ nào.")).to_be_visible()


def test_the_check_digit_is_told_while_typing(page: Page, shift: ShiftFleet) -> None:
    log_in(page, shift.api.url, "lan")
    page.get_by_role("tab", name="Tạo đơn").click()
    choose(page, "Nơi lấy hàng", "Cửa xuất nhập D02")
    choose(page, "Nơi trả hàng", "Dãy kệ B3")
    page.get_by_text("Hàng hóa", exact=True).last.click()
    page.get_by_text("Pallet", exact=True).click()
    number = page.get_by_label("Mã SSCC của pallet (18 số)")
    number.fill(SSCC[:-1])
    expect(page.get_by_text("Cần đúng 18 chữ số")).to_be_visible()
    number.fill(SSCC[:-1] + "7")
    expect(page.get_by_text("số cuối phải là 0")).to_be_visible()
    number.fill(f"(00) {SSCC}")
    expect(page.get_by_text("✓ Đúng số kiểm tra")).to_be_visible()
    container = page.get_by_label("Từ container")
    for text, told in (("CSQU305438", "7 chữ số"), ("CSQU3054384", "số cuối phải là 3"), ("csqu 305438-3", "✓ Đúng")):
        container.fill(text)
        expect(page.get_by_text(told).last).to_be_visible()
    page.get_by_label("Số lô").fill("GAO-7")
    page.get_by_label("Khách hàng").fill("Lương thực Sông Hậu")
    weight = page.get_by_label("Khối lượng cả pallet (kg)")
    weight.fill("100001")
    page.get_by_role("button", name="Gửi đơn").click()
    expect(page.get_by_text("Từ 0 đến 100000 kg")).to_be_visible()
    for keys, shown in (
        ("1.300", "1.300"),
        ("1300", "1.300"),
        ("850,5", "850,5"),
        ("1.812,5", "1.812,5"),
        ("812,5", "812,5"),
    ):
        weight.fill("")
        weight.press_sequentially(keys)
        expect(weight).to_have_value(shown)
    page.get_by_label("Hải quan đang giữ").check()
    shot_both(page, "new-order")
    page.get_by_role("button", name="Gửi đơn").click()
    expect(page.get_by_role("status")).to_contain_text("Đã nhận đơn")
    order = shift.service.orders("all", 1)[0]
    assert order.load_id == SSCC
    assert order.cargo is not None
    assert (order.cargo.kind, order.cargo.container, order.cargo.customs_hold) == ("pallet", "CSQU3054383", True)
    assert order.cargo.weight_kg == 812.5

    page.get_by_text("Lưu làm mẫu").click()
    page.get_by_label("Tên", exact=True).fill("D02 lên kệ B3")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_text("Đã lưu mẫu D02 lên kệ B3")).to_be_visible()
    page.reload()
    page.get_by_role("tab", name="Tạo đơn").click()
    choose(page, "Điền theo mẫu", "D02 lên kệ B3")
    expect(page.get_by_role("combobox", name="Nơi trả hàng").locator("visible=true")).to_have_value("Dãy kệ B3 (B3)")


def test_customs_hold_a_load_until_they_lift_it_and_its_way_is_kept(page: Page, phone: Page, shift: ShiftFleet) -> None:
    log_in(page, shift.api.url, "lan")
    page.get_by_role("link", name="Hàng hóa").click()
    page.get_by_label("Tìm mã hàng").fill("csqu")
    row = page.get_by_test_id(f"load-{SSCC}")
    expect(row).to_contain_text("Hải quan đang giữ")
    expect(page.get_by_role("row")).to_have_count(2)
    row.click()
    expect(page.get_by_text("Chưa robot nào nhận hàng này.")).to_be_visible()
    page.get_by_label("Số văn bản").fill("TK-305/HQ")
    page.get_by_role("button", name="Thôi giữ").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("customs")).to_contain_text("Không bị giữ")
    held = [e for e in shift.store.read() if e.kind == "cargo_released"]
    assert held[-1].facts["user"] == "lan"
    order = next(o for o in shift.service.orders("all", 1000) if o.load_id == SSCC)
    for _ in range(12):
        shift.skip(60)
        if next(o.state for o in shift.service.orders("all", 1000) if o.order_id == order.order_id) == "DONE":
            break
    expect(page.get_by_test_id("custody")).to_contain_text("Cửa xuất nhập D02 → Dãy kệ B3")
    shot(page, "load")
    page.get_by_test_id("custody").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Hoàn thành")).to_be_visible()
    expect(page.get_by_test_id("custody")).to_contain_text("Cửa xuất nhập D02 → Dãy kệ B3")
    shot(page, "order")
    page.get_by_role("link", name="Hàng hóa").click()
    expect(page.get_by_test_id(f"load-{SSCC}")).to_contain_text("Dãy kệ B3")
    shot(page, "cargo")
    log_in(phone, shift.api.url, "lan")
    phone.goto(f"{shift.api.url}/orders/{order.order_id}")
    expect(phone.get_by_test_id("custody")).to_be_visible()
    assert fits(phone)
    shot(phone, "order")
    phone.goto(f"{shift.api.url}/cargo/{SSCC}")
    expect(phone.get_by_test_id("custody")).to_be_visible()
    assert fits(phone)
    shot(phone, "load")
    phone.goto(f"{shift.api.url}/cargo/PAL-NONE")
    expect(phone.get_by_text("Không tìm thấy hàng PAL-NONE")).to_be_visible()
