"""The page of the assistant: a question, a proposal and its button, as an operator uses it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

from amr_fleet.api.users import UserStore
from amr_fleet.assistant.language_model import LanguageModel
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.e2e_support import DESKTOP, PHONE, Dashboard, fits, shot_both
from tests.e2e.serving import start
from tests.e2e.test_accessibility import serious_findings
from tests.scripted_model import ScriptedModel, completion


def ask(page: Page, text: str) -> None:
    page.get_by_label("Câu hỏi").fill(text)
    page.get_by_role("button", name="Hỏi", exact=True).click()


def test_an_operator_asks_and_confirms(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_role("link", name="Trợ lý").first.click()
    talk = page.get_by_label("Cuộc trò chuyện")
    ask(page, "Robot nào rảnh?")
    expect(talk.get_by_text(re.compile(r"\d+ robot|Không có robot"))).to_be_visible()
    ask(page, "Danh sách robot")
    expect(talk.get_by_role("img", name="Pin: cao nhất 95 % (AMR-01)")).to_be_visible()  # no idle one: of this answer
    expect(talk.get_by_role("cell", name=re.compile(r"\d+ %")).first).to_be_visible()  # the same to hear
    expect(talk.get_by_role("link", name="Mở trang này").last).to_have_attribute("href", "/robots")
    shot_both(page, "assistant-chart")
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


def test_it_stands_beside_every_page_with_one_conversation(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_role("button", name="Trợ lý").click()
    panel = page.get_by_role("dialog", name="Trợ lý")
    suggested = panel.get_by_role("group", name="Gợi ý").get_by_role("button")
    expect(suggested.first).to_be_visible()
    question = suggested.first.inner_text()
    suggested.first.click()
    talk = panel.get_by_label("Cuộc trò chuyện")
    expect(talk.get_by_text(question)).to_be_visible()
    panel.get_by_label("Câu hỏi").fill("cho robot 2 dừng lại và chờ")
    panel.get_by_role("button", name="Hỏi", exact=True).click()
    expect(talk.locator(".assistant-effects")).to_contain_text("AMR-02")
    page.get_by_role("button", name="Tạm dừng tất cả").click(trial=True)  # nothing stands before it
    shot_both(page, "assistant-panel")
    talk.get_by_role("button", name="Trả lời sai").last.click()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Tìm robot").fill("robot nào rảnh")
    page.get_by_role("button", name="Hỏi trợ lý: robot nào rảnh").click()
    expect(page.get_by_label("Cuộc trò chuyện").get_by_text("robot nào rảnh")).to_be_visible()
    page.get_by_role("link", name="Trợ lý").first.click()
    expect(page.get_by_label("Cuộc trò chuyện").first.get_by_text(question)).to_be_visible()  # the same conversation
    page.reload()
    expect(page.get_by_label("Cuộc trò chuyện").get_by_text(question)).to_be_visible()  # the server keeps the shift


def test_what_was_asked_back_is_pressed_on_a_phone(phone: Page, dashboard: Dashboard) -> None:
    """It was a list to be typed again, with the arguments' names in it."""
    dashboard.open(phone)
    phone.goto(f"{dashboard.url}/assistant")
    talk = phone.get_by_label("Cuộc trò chuyện")
    ask(phone, "làm báo cáo")
    choice = talk.get_by_role("group", name="Chọn ý đúng").get_by_role("button", name="Làm báo cáo: theo ngày")
    expect(choice).to_be_visible()
    box = choice.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert fits(phone)
    choice.click()
    expect(talk.get_by_text("Đề nghị: Làm báo cáo: theo ngày.")).to_be_visible()
    expect(talk.locator(".assistant-effects")).to_contain_text("tệp PDF")
    expect(phone.get_by_role("button", name="Xác nhận")).to_be_visible()


def test_the_panel_is_for_readers_keys_and_narrow_screens(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    button = page.get_by_role("button", name="Trợ lý")
    button.click()
    panel = page.get_by_role("dialog", name="Trợ lý")
    expect(panel.get_by_role("group", name="Gợi ý").get_by_role("button").first).to_be_visible()
    ask(page, "làm báo cáo")
    expect(panel.get_by_role("group", name="Chọn ý đúng").get_by_role("button").first).to_be_visible()
    assert serious_findings(page) == []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert fits(page)
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()


def test_a_language_model_is_asked_by_its_own_button_and_its_words_are_marked(
    page: Page, tmp_path: Path, accounts: Path
) -> None:
    model = ScriptedModel(
        [
            completion("", ("robot_get", {"robot": "2"}), ("robot_pause", {"robot": "2"})),
            completion("Robot 2 đã dừng hẳn."),
        ]
    )
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    fleet = FakeFleet()
    handle = start(fleet, small_site(), users=users, language_model=LanguageModel(model.url, "m"))
    try:
        Dashboard(handle.url, fleet).open(page)
        page.get_by_role("link", name="Trợ lý").first.click()
        talk = page.get_by_label("Cuộc trò chuyện")
        ask(page, "Cái robot hay lượn lờ ở góc kia kìa?")
        page.get_by_role("button", name="Hỏi mô hình ngôn ngữ").click()
        expect(talk.get_by_text("chưa ai kiểm chứng: “Robot 2 đã dừng hẳn.”")).to_be_visible()
        expect(page.get_by_text("Phần mềm đề nghị")).to_be_visible()
        assert not any(robot.paused for robot in fleet.snapshot().robots)
        page.get_by_role("button", name="Xác nhận").click()
        expect(page.get_by_role("button", name="Xác nhận")).to_have_count(0)
        assert [robot.name for robot in fleet.snapshot().robots if robot.paused] == ["amr_02"]
        shot_both(page, "assistant-model")
    finally:
        handle.stop()
        users.close()
        model.close()
