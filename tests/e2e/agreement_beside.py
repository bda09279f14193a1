"""Whether handover, the worker's phone and the shift report say of a moment what the fleet says of it."""

from __future__ import annotations

import re
from collections import Counter

from playwright.sync_api import Page, expect

from amr_fleet.ports import FleetSnapshot, OrderView
from tests.e2e.e2e_support import PASSWORD
from tests.e2e.shift_fleet import ShiftFleet

_ORDER = re.compile(r"T\d{6}")


def check(page: Page, phone: Page, shift: ShiftFleet) -> bool:
    """Look at the other pages of a fleet that stands still; page: of an operator, phone: of nobody yet.

    Return whether there was an order for the phone to say something of.
    """
    snapshot = shift.service.snapshot()
    _check_handover(page, shift.api.url, snapshot)
    _check_report(page, shift, snapshot)
    return _check_phone(phone, page, shift, snapshot)


def root_line(page: Page, url: str, order: OrderView) -> tuple[str, str]:
    """Return why an order waits and what is behind it, as its own page says, without since when."""
    page.goto(f"{url}/orders/{order.order_id}")
    lead = page.locator("section.card .lead").first
    lead.wait_for()
    behind = page.locator("section.card .root-cause").all_inner_texts()
    return lead.inner_text().split(" · từ ")[0], behind[0] if behind else ""


def _check_handover(page: Page, url: str, snapshot: FleetSnapshot) -> None:
    page.goto(f"{url}/handover")
    orders = page.get_by_role("region", name="Đơn đang mở")
    waiting = sum(o.state == "QUEUED" for o in snapshot.orders)
    expect(orders).to_contain_text(f"{len(snapshot.orders)} đơn đang mở, {waiting} đơn trong hàng chờ")
    behind = {order for cause in snapshot.causes if cause.ends != "itself" for order in cause.orders}
    held = behind | {o.order_id for o in snapshot.orders if o.held}
    assert set(_ORDER.findall(orders.inner_text())) == held, "no order of this shift has a deadline"
    alarms = page.get_by_role("region", name="Cần xử lý").get_by_role("listitem").all_inner_texts()
    told = Counter(re.findall(r"từ (\d\d:\d\d)", "\n".join(alarms)))
    assert told == Counter(_minute(alarm.reason.since) for alarm in snapshot.alarms), alarms
    robots = page.get_by_role("region", name="Robot không làm việc").get_by_role("listitem").all_inner_texts()
    stopped = {r.name for r in snapshot.robots if r.paused or r.e_stop or r.status in ("ERROR", "OFFLINE")}
    assert stopped <= {line.split()[0].lower().replace("-", "_") for line in robots}, robots
    zones = page.get_by_role("region", name="Làn và khu vực đang đóng").get_by_role("listitem")
    assert zones.count() == len(snapshot.zones)


def _check_report(page: Page, shift: ShiftFleet, snapshot: FleetSnapshot) -> None:
    """The report of the shift that runs has every alarm of the moment."""
    with page.expect_response(lambda r: "/api/v1/report" in r.url and "begin" in r.url) as answer:
        page.goto(f"{shift.api.url}/report")
    report = answer.value.json()
    for code, count in Counter(alarm.reason.code for alarm in snapshot.alarms).items():
        assert report["alarms"].get(code, 0) >= count, (code, report["alarms"])
    figure = page.get_by_test_id("report-figures").locator("div", has_text="Lần cần người").locator("dd")
    expect(figure).to_have_text(str(report["interventions"]))
    raised = [e for e in shift.store.read() if e.kind == "alarm_raised"]
    assert sum(report["alarms"].values()) == len(raised)


def _check_phone(phone: Page, page: Page, shift: ShiftFleet, snapshot: FleetSnapshot) -> bool:
    """Who loads at a dock reads why nobody comes, in the words of the order's page."""
    found = [o for o in snapshot.orders if o.reason is not None and not o.held and not o.at_pick and not o.eta]
    queued = next((o for o in found if o.state == "QUEUED"), None)
    if queued is None:
        return False
    why, behind = root_line(page, shift.api.url, queued)
    answer = phone.request.post(f"{shift.api.url}/api/v1/login", data={"user": "tam", "password": PASSWORD})
    assert answer.ok, answer.text()
    phone.goto(shift.api.url)
    place = next(p for p in shift.site.places if p.id == queued.pick_place)
    phone.get_by_role("button", name=place.name_vi, exact=True).click()
    card = phone.get_by_test_id(f"task-{queued.order_id}")
    card.wait_for()
    said = card.inner_text().casefold()
    assert why.casefold() in said, (why, said)
    assert behind.casefold() in said, (behind, said)
    return True


def _minute(t: float) -> str:
    return f"{int(t / 3600) % 24:02d}:{int(t / 60) % 60:02d}"
