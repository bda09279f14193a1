"""The page that one shift hands to the next: what is open, and who took it over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.domain.visits import view_of
from amr_fleet.ports import AlarmView, Reason, ZoneRequest
from amr_fleet.requests import AddNote, SetZone
from amr_fleet.upkeep_views import WorkOrder
from amr_fleet.visit_views import Cutoff
from tests.e2e.e2e_support import Dashboard, fits, shot_both

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def test_a_shift_is_handed_over(page: Page, dashboard: Dashboard) -> None:
    now = dashboard.fleet.now
    barge = Cutoff(name="SL-12", kind="barge", at=now + 1800.0, visit_id="V000007", planned=20)
    late = replace(view_of(barge, [], now, {}), done=12, left=8, open=8, rate=8.0, window=1800.0, ends=now + 3600.0)
    dashboard.fleet.visits = (replace(late, late=3, unsure="", state="working"),)
    dashboard.fleet.upkeep = (
        WorkOrder(work_id="M000001", robot="amr_09", text="Thay bánh", opened=now - 60.0, opened_by="lan"),
        WorkOrder(work_id="M000002", robot="amr_03", rule="safety_check", counter="days", amount=31.0, safety=True,
                  opened=now - 7200.0, due=now - 3600.0, owner="Bảy"),
    )  # fmt: skip
    dashboard.open(page)
    page.get_by_role("button", name="Tạm dừng AMR-02").click()
    page.get_by_role("link", name="Giao ca").click()
    robots = page.get_by_role("region", name="Robot không làm việc")
    expect(robots).to_contain_text("AMR-02 Tạm dừng · đang tạm dừng theo lệnh")
    expect(robots).to_contain_text("AMR-05 Lỗi · không biết mình đang ở đâu")
    expect(robots).not_to_contain_text("AMR-09")
    orders = page.get_by_role("region", name="Đơn đang mở")
    expect(orders).to_contain_text("6 đơn đang mở, 1 đơn trong hàng chờ")
    expect(orders.get_by_role("link").first).to_have_text("T00004")  # the one that is late
    expect(orders.get_by_role("listitem").first).to_contain_text("Đang trả hàng · hạn 04:58 · Trễ")
    expect(page.get_by_role("region", name="Làn và khu vực đang đóng")).to_contain_text("Không có khu vực tạm thời")
    visits = page.get_by_role("region", name="Xe, sà lan, tàu chưa rời")
    expect(visits.get_by_role("link", name="SL-12")).to_have_attribute("href", "/visits/V000007")
    for told in ("12/20 kiện", "Cắt máng", "3 đơn sẽ trễ giờ cắt máng"):
        expect(visits).to_contain_text(told)
    work = page.get_by_role("region", name="Phiếu bảo dưỡng")
    first = work.get_by_role("listitem").first
    expect(first).to_contain_text("AMR-03 Kiểm tra an toàn: 31 ngày chưa kiểm tra")
    expect(first).to_contain_text("quá hạn")
    expect(work).to_contain_text("chưa ai nhận")
    _an_alarm_and_a_closed_lane(page, dashboard)
    assert fits(page)
    page.get_by_role("button", name="Nhận ca").click()
    expect(page.get_by_text("Đã ghi vào ghi chú giao ca")).to_be_visible()
    taken = [asked for asked in dashboard.fleet.asked if isinstance(asked, AddNote)][-1]
    assert taken.user == "lan"
    assert "6 đơn đang mở, 2 việc cần xử lý, 1 khu vực tạm thời, 3 robot không làm việc, 1 chuyến" in taken.text
    assert "2 phiếu bảo dưỡng đang mở" in taken.text
    shot_both(page, "handover")
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)


def _an_alarm_and_a_closed_lane(page: Page, dashboard: Dashboard) -> None:
    """What nobody has taken stands first; of a lane it is said why, by whom and until when it is shut."""
    fleet, now = dashboard.fleet, dashboard.fleet.now
    lost = Reason("alarm.not_localized", {"robot": "amr_05"}, now - 600.0)
    taken = AlarmView(
        alarm_id="A000001", reason=lost, robot="amr_05", order_id="", acked_by="minh", acked_at=now - 60.0
    )
    stop = Reason("alarm.e_stop", {"robot": "amr_01"}, now - 120.0)
    fleet.alarms = {
        "A000001": taken,
        "A000002": AlarmView(alarm_id="A000002", reason=stop, robot="amr_01", order_id=""),
    }
    fleet.ask(SetZone(zone=ZoneRequest(zone_id="spill", kind="closed", elements=("L-M",), text="Hàng đổ", user="minh")))
    alarms = page.get_by_role("region", name="Cần xử lý").get_by_role("listitem")
    expect(alarms).to_have_count(2)
    expect(alarms.first).to_contain_text("AMR-01 đang dừng khẩn cấp")
    expect(alarms.first).to_contain_text("chưa ai nhận")
    expect(alarms.last).to_contain_text("AMR-05 không biết mình đang ở đâu")
    expect(alarms.last).to_contain_text("minh đã nhận lúc")
    zones = page.get_by_role("region", name="Làn và khu vực đang đóng").get_by_role("listitem")
    expect(zones).to_have_count(1)
    for told in ("Hàng đổ", "L-M", "minh", "đến khi bỏ"):
        expect(zones).to_contain_text(told)


def test_a_viewer_reads_it_and_takes_nothing_over(phone: Page, dashboard: Dashboard) -> None:
    dashboard.open(phone, "khach")
    phone.goto(f"{dashboard.url}/handover")
    expect(phone.get_by_role("region", name="Đơn đang mở")).to_be_visible()
    expect(phone.get_by_role("button", name="Nhận ca")).to_have_count(0)
    assert fits(phone)
