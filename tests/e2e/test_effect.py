"""What a command strands, and by how much, is told in its question before it is given."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.ports import OrderRequest
from amr_fleet.requests import CreateOrder
from tests.e2e.e2e_support import log_in
from tests.e2e.shift_fleet import ShiftFleet

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def test_the_question_of_pause_all_says_what_it_strands_before_the_yes(page: Page, shift: ShiftFleet) -> None:
    log_in(page, shift.api.url, "hung")
    # More than is done while the computer works the answer out, however slow it is.
    far = max((p for p in shift.site.places if p.kind != "dock"), key=lambda place: place.stations[0].x).id
    wish = OrderRequest(pick_place="D01", drop_place=far)
    orders = [shift.service.ask(CreateOrder(order=wish)).result(30.0).order_id for _ in range(40)]
    page.get_by_role("button", name="Tạm dừng tất cả").click()
    question = page.get_by_role("dialog")
    expect(question.get_by_test_id("confirm")).to_be_enabled()  # the stop never waits for the answer
    effect = question.get_by_test_id("effect")
    expect(effect).to_contain_text("Sẽ giữ lại các đơn: T0000")
    assert any(order_id in effect.inner_text() for order_id in orders)
    question.get_by_role("button", name="Không").click()
    assert not shift.service.snapshot().all_paused
