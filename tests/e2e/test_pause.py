"""A robot is paused at once; what that does to the orders is told beside it, afterwards."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.ports import OrderRequest
from amr_fleet.requests import CreateOrder
from tests.e2e.e2e_support import log_in, shot_both
from tests.e2e.shift_fleet import ShiftFleet
from tests.e2e.test_accessibility import serious_findings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def test_a_stop_waits_for_no_question_and_says_what_it_strands(page: Page, shift: ShiftFleet) -> None:
    log_in(page, shift.api.url, "lan")
    # As far as the site goes: it must still be on its way when it is stopped.
    far = max((p for p in shift.site.places if p.kind != "dock"), key=lambda place: place.stations[0].x).id
    order = shift.service.ask(CreateOrder(order=OrderRequest(pick_place="D01", drop_place=far))).result(30.0)
    for _ in range(150):
        shift.skip(2)
        view = next(o for o in shift.service.orders("all", 10) if o.order_id == order.order_id)
        if view.state == "TO_DROP":
            break
    assert view.state == "TO_DROP"
    row = page.get_by_test_id(f"robot-{view.robot}")
    stood = _names(page)
    assert stood[0] != view.robot
    row.get_by_role("button", name="Tạm dừng").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row.get_by_role("button", name="Chạy lại")).to_be_visible()
    # It would stand first now; but under the mouse each row stays, or a second press met another robot.
    assert _names(page) == stood
    told = row.get_by_test_id("pause-effect")
    expect(told).to_contain_text("Trong lúc robot này tạm dừng:")
    expect(told).to_contain_text(f"Sẽ giữ lại các đơn: {view.order_id}")
    page.mouse.move(5, 5)
    expect(page.locator("[data-testid^=robot-amr]").first).to_have_attribute("data-testid", f"robot-{view.robot}")
    assert serious_findings(page) == []
    shot_both(page, "pause")
    # Another person, or after a reload: on the robot's page.
    page.goto(f"{shift.api.url}/robots/{view.robot}")
    expect(page.get_by_test_id("pause-effect")).to_contain_text(f"Sẽ giữ lại các đơn: {view.order_id}")
    page.get_by_role("button", name="Chạy lại").click()
    expect(page.get_by_test_id("pause-effect")).to_have_count(0)
    assert not next(r for r in shift.service.snapshot().robots if r.name == view.robot).paused


def _names(page: Page) -> list[str]:
    rows = page.locator("[data-testid^=robot-amr]").all()
    return [(row.get_attribute("data-testid") or "").removeprefix("robot-") for row in rows]
