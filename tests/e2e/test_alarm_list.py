"""The list of what needs a person: a press takes the alarm that was under it, and no other one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.ports import AlarmView, Reason
from amr_fleet.requests import AckAlarm
from amr_fleet.vocabulary import AlarmCode
from tests.e2e.e2e_support import Dashboard, fits, shot, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
OVER = "Đã hết, hoặc đã có người nhận"


def _raise(dashboard: Dashboard, *alarms: tuple[str, AlarmCode, str]) -> None:
    for name, code, robot in alarms:
        reason = Reason(code, {"robot": robot, "order_id": "T00001"}, dashboard.fleet.now - 60.0)
        dashboard.fleet.alarms[name] = AlarmView(alarm_id=name, reason=reason, robot=robot, order_id="")


def _taken(dashboard: Dashboard) -> list[str]:
    return [asked.alarm_id for asked in dashboard.fleet.asked if isinstance(asked, AckAlarm)]


def _press_where_the_first_button_is(page: Page, alarm: str) -> tuple[float, float]:
    box = page.get_by_test_id(f"alarm-{alarm}").get_by_role("button", name="Tôi nhận việc này").bounding_box()
    assert box is not None
    spot = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*spot)
    page.mouse.click(*spot)
    return spot


def test_a_second_press_takes_no_other_alarm_when_the_first_one_moves(page: Page, dashboard: Dashboard) -> None:
    _raise(dashboard, ("A1", "alarm.e_stop", "amr_01"), ("A2", "alarm.not_localized", "amr_02"))
    dashboard.open(page)
    page.goto(f"{dashboard.url}/attention")
    spot = _press_where_the_first_button_is(page, "A1")
    expect(page.get_by_test_id("alarm-A1")).to_contain_text("đã nhận lúc")
    page.mouse.click(*spot)
    page.get_by_test_id("alarm-A2").get_by_role("button", name="Tôi nhận việc này").click()
    expect(page.get_by_test_id("alarm-A2")).to_contain_text("đã nhận lúc")
    assert _taken(dashboard) == ["A1", "A2"]


def test_a_second_press_takes_no_other_alarm_when_the_first_one_is_over(page: Page, dashboard: Dashboard) -> None:
    """What only tells of the past ends with the press; the row below came up under the second one."""
    _raise(dashboard, ("A1", "alarm.deadlock", ""), ("A2", "alarm.robot_offline", "amr_02"))
    dashboard.open(page)
    page.goto(f"{dashboard.url}/attention")
    spot = _press_where_the_first_button_is(page, "A1")
    expect(page.get_by_test_id("alarm-A1")).to_contain_text("đã nhận lúc")
    del dashboard.fleet.alarms["A1"]
    row = page.get_by_test_id("alarm-A1")
    expect(row).to_contain_text(OVER)
    assert fits(page)
    shot(page, "alarm-over")
    page.mouse.click(*spot)
    page.mouse.move(2, 2)
    expect(row).to_have_count(0)
    expect(page.get_by_test_id("alarm-A2")).to_be_visible()
    assert _taken(dashboard) == ["A1"]


def test_the_next_shift_takes_over_what_somebody_has_left(page: Page, dashboard: Dashboard) -> None:
    _raise(dashboard, ("A1", "alarm.e_stop", "amr_01"))
    dashboard.fleet.alarms["A1"] = replace(dashboard.fleet.alarms["A1"], acked_by="minh", acked_at=dashboard.fleet.now)
    dashboard.open(page)
    page.goto(f"{dashboard.url}/attention")
    row = page.get_by_test_id("alarm-A1")
    expect(row).to_contain_text("minh đã nhận lúc")
    assert fits(page)
    shot(page, "alarm-take-over")
    row.get_by_role("button", name="Nhận thay minh").click()
    expect(row).to_contain_text("lan đã nhận lúc")
    expect(row.get_by_role("button", name="Nhận thay")).to_have_count(0)
    asked = [a for a in dashboard.fleet.asked if isinstance(a, AckAlarm)]
    assert [(a.user, a.instead_of) for a in asked] == [("lan", "minh")]


TONES = """window.tones = 0;
const made = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { window.tones += 1; return made.call(this) };"""


@pytest.mark.parametrize("how", ["cut", "ended"])
def test_a_page_that_hears_of_no_alarm_any_more_is_heard_itself(page: Page, dashboard: Dashboard, how: str) -> None:
    """At night nobody looks at the screen: it stood there silent, without a network or behind a log-in."""
    page.add_init_script(TONES)
    dashboard.open(page)
    page.goto(f"{dashboard.url}/attention")
    expect(page.get_by_text("Không có việc nào cần người xử lý.")).to_be_visible()
    page.get_by_role("heading", name="Việc cần người xử lý").click()  # a browser sounds only after a press
    expect(page.get_by_text("Chuông chưa kêu được")).to_have_count(0)
    assert page.evaluate("window.tones") == 0
    if how == "cut":
        page.route_web_socket("**/api/v1/live**", lambda socket: socket.close())
        page.reload()
        page.get_by_role("navigation").first.click()
    else:
        page.context.clear_cookies()
        page.get_by_role("textbox", name="Viết cho ca sau…").fill("x")
        page.get_by_role("button", name="Thêm ghi chú").click()
        expect(page.get_by_role("dialog", name="Phiên làm việc đã hết")).to_be_visible()
    wait_until(page, "window.tones > 0")
