"""Two people at one robot: who sends it on in the place of the other sees whose pause that is, and says so."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from amr_fleet.requests import SetPaused
from tests.e2e.e2e_support import log_in
from tests.e2e.shift_fleet import ShiftFleet

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def test_another_persons_pause_asks_first_and_ones_own_does_not(browser: Browser, shift: ShiftFleet) -> None:
    first, second = browser.new_page(locale="vi-VN"), browser.new_page(locale="vi-VN")
    log_in(first, shift.api.url, "lan")
    log_in(second, shift.api.url, "hung")
    row, other = first.get_by_test_id("robot-amr_03"), second.get_by_test_id("robot-amr_03")
    row.get_by_role("button", name="Tạm dừng AMR-03", exact=True).click()
    owners = row.get_by_test_id("owners")
    owners.get_by_label("Lý do").fill("đang dỡ tay")
    owners.get_by_role("button", name="Ghi lý do").click()
    expect(other).to_contain_text("lan tạm dừng AMR-03 lúc 06:")
    expect(other).to_contain_text("đang dỡ tay")
    # The other one is asked, and nothing happens by a no.
    other.get_by_role("button", name="Chạy lại AMR-03", exact=True).click()
    question = second.get_by_role("dialog")
    expect(question).to_contain_text("lan tạm dừng lúc 06:")
    expect(question).to_contain_text("đang dỡ tay")
    question.get_by_role("button", name="Không").click()
    assert _pauses(shift) == ["lan"]
    # A second pause while the question stands stays: only what was read is lifted.
    other.get_by_role("button", name="Chạy lại AMR-03", exact=True).click()
    shift.service.ask(SetPaused(robots=("amr_03",), pause=True, user="minh")).result(30.0)
    second.get_by_test_id("confirm").click()
    expect(other).to_contain_text("minh tạm dừng AMR-03")
    assert _pauses(shift) == ["minh"]
    other.get_by_role("button", name="Chạy lại AMR-03", exact=True).click()
    second.get_by_test_id("confirm").click()
    expect(other.get_by_role("button", name="Tạm dừng AMR-03", exact=True)).to_be_visible()
    assert _pauses(shift) == []
    # One's own is one press.
    row.get_by_role("button", name="Tạm dừng AMR-03", exact=True).click()
    row.get_by_role("button", name="Chạy lại AMR-03", exact=True).click()
    expect(row.get_by_role("button", name="Tạm dừng AMR-03", exact=True)).to_be_visible()
    expect(first.get_by_role("dialog")).to_have_count(0)
    first.close()
    second.close()


def _pauses(shift: ShiftFleet) -> list[str]:
    robot = next(r for r in shift.service.snapshot().robots if r.name == "amr_03")
    return [pause.user for pause in robot.pauses]
