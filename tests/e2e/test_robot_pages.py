"""What a person can do with one robot: at its page, beside the map, and only what the role allows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amr_core.errors import AmrError
from amr_core.own_camera import OwnCamera
from amr_fleet.ports import HeldBy, Request
from amr_fleet.requests import DeliverLoad, NoteService, ReleaseRobot, Relocalise, SendRobot, SetIntegration
from amr_fleet.upkeep_requests import ChangeWork, CloseWork, OpenWork
from amr_fleet.wear_views import ServiceNote, WearView, Work
from tests.api.fake_fleet import FakeFleet
from tests.e2e.e2e_support import Dashboard, fits, shot, shot_both
from tests.e2e.test_accessibility import serious_findings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def _last(fleet: FakeFleet) -> Request[Any]:
    return fleet.asked[-1]


def test_an_operator_sends_releases_and_unloads(page: Page, dashboard: Dashboard) -> None:
    fleet = dashboard.fleet
    dashboard.open(page)
    page.get_by_role("link", name="Robot", exact=True).click()
    expect(page.get_by_test_id("robot-amr_05")).to_contain_text("AMR-05 không biết mình đang ở đâu")
    shot(page, "robots")
    page.get_by_test_id("robot-amr_09").click()
    expect(page.get_by_text("Không có lỗi, không phải chờ.")).to_be_visible()
    page.get_by_role("button", name="Đi sạc").click()
    expect(page.get_by_text("AMR-09 đi sạc")).to_be_visible()
    assert _last(fleet) == SendRobot(robot="amr_09", to="charge", user="lan")
    fleet.failure = AmrError("robot.no_charger", robot="amr_09")
    page.get_by_role("button", name="Về bãi đỗ").click()
    expect(page.get_by_text("Không còn trạm sạc trống cho AMR-09")).to_be_visible()
    fleet.failure = None
    expect(page.get_by_text("Định vị lại")).to_have_count(0)  # engineers only

    fleet.on_board["amr_09"] = ("PAL-0900",)
    expect(page.get_by_text("Hàng PAL-0900 còn trên robot")).to_be_visible()
    page.get_by_role("combobox", name="Nơi trả hàng").click()
    page.get_by_role("option", name="Lô gạo 2").click()
    page.get_by_role("button", name="Trả hàng tới đây").click()
    expect(page.get_by_text("Đã nhận đơn T00007")).to_be_visible()
    assert _last(fleet) == DeliverLoad(robot="amr_09", place="BLK-02", user="lan")
    for whose, named in (("", ()), ("lan", ()), ("minh", ("minh",))):  # one's own, too: a worker may stand at the forks
        fleet.hold("amr_09", HeldBy(user=whose, since=fleet.now, text="", scope="unload"))
        commands = page.get_by_test_id("robot-commands")
        expect(commands.get_by_role("button", name="Chạy lại AMR-09")).to_be_visible()
        page.get_by_role("button", name="Trả hàng tới đây").click()
        expect(page.get_by_role("dialog")).to_contain_text("đang chờ người lấy hàng xuống")
        page.get_by_test_id("confirm").click()
        expect(commands.get_by_role("button", name="Tạm dừng AMR-09")).to_be_visible()
        wish = DeliverLoad(robot="amr_09", place="BLK-02", user="lan", instead_of=named, nobody_there=True)
        assert _last(fleet) == wish

    fleet.stops["amr_09"] = "MANUAL"
    expect(page.get_by_text("Phần mềm không nhả được nút này.")).to_be_visible()
    expect(page.get_by_role("button", name="Cho chạy lại", exact=True)).to_be_disabled()
    fleet.stops["amr_09"] = "RELEASE"
    page.get_by_label("Người đã kiểm tra").fill("Trần Văn Bảy")
    shot_both(page, "robot-release", ".command-urgent button")
    page.get_by_role("button", name="Cho chạy lại", exact=True).click()
    expect(page.get_by_text("Sau dừng khẩn cấp")).to_have_count(0)
    assert _last(fleet) == ReleaseRobot(robot="amr_09", person="Trần Văn Bảy", user="lan")


def test_an_engineer_takes_a_robot_out_and_tells_it_where_it_is(page: Page, phone: Page, dashboard: Dashboard) -> None:
    fleet = dashboard.fleet
    dashboard.open(page, "hung")
    page.get_by_role("button", name="Chi tiết AMR-05").click()
    expect(page.get_by_role("dialog")).to_contain_text("Kỹ sư định vị lại khi robot đứng yên.")
    page.get_by_role("button", name="Chỉ trên bản đồ").click()
    box = page.get_by_test_id("map-draw").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 60)
    page.mouse.up()
    expect(page.get_by_label("Hướng (°)")).to_have_value("90")
    shot(page, "relocalise")
    heading = page.get_by_label("Hướng (°)")
    for keys, shown in (("12,5", "12,5"), ("-3.05", "-3,05")):
        heading.fill("")
        heading.press_sequentially(keys)
        expect(heading).to_have_value(shown)
    page.get_by_role("combobox", name="Robot đứng ở trạm").fill("BLK-03-1")
    page.get_by_role("option", name="BLK-03-1").click()
    page.get_by_role("button", name="Định vị lại").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_text("AMR-05 đã nhận vị trí mới")).to_be_visible()
    asked = fleet.asked[-1]
    assert isinstance(asked, Relocalise)
    assert (asked.robot, asked.x, asked.y) == ("amr_05", 33.0, 15.0)

    page.get_by_role("link", name="Mở trang robot").click()
    page.get_by_test_id("robot-commands").get_by_text("Nghỉ việc", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Không nhận đơn mới; vẫn giữ chỗ")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_text("Không nhận đơn mới; vẫn giữ chỗ").last).to_be_visible()
    assert _last(fleet) == SetIntegration(robot="amr_05", level="respected", user="hung")
    shot(page, "robot")
    dashboard.open(phone, "hung")
    phone.goto(f"{dashboard.url}/robots/amr_05")
    expect(phone.get_by_test_id("robot-commands")).to_be_visible()
    assert fits(phone)
    shot(phone, "robot")
    phone.get_by_role("heading", name="Định vị lại").scroll_into_view_if_needed()
    shot(phone, "relocalise")
    phone.goto(f"{dashboard.url}/robots/amr_99")
    expect(phone.get_by_text("Không có robot AMR-99")).to_be_visible()


def test_a_viewer_sees_a_robot_and_no_buttons(phone: Page, dashboard: Dashboard) -> None:
    dashboard.open(phone, "khach")
    phone.goto(f"{dashboard.url}/robots/amr_01")
    expect(phone.get_by_text("Pin", exact=True)).to_be_visible()
    expect(phone.get_by_test_id("robot-commands")).to_have_count(0)


def test_an_engineer_sees_what_a_robot_has_worked_and_notes_a_service(page: Page, dashboard: Dashboard) -> None:
    before = ServiceNote(t=3600.0, user="sep", text="Thay bánh", work=Work(metres=10_000.0, lifts=300, hours=20.0))
    work = Work(metres=12_400.0, lifts=340, hours=25.6)
    dashboard.fleet.wear = (WearView(robot="amr_09", work=work, services=(before,)),)
    dashboard.open(page, "hung")
    page.goto(f"{dashboard.url}/robots/amr_09")
    trend = page.get_by_test_id("robot-trend")
    expect(trend).to_contain_text("Chưa có số liệu của robot này trong 7 ngày qua.")
    page.route("**/robots/amr_09/health*", lambda route: route.fulfill(json=_a_week(dashboard.fleet.now)))
    page.reload()
    expect(trend.get_by_test_id("health-linked")).to_contain_text("mất liên lạc 15 phút")
    expect(trend.get_by_test_id("health-placed")).to_contain_text("độ chắc thấp nhất 20 % · không biết vị trí 2 phút")
    expect(trend.get_by_test_id("health-charge")).to_contain_text("thấp nhất 18 %")
    trend.get_by_text("30 ngày", exact=True).click()
    expect(trend.locator("svg").first).to_be_visible()
    shot_both(page, "robot-trend", "[data-testid=robot-trend]")
    health = page.get_by_test_id("robot-health")
    expect(health).to_contain_text("12,4 km · 340 lần nâng · 25,6 giờ chạy")
    expect(health).to_contain_text("2,4 km · 40 lần nâng · 5,6 giờ chạy")
    expect(health).to_contain_text("Thay bánh")
    health.get_by_label("Đã làm gì").fill("Lau lidar")
    health.get_by_role("button", name="Ghi bảo dưỡng").click()
    expect(page.get_by_text("Đã ghi bảo dưỡng của AMR-09")).to_be_visible()
    assert _last(dashboard.fleet) == NoteService(robot="amr_09", text="Lau lidar", user="hung")
    _have_a_work_order_done(page, dashboard.fleet)
    shot_both(page, "robot-health", "[data-testid=robot-health]")


def _a_week(now: float) -> dict[str, Any]:
    """Return what the API says of a robot that had a bad hour in a good week."""
    hours = [now - 3600.0 * k for k in range(160, 0, -1) if not 40 < k < 52]
    points = [
        {"begin": t, "end": t + 3600.0, "known": 3600.0, "linked": 0.995, "offline": 0.0, "unsure": 0.0,
         "soc_min": 0.4 + 0.4 * (k % 9) / 9.0, "score": 0.9, "score_min": 0.7}
        for k, t in enumerate(hours)
    ]  # fmt: skip
    points[-30] |= {"linked": 0.75, "offline": 900.0, "unsure": 120.0, "score_min": 0.2, "soc_min": 0.18}
    return {"begin": now - 7 * 86_400.0, "end": now, "step": 3600.0, "points": points}


def _have_a_work_order_done(page: Page, fleet: FakeFleet) -> None:
    card = page.get_by_test_id("robot-upkeep")
    expect(card).to_contain_text("Không có phiếu nào đang mở.")
    limits = page.get_by_test_id("upkeep-limits")
    expect(limits).to_contain_text(
        "Tự mở phiếu sau 500 km, 10.000 lần nâng, 500 giờ chạy, 30 ngày chưa kiểm tra an toàn"
    )
    expect(limits).to_contain_text("Đây là mức mặc định, chưa phải mức của hãng")
    card.get_by_role("button", name="Mở phiếu").click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Mở phiếu").click()
    expect(form).to_contain_text("Hãy ghi cần làm gì")
    form.get_by_label("Cần làm gì").fill("Bánh trái kêu")
    form.get_by_label("Về an toàn").check()
    form.get_by_label("Làm trong mấy ngày").fill("2")
    form.get_by_role("button", name="Mở phiếu").click()
    expect(page.get_by_text("Đã mở phiếu M000001")).to_be_visible()
    asked = _last(fleet)
    assert isinstance(asked, OpenWork)
    assert (asked.robot, asked.text, asked.safety, asked.owner) == ("amr_09", "Bánh trái kêu", True, "")
    assert abs(asked.due - fleet.now - 2 * 86_400.0) < 60.0
    expect(card).to_contain_text("An toàn: Bánh trái kêu")
    expect(card).to_contain_text("chưa ai nhận")
    card.get_by_role("button", name="Sửa").click()
    form.get_by_label("Người làm").fill("Trần Văn Bảy")
    form.get_by_role("button", name="Lưu").click()
    expect(card).to_contain_text("Trần Văn Bảy làm")
    assert _last(fleet) == ChangeWork(work_id="M000001", owner="Trần Văn Bảy", user="hung")
    shot_both(page, "robot-upkeep", "[data-testid=robot-upkeep]")
    assert serious_findings(page) == []
    card.get_by_role("button", name="Ghi đã làm").click()
    form.get_by_label("Đã làm gì").fill("Thay bánh trái, chạy thử")
    form.get_by_role("button", name="Đóng phiếu").click()
    expect(card).to_contain_text("Phiếu đã đóng (1)")
    closing = CloseWork(work_id="M000001", outcome="done", note="Thay bánh trái, chạy thử", user="hung")
    assert _last(fleet) == closing


def test_a_robots_own_camera_that_sees_that_is_blind_and_that_was_never_used(page: Page, dashboard: Dashboard) -> None:
    fleet = dashboard.fleet
    front = OwnCamera(camera="front", in_use=True, picture_age=0.2, sharpness=0.4, usual=0.5, brightness=102.0)
    dashboard.open(page, "khach")
    page.goto(f"{dashboard.url}/robots/amr_09")
    card = page.get_by_test_id("robot-cameras")
    expect(card).to_contain_text("chưa nhìn qua camera lần nào từ khi khởi động, hoặc không có camera")

    fleet.own_cameras["amr_09"] = (front,)
    expect(card).to_contain_text("Robot đang nhìn qua camera này")
    for fact in ("Camera trước", "Dưới 1 giây", "40 %", "80 %"):
        expect(card).to_contain_text(fact)
    fleet.own_cameras["amr_09"] = (replace(front, reason="dark", brightness=3.0, picture_age=400.0),)
    expect(card).to_contain_text("Camera AMR-09 quá tối nên không nhìn thấy")
    expect(card).to_contain_text("Bật đèn và kiểm tra nắp ống kính")
    expect(page.locator(".card:empty")).to_have_count(0)  # a viewer has no commands, and no frame of them
    shot_both(page, "robot-camera-blind", "[data-testid=robot-cameras]")
    assert fits(page)
    assert serious_findings(page) == []
    page.evaluate("document.documentElement.dataset.mantineColorScheme = 'dark'")
    assert serious_findings(page, ["color-contrast"]) == []
    # No picture came yet: there is no light to tell of.
    fleet.own_cameras["amr_09"] = (OwnCamera(camera="front", reason="no_pictures", in_use=True),)
    expect(card).to_contain_text("Camera AMR-09 không gửi hình")
    expect(card).to_contain_text("Chưa có hình")
    expect(card).not_to_contain_text("0 %")
    # A depth camera has neither light nor sharpness.
    fleet.own_cameras["amr_09"] = (OwnCamera(camera="depth", reason="dirty", in_use=True, picture_age=0.1),)
    expect(card).to_contain_text("Ống kính camera AMR-09 (đo độ sâu) bị bẩn hoặc bị che một phần lớn")
    expect(card).to_contain_text("robot chạy chậm và không thấy vật thấp")
    expect(card).not_to_contain_text("Độ nét")
    fleet.own_cameras["amr_09"] = (OwnCamera(camera="depth", in_use=True, picture_age=0.1),)
    expect(card).to_contain_text("Robot đang dùng camera này khi chạy")
