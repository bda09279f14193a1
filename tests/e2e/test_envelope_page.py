"""An envelope drawn on the trial's page: what it refuses is said before it is saved; by pointer and by keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from amr_fleet.sandbox.permit import Permit
from amr_fleet.sandbox.record import TrialRecord
from amr_fleet.trial_requests import SaveTrial
from tests.e2e.e2e_support import DESKTOP, PHONE, Dashboard, fits, log_in, shot_themes
from tests.e2e.test_sandbox_page import record, suspended

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def opened(page: Page, dashboard: Dashboard, user: str) -> None:
    log_in(page, dashboard.url, user)
    page.goto(f"{dashboard.url}/sandbox")
    expect(page.get_by_test_id("sandbox-now")).to_be_visible()


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Return where a share of the map's width and height (from its top) is on the screen."""
    box = page.locator("[data-testid=plan-map] svg .sandbox-floor").bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def press(page: Page, *points: tuple[float, float]) -> None:
    for x, y in points:
        page.mouse.click(*at(page, x, y))


def drag(page: Page, a: tuple[float, float], b: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *a))
    page.mouse.down()
    page.mouse.move(*at(page, *b), steps=4)
    page.mouse.up()


def write_aims(planner: Locator, save: Locator) -> None:
    """Fill in a goal and a criterion; what is half filled in is not saved, and says why."""
    aims = planner.get_by_test_id("aims")
    expect(save).to_be_enabled()
    aims.get_by_role("button", name="Thêm mục tiêu").click()
    expect(aims.get_by_role("status")).to_contain_text("Mục tiêu 1 chưa có nội dung")
    expect(save).to_be_disabled()
    aims.get_by_label("Mục tiêu 1", exact=True).fill("Giao hàng không cần người")
    for _ in range(2):
        aims.get_by_role("button", name="Thêm tiêu chí").click()
    aims.get_by_role("button", name="Xóa: Tiêu chí 2").click()
    aims.get_by_label("Mã").fill("C 1")
    expect(aims.get_by_role("status")).to_contain_text("Mã của tiêu chí 1 phải bắt đầu")
    aims.get_by_label("Mã").fill("C1")
    aims.get_by_label("Tiêu chí 1", exact=True).fill("Đơn đúng hạn trong tháng")
    aims.get_by_role("combobox", name="Chỉ số").click()
    planner.page.get_by_role("option", name="Đơn đúng hạn (%)").click()
    target = aims.get_by_label("Mức phải đạt")
    target.fill("")
    target.press_sequentially("97,5")
    expect(aims.get_by_role("status")).to_have_count(0)
    expect(save).to_be_enabled()
    assert fits(planner.page)
    aims.scroll_into_view_if_needed()
    shot_themes(planner.page, "sandbox-aims")


