"""The page of the assistant: a question, a proposal and its button, as an operator uses it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.e2e_support import Dashboard, fits


def ask(page: Page, text: str) -> None:
    page.get_by_label("Câu hỏi").fill(text)
    page.get_by_role("button", name="Hỏi", exact=True).click()


def test_an_operator_asks_and_confirms(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_role("link", name="Trợ lý").first.click()
    talk = page.get_by_label("Cuộc trò chuyện")
    ask(page, "Robot nào rảnh?")
    expect(talk.get_by_text(re.compile(r"\d+ robot|Không có robot"))).to_be_visible()
    ask(page, "chở hàng từ DOCK-02 đến BLK-02")
    expect(page.get_by_text(re.compile(r"còn \d+ giây"))).to_be_visible()
    ask(page, "ok")
    expect(talk.get_by_text("Hãy bấm nút Xác nhận")).to_be_visible()
    before = len(dashboard.fleet.snapshot().orders)
    page.get_by_role("button", name="Xác nhận").click()
    expect(talk.get_by_text("Đã làm: Tạo đơn")).to_be_visible()
    assert len(dashboard.fleet.snapshot().orders) == before + 1
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)
