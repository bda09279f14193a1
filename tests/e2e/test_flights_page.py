"""The page of flights: planned, refused with its reasons, flown to its end, called home; in both sizes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.flight_requests import CreateFlight, SetFlightPermit, SetStock, StartFlight
from amr_uav.model import Checklist, FlightPermit
from tests.e2e.e2e_support import PASSWORD, Dashboard, fits, log_in, shot_both, wait_until
from tests.e2e.flight_fleet import FlightFleet
from tests.e2e.test_accessibility import AXE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
_SERIOUS = """() => axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations
  .filter(v => ["serious", "critical"].includes(v.impact)).flatMap(v => v.nodes.map(n => `${v.id} at ${n.target}`)))"""
# The page's clock in seconds.
_CLOCK = (
    'document.querySelector(".head-clock b").innerText.split(":").reduce((sum, part) => 60 * sum + Number(part), 0)'
)
PILOT = Checklist(
    pilot="Trần Văn Bay", licence="instrument", wind=1.0, rain=False, cleared=True, light=300.0, present=True
)


@pytest.fixture
def flying(tmp_path: Path, accounts: Path, request: pytest.FixtureRequest) -> Iterator[FlightFleet]:
    shutil.copy(accounts, tmp_path / "users.db")
    fleet = FlightFleet(tmp_path, at=getattr(request, "param", ""))
    fleet.ask(SetStock(loads=tuple(fleet.stock.book.items()), user="lan"))
    yield fleet
    fleet.close()


def permitted(fleet: FlightFleet) -> None:
    permit = FlightPermit(
        number="GP-12/2026", issuer="Cục Tác chiến", registration="VN-UAV-01", until=fleet.now + 7200.0, ceiling=9.0
    )
    fleet.ask(SetFlightPermit(permit=permit, user="hung"))


def airborne(fleet: FlightFleet) -> str:
    """Let a short flight be on its way; return its id."""
    permitted(fleet)
    wish = CreateFlight(task="inventory_flight", places=("B1",), levels=(1,), user="lan")
    flight: str = fleet.ask(wish).flight_id
    fleet.ask(StartFlight(flight_id=flight, checklist=PILOT, user="lan"))
    for _ in range(40):
        if fleet.craft.mode == "MISSION" and fleet.craft.item > 3:
            return flight
        fleet.skip(5.0)
    raise AssertionError(fleet.craft.mode)


def opened(page: Page, fleet: FlightFleet, user: str = "lan") -> None:
    page.goto(f"{fleet.api.url}/flights")
    page.fill("input[name=user]", user)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(page.get_by_test_id("aircraft")).to_contain_text("UAV-01")


@pytest.mark.parametrize("flying", ["B1@015.3"], indirect=True)  # a robot stands in the aisle
def test_a_flight_is_planned_refused_with_reasons_and_flown_to_its_end(page: Page, flying: FlightFleet) -> None:
    opened(page, flying)
    plan_one(page)
    gate_says_why(page, flying)
    take_off(page)
    ground_is_cleared(page, flying)
    flying.skip(60.0)
    expect(page.get_by_test_id("height-now")).to_contain_text("Máy bay cao")
    expect(page.get_by_test_id("craft-on-map")).to_be_visible()
    ended(flying, "DONE")
    expect(page.get_by_test_id("flight-F000001")).to_contain_text("Bay xong")
    result_is_looked_after(page)


def plan_one(page: Page) -> None:
    """One aisle, one level; the plan says what it takes."""
    expect(page.get_by_text("Chưa có chuyến bay nào.")).to_be_visible()
    page.get_by_role("button", name="Tính đường bay").click()
    expect(page.get_by_text("Chọn ít nhất một dãy kệ")).to_be_visible()
    page.get_by_role("checkbox", name="B1").check()
    page.get_by_label("Tầng 1").check()
    page.get_by_role("button", name="Tính đường bay").click()

    plan = page.get_by_test_id("plan")
    expect(plan).to_contain_text("2 mặt kệ")
    expect(plan).to_contain_text("tầng 1: 16 ô")
    expect(plan).to_contain_text("dự phòng 30 %")
    expect(plan).to_contain_text("không dưới 15 %")


def gate_says_why(page: Page, flying: FlightFleet) -> None:
    """Each condition that is missing stands there with its reason, and the button is shut."""
    expect(page.get_by_test_id("gate-permit")).to_contain_text("Chưa có phép bay")
    expect(page.get_by_test_id("gate-fire")).to_contain_text("chưa biết")
    expect(page.get_by_test_id("gate-battery")).to_contain_text("đủ")
    expect(page.get_by_role("button", name="Cất cánh")).to_be_disabled()
    shot_both(page, "flight-planned")
    flying.people = [(64.0, 25.0)]
    expect(page.get_by_test_id("gate-people")).to_contain_text("Có 1 người quá gần vùng bay")
    flying.people = []
    permitted(flying)
    expect(page.get_by_test_id("gate-permit")).to_contain_text("đủ")


def take_off(page: Page) -> None:
    """A checklist with too much wind is refused; the next one is taken."""
    page.get_by_label("Người điều khiển bay", exact=True).fill("Trần Văn Bay")
    page.get_by_label("Gió đo được (m/s)").fill("9")
    page.get_by_label("Đã kiểm tra: không còn ai trong vùng bay").check()
    page.get_by_label("Ánh sáng nơi camera nhìn (lux)").fill("300")
    page.get_by_label("Người điều khiển bay đứng tại chỗ").check()
    page.get_by_role("button", name="Cất cánh").click()
    expect(page.get_by_text("Gió 9 m/s; giới hạn là 8 m/s").first).to_be_visible()
    page.get_by_label("Gió đo được (m/s)").fill("1")
    page.get_by_role("button", name="Cất cánh").click()


def ground_is_cleared(page: Page, flying: FlightFleet) -> None:
    """Nothing takes off over a robot: the aisle is shut on the map until it has left."""
    expect(page.get_by_test_id("flight-F000001")).to_contain_text("Robot đang rời vùng bay")
    assert not flying.craft.telemetry(flying.now).flying
    shot_both(page, "flight-clearing", at="[data-testid=flight-map]")
    flying.stands = False
    for _ in range(40):
        if flying.state() == "FLYING":
            break
        flying.skip(5.0)
    expect(page.get_by_test_id("flight-F000001")).to_contain_text("Đang bay")


def result_is_looked_after(page: Page) -> None:
    """Counted against the book; the misplaced load has its order, the torn label is ticked off."""
    result = page.get_by_test_id("result")
    expect(result).to_contain_text("Đã đọc 16 / 16 ô")
    expect(result).to_contain_text("2 chênh lệch so với sổ hàng")
    misplaced, torn = page.get_by_test_id("difference-0"), page.get_by_test_id("difference-1")
    expect(misplaced).to_contain_text("Sai chỗ")
    expect(misplaced).to_contain_text("B1W-02-1")
    expect(misplaced).to_contain_text("chờ người cho chạy")
    expect(torn).to_contain_text("Không đọc được nhãn")
    torn.get_by_role("button", name="Đã xem").click()
    expect(torn).to_contain_text("lan đã xem")
    assert fits(page)
    shot_both(page, "flight-done", at="[data-testid=differences]")
    cells_have_their_pictures(page)
    misplaced.get_by_role("link", name="T000001").click()
    expect(page.get_by_text("Đơn").first).to_be_visible()
    assert "/orders/" in page.url
    expect(page.get_by_text("Đơn đang bị giữ lại.").first).to_be_visible()
    assert fits(page)
    shot_both(page, "flight-order")


def cells_have_their_pictures(page: Page) -> None:
    """Each cell that differs shows what the aircraft saw there, under the number that its row links to."""
    pictures = page.get_by_test_id("count-pictures")
    expect(pictures.get_by_role("img")).to_have_count(2)
    expect(pictures.get_by_test_id("picture-B1W-02-1")).to_contain_text("Sai chỗ")
    page.get_by_test_id("difference-0").get_by_role("link", name="B1W-02-1").click()
    expect(pictures.get_by_test_id("picture-B1W-02-1").get_by_role("img")).to_be_in_viewport()
    wait_until(page, "[...document.querySelectorAll('[data-testid=count-pictures] img')].every(i => i.naturalWidth)")
    shot_both(page, "flight-count-pictures", at="[data-testid=count-pictures]")


def ended(fleet: FlightFleet, state: str) -> None:
    for _ in range(40):
        if fleet.state() == state:
            return
        fleet.skip(20.0)
    raise AssertionError(fleet.state())


def test_one_press_on_a_phone_calls_the_aircraft_home(phone: Page, flying: FlightFleet) -> None:
    flight = airborne(flying)
    opened(phone, flying)
    card = phone.get_by_test_id(f"flight-{flight}")
    expect(card).to_contain_text("Đang bay")
    expect(phone.get_by_test_id("craft-on-map")).to_be_visible()
    assert fits(phone)
    shot_both(phone, "flight-flying")
    phone.emulate_media(color_scheme="dark")
    shot_both(phone, "flight-flying-dark")
    phone.get_by_role("button", name="Quay về").click()
    expect(card).to_contain_text("Đang quay về")
    expect(card).to_contain_text("điều hành viên cho dừng")
    ended(flying, "ABORTED")
    expect(card).to_contain_text("Bỏ dở")
    expect(phone.get_by_role("button", name="Quay về")).to_have_count(0)
    assert flying.craft.mode == "LANDED"
    expect(phone.get_by_test_id("result")).to_contain_text("Chưa nhìn đến")


def test_a_viewer_sees_the_flight_and_has_no_button(page: Page, flying: FlightFleet) -> None:
    flight = airborne(flying)
    opened(page, flying, "khach")
    expect(page.get_by_test_id(f"flight-{flight}")).to_contain_text("Đang bay")
    for name in ("Quay về", "Hủy chuyến bay", "Tính đường bay", "Ghi phép bay", "Cất cánh"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.get_by_text("EN", exact=True).click()
    expect(page.get_by_test_id(f"flight-{flight}")).to_contain_text("Flying")
    expect(page.get_by_test_id("result")).to_contain_text("cells read")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(_SERIOUS) == []


def test_a_lost_aircraft_is_shown_and_only_an_engineer_gives_the_ground_back(page: Page, flying: FlightFleet) -> None:
    flight = airborne(flying)
    flying.link = False
    opened(page, flying, "hung")
    card = page.get_by_test_id(f"flight-{flight}")
    expect(card).to_contain_text("Mất liên lạc")
    expect(page.get_by_test_id("aircraft")).to_contain_text("Không nhận được tín hiệu")
    # Where it was last is no place where it is: hollow, with its age, and no height "now".
    expect(page.get_by_test_id("craft-on-map")).to_contain_text(re.compile(r"\d+ (giây|phút) trước"))
    expect(page.get_by_test_id("craft-on-map").locator("circle")).to_have_class(re.compile("flights-silent"))
    expect(page.get_by_test_id("height-now")).not_to_contain_text("Máy bay cao")
    shot_both(page, "flight-lost")
    card.get_by_role("button", name="Đã đưa máy bay ra").click()
    page.get_by_test_id("confirm").click()
    expect(card).to_contain_text("Bỏ dở")
    expect(card).to_contain_text("đã có người xác nhận")


def test_an_aircraft_that_speaks_is_not_called_silent_between_two_answers(page: Page, flying: FlightFleet) -> None:
    opened(page, flying)
    card = page.get_by_test_id("aircraft")
    expect(card).to_contain_text("Pin")
    page.route("**/api/v1/flights?**", lambda _route: None)  # the next answer is still on its way
    flying.skip(20.0)
    seen = int(flying.now)
    wait_until(page, f"{_CLOCK} >= {seen}")
    expect(card).to_contain_text("Pin")
    expect(card).not_to_contain_text("Không nhận được tín hiệu")


def test_an_engineer_notes_the_permit_and_cancels_a_planned_flight_by_one_press(
    page: Page, flying: FlightFleet
) -> None:
    flying.ask(CreateFlight(task="inventory_flight", places=("B2",), user="lan"))
    opened(page, flying, "hung")
    page.get_by_role("button", name="Ghi phép bay").click()
    page.get_by_label("Số phép bay").fill("GP-7")
    page.get_by_label("Cơ quan cấp").fill("Cục Tác chiến")
    page.get_by_label("Số đăng ký").fill("VN-9")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_test_id("aircraft")).to_contain_text("GP-7, Cục Tác chiến")
    page.get_by_role("button", name="Hủy chuyến bay").click()
    expect(page.get_by_test_id("flight-F000001")).to_contain_text("Đã hủy")
    expect(page.get_by_test_id("gate")).to_have_count(0)


def test_an_inspection_is_planned_on_the_page_and_shows_a_picture_of_each_point(
    page: Page, flying: FlightFleet
) -> None:
    permitted(flying)
    flying.blind = "P2"
    opened(page, flying)
    page.get_by_text("Xem các điểm", exact=True).click()
    page.get_by_role("button", name="Tính đường bay").click()
    expect(page.get_by_text("Thêm ít nhất một điểm")).to_be_visible()
    for x in ("63", "64", "70"):
        page.get_by_label("x (m)").fill(x)
        page.get_by_label("y (m)").fill("26")
        page.get_by_label("Cao (m)").fill("4")
        page.get_by_role("button", name="Thêm điểm").click()
    page.get_by_role("button", name="Bỏ P3").click()
    assert fits(page)
    page.get_by_role("button", name="Tính đường bay").click()
    expect(page.get_by_test_id("plan")).to_contain_text("2 điểm")
    flying.ask(StartFlight(flight_id="F000001", checklist=PILOT, user="lan"))
    ended(flying, "DONE")
    points_are_shown(page, flying)


def points_are_shown(page: Page, flying: FlightFleet) -> None:
    """One picture with its height and time, one that is said to be lost; on a phone, too; viewers see neither."""
    points = page.get_by_test_id("points")
    expect(points).to_contain_text("Có ảnh 1 / 2 điểm")
    expect(points.get_by_test_id("point-P1")).to_contain_text("cao 4,0 m")
    expect(points.get_by_test_id("point-P1")).to_contain_text(re.compile(r"x 63,\d, y 2[56],\d m · .*\d\d:\d\d"))
    expect(points.get_by_test_id("point-P2")).to_contain_text("Không có ảnh")
    picture = points.get_by_role("img")
    expect(picture).to_have_count(1)
    picture.scroll_into_view_if_needed()
    wait_until(page, "document.querySelector('[data-testid=points] img').naturalWidth === 640")
    shot_both(page, "flight-pictures", at="[data-testid=points]")
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(_SERIOUS) == []
    for name in (flying.folder / "photos").iterdir():
        name.unlink()  # a week later
    page.reload()
    expect(page.get_by_test_id("point-P1")).to_contain_text("Ảnh đã xóa, hoặc quá 7 ngày")


def test_a_viewer_is_told_that_there_is_a_picture_and_an_engineer_deletes_it(page: Page, flying: FlightFleet) -> None:
    permitted(flying)
    wish = CreateFlight(task="inspect", points=((63.0, 26.0, 4.0),), user="lan")
    flying.ask(StartFlight(flight_id=flying.ask(wish).flight_id, checklist=PILOT, user="lan"))
    ended(flying, "DONE")
    opened(page, flying, "khach")
    expect(page.get_by_test_id("point-P1")).to_contain_text("chỉ điều hành viên trở lên xem được")
    expect(page.get_by_test_id("points").get_by_role("img")).to_have_count(0)
    page.context.clear_cookies()
    opened(page, flying, "hung")
    page.get_by_role("button", name="Xóa ảnh P1").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("point-P1")).to_contain_text("Ảnh đã xóa")
    assert list((flying.folder / "photos").iterdir()) == []


def test_where_nobody_flies_the_page_says_so(page: Page, dashboard: Dashboard) -> None:
    log_in(page, dashboard.url, "lan")
    page.goto(f"{dashboard.url}/flights")
    expect(page.get_by_text("Kho này không có máy bay.")).to_be_visible()
    expect(page.get_by_test_id("aircraft")).to_have_count(0)