def check_aims(saved: TrialRecord) -> None:
    assert [(g.vi, g.en) for g in saved.goals] == [("Giao hàng không cần người", "")]
    assert [(c.id, c.text.vi, c.kpi, c.operator, c.target) for c in saved.criteria] == [
        ("C1", "Đơn đúng hạn trong tháng", "on_time", ">=", 97.5)
    ]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_what_a_drawn_envelope_refuses_is_said_before_it_is_saved(
    page: Page, dashboard: Dashboard, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    opened(page, dashboard, "hung")
    page.get_by_role("button", name="Vẽ phạm vi mới trên bản đồ").click()
    planner, found = page.get_by_test_id("planner"), page.get_by_test_id("simulated")
    expect(planner).to_contain_text("Chưa có vùng nào")
    save = planner.get_by_role("button", name="Lưu bản thảo")
    expect(save).to_be_disabled()
    page.get_by_role("button", name="Cả mặt bằng").click()
    expect(found).to_contain_text("không từ chối gì")

    planner.get_by_text("Cấm", exact=True).click()
    page.get_by_test_id("plan-map").scroll_into_view_if_needed()
    drag(page, (0.3, 0.35), (0.6, 0.65))
    expect(found).to_contain_text(re.compile(r"[1-9]\d* trong \d+ vị trí nằm ngoài tầm robot"))
    assert page.locator("[data-away]").count() > 0
    expect(page.get_by_test_id("refused-ways")).to_contain_text("tuyến giữa hai nơi bị từ chối")
    expect(page.get_by_test_id("polygons")).to_contain_text("Vùng cấm 1")
    assert fits(page)
    shot_themes(page, "sandbox-plan")

    planner.get_by_text("Được chạy", exact=True).click()
    page.get_by_test_id("plan-map").scroll_into_view_if_needed()
    press(page, (0.1, 0.1), (0.25, 0.3), (0.25, 0.1), (0.1, 0.3))
    page.get_by_role("button", name="Đóng vùng").click()
    expect(planner.get_by_role("alert")).to_contain_text("Vùng được chạy 2 tự cắt tại")
    expect(page.get_by_test_id("plan-wrong")).to_be_visible()
    expect(save).to_be_disabled()
    page.get_by_role("button", name="Xóa: Vùng được chạy 2").click()
    expect(found).to_be_visible()

    planner.get_by_label("Mã thử nghiệm").fill("TN-VE")
    planner.get_by_label("Tên thử nghiệm").fill("Vẽ thử")
    most = planner.get_by_label("Số robot chạy cùng lúc")
    most.fill("")
    most.press_sequentially("8")
    expect(most).to_have_value("8")
    write_aims(planner, save)
    save.click()
    expect(planner).to_have_count(0)
    expect(page.get_by_test_id("trial-TN-VE")).to_contain_text("bản thảo")
    (asked,) = [r for r in dashboard.fleet.asked if isinstance(r, SaveTrial)]
    check_aims(asked.record)
    envelope = asked.record.envelope
    assert (asked.record.trial_id, len(envelope.areas), len(envelope.forbidden)) == ("TN-VE", 1, 1)
    assert envelope.max_robots_moving == 8
    assert envelope.serials == tuple(f"amr_{i + 1:02d}" for i in range(12))
    (x0, y0), _, (x1, y1), _ = envelope.forbidden[0]
    assert (x0 < x1, y0 > y1) == (True, True), "the drag went right and down, and y is up"


def test_an_area_is_drawn_with_keys(page: Page, dashboard: Dashboard) -> None:
    opened(page, dashboard, "hung")
    page.get_by_role("button", name="Vẽ phạm vi mới trên bản đồ").click()
    plan = page.get_by_test_id("plan-map")
    plan.focus()
    for keys in ("ArrowUp", "Enter", "ArrowRight " * 5, "Enter", "ArrowDown " * 5, "Enter", "Enter"):
        for key in keys.split():
            page.keyboard.press(key)
    expect(page.get_by_role("button", name="Đóng vùng")).to_be_enabled()
    page.keyboard.press("Backspace")
    expect(page.get_by_role("button", name="Đóng vùng")).to_be_disabled()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Đóng vùng").click()
    expect(page.get_by_test_id("polygons")).to_contain_text("Vùng được chạy 1 · 13 m²")
    expect(page.get_by_test_id("simulated")).to_contain_text("Đỗ ngoài vùng được chạy")


def test_the_authority_tries_what_it_is_asked_to_sign_and_changes_nothing(page: Page, dashboard: Dashboard) -> None:
    dashboard.fleet.trial_book = suspended(dashboard.fleet.now)
    dashboard.fleet.permit = Permit("TN-1", "suspended", most_moving=8)
    opened(page, dashboard, "so_khcn")
    page.get_by_test_id("trial-TN-1").get_by_role("button", name="Thử trước trên bản đồ").click()
    planner = page.get_by_test_id("planner")
    expect(planner).to_contain_text("Giấy phép này sẽ từ chối những gì")
    expect(page.get_by_test_id("simulated")).to_contain_text("vị trí nằm ngoài tầm robot")
    expect(planner.get_by_role("button")).to_have_count(1)  # close
    planner.get_by_role("button", name="Đóng").click()
    expect(planner).to_have_count(0)


def test_an_engineer_changes_the_envelope_of_a_trial_and_keeps_the_rest(page: Page, dashboard: Dashboard) -> None:
    dashboard.fleet.trial_book = suspended(dashboard.fleet.now)
    opened(page, dashboard, "hung")
    page.get_by_role("button", name="Sửa phạm vi trên bản đồ").click()
    expect(page.get_by_test_id("simulated")).to_be_visible()
    page.get_by_role("button", name="Xóa: Vùng cấm 1").click()
    expect(page.get_by_test_id("polygons")).not_to_contain_text("Vùng cấm")
    planner, save = page.get_by_test_id("planner"), page.get_by_role("button", name="Lưu bản thảo")
    expect(save).to_be_enabled()
    planner.get_by_text("Cấm", exact=True).click()
    page.get_by_test_id("plan-map").scroll_into_view_if_needed()
    press(page, (0.1, 0.1), (0.3, 0.1), (0.3, 0.3))  # not closed: it would not be in what is saved
    expect(planner).to_contain_text("Còn một vùng đang vẽ dở (Cấm)")
    expect(save).to_be_disabled()
    expect(page.get_by_role("button", name="Tải hồ sơ (JSON)")).to_be_disabled()
    for _ in range(3):
        page.get_by_role("button", name="Lùi một điểm").click()
    expect(planner).not_to_contain_text("vẽ dở")
    save.click()
    expect(page.get_by_test_id("planner")).to_have_count(0)
    (asked,) = [r for r in dashboard.fleet.asked if isinstance(r, SaveTrial)]
    was = record()
    assert (asked.record.envelope.areas, asked.record.envelope.forbidden) == (was.envelope.areas, ())
    assert (asked.record.goals, asked.record.control, asked.record.authority) == (was.goals, was.control, was.authority)
