"""The phone of who works at a dock: PIN, large buttons, a picture, and ten minutes without a network."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from amr_core.numbers import number
from amr_fleet.api.photos import PhotoStore
from amr_fleet.cargo_views import Cargo, CargoView, CargoWord
from amr_fleet.ports import OrderRequest, Reason
from amr_fleet.requests import CreateOrder, SayOfLoad
from tests.e2e.e2e_support import Dashboard, fits, shot, stand_at_dock, type_password, wait_until
from tests.e2e.shift_fleet import ShiftFleet

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
GLOVE = 64
SMALL = """() => [...document.querySelectorAll(
    '.work button, .work a, .work input, .work select, .work-foot label, .work-button')]
  .filter(e => e.type !== 'file' && e.type !== 'radio')
  .map(e => [e.textContent || e.tagName, e.getBoundingClientRect().height])
  .filter(([, height]) => height < 64)"""


def until(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Wait until the server has heard of something."""
    end = time.monotonic() + 20.0
    while not holds():
        assert time.monotonic() < end, what
        page.wait_for_timeout(50)


def said(dashboard: Dashboard) -> list[SayOfLoad]:
    return [asked for asked in dashboard.fleet.asked if isinstance(asked, SayOfLoad)]


def test_a_worker_at_a_dock(phone: Page, dashboard: Dashboard) -> None:
    stand_at_dock(phone, dashboard.url)
    task = phone.get_by_test_id("task-T00001")
    expect(task).to_contain_text("Robot đến lấy")
    expect(task).to_contain_text("AMR-01 đang đến")
    assert phone.evaluate(SMALL) == [], f"smaller than {GLOVE} px"
    assert fits(phone)
    expect(phone.get_by_test_id("user-menu")).to_have_count(0)
    shot(phone, "work")
    phone.emulate_media(color_scheme="dark")
    shot(phone, "work-dark")
    phone.emulate_media(color_scheme="light")
    task.get_by_role("button", name="Pallet sẵn sàng").click()
    expect(task).to_contain_text("Đã báo sẵn sàng")
    until(phone, lambda: len(said(dashboard)) == 1, "the word arrives")
    word = said(dashboard)[0]
    assert (word.order_id, word.said, word.place, word.user) == ("T00001", "ready", "DOCK-01", "tam")
    assert word.key.startswith("once-")

    phone.get_by_label("Tìm theo mã hàng").fill("PAL-0006")
    expect(task).to_have_count(0)
    expect(phone.get_by_test_id("task-T00006")).to_be_visible()
    phone.get_by_label("Tìm theo mã hàng").fill("")

    phone.get_by_role("button", name="Gọi robot đến đây").click()
    expect(phone.get_by_role("button", name="Gọi robot", exact=True)).to_be_disabled()
    phone.get_by_label("Robot chở đến đâu?").select_option("BLK-02")
    assert phone.evaluate(SMALL) == []
    assert fits(phone)
    shot(phone, "work-call")
    phone.get_by_role("button", name="Gọi robot", exact=True).click()
    until(phone, lambda: any(isinstance(a, CreateOrder) for a in dashboard.fleet.asked), "the call arrives")
    assert [(r.pick_place, r.drop_place, r.user) for r in dashboard.fleet.requests] == [("DOCK-01", "BLK-02", "tam")]


def test_damage_with_a_covered_picture(phone: Page, dashboard: Dashboard) -> None:
    stand_at_dock(phone, dashboard.url)
    phone.get_by_test_id("task-T00001").get_by_role("button", name="Hư hỏng").click()
    out = io.BytesIO()
    Image.radial_gradient("L").resize((1200, 900)).convert("RGB").save(out, "JPEG")
    with phone.expect_file_chooser() as chooser:
        phone.get_by_text("Chụp ảnh hàng").click()
    chooser.value.set_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()})
    canvas = phone.get_by_role("img", name="Ảnh 1: xoa để che")
    expect(canvas).to_have_js_property("width", 1200)
    canvas.click(position={"x": 100, "y": 100})
    colours = canvas.evaluate(
        """c => { const x = 100 / c.getBoundingClientRect().width * c.width;
        const d = c.getContext('2d').getImageData(x - 20, x - 20, 40, 40).data;
        return new Set(Array.from({length: 1600}, (_, i) => d[4 * i])).size }"""
    )
    assert colours == 1, "nothing is left of what was under the finger"
    phone.get_by_label("Ghi thêm").fill("rách bọc")
    assert phone.evaluate(SMALL) == []
    assert fits(phone)
    shot(phone, "work-damaged")
    phone.get_by_role("button", name="Gửi").click()
    until(phone, lambda: len(said(dashboard)) == 1, "the word arrives")
    word = said(dashboard)[0]
    assert (word.said, word.text, len(word.photos)) == ("damaged", "rách bọc", 1)
    (kept,) = dashboard.photos.iterdir()
    assert kept.stem == word.photos[0]
    expect(phone.get_by_test_id("task-T00001")).to_contain_text("Đã báo hư hỏng")


def test_custody_shows_what_was_said_with_its_pictures(page: Page, dashboard: Dashboard) -> None:
    out = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(out, "JPEG")
    photos = PhotoStore(dashboard.photos)
    kept = photos.add(out.getvalue())
    photos.close()
    words = (
        CargoWord(at=60.0, order_id="T00001", said="ready", place="DOCK-01", user="tam"),
        CargoWord(
            at=90.0, order_id="T00001", said="damaged", place="DOCK-01", user="tam", text="rách bọc",
            photos=(kept, "0" * 64),
        ),
    )  # fmt: skip
    dashboard.fleet.loads["PAL-1"] = CargoView(
        load_id="PAL-1", cargo=Cargo(kind="pallet"), place="DOCK-01", robot="", since=50.0, legs=(), said=words
    )
    page.emulate_media(color_scheme="dark")
    dashboard.open(page)
    page.goto(f"{dashboard.url}/cargo/PAL-1")
    custody = page.get_by_test_id("custody")
    expect(custody).to_contain_text("báo hàng sẵn sàng")
    expect(custody).to_contain_text("tam ở Cửa xuất nhập 1 báo HƯ HỎNG · rách bọc")
    expect(custody.get_by_role("img", name="Ảnh 1 của tam")).to_be_visible()
    wait_until(page, "document.querySelector('.custody-picture img')?.naturalWidth === 256")
    expect(custody).to_contain_text("ảnh 2 đã xóa hoặc không được xem")
    expect(custody).to_contain_text("Ảnh chỉ giữ 7 ngày")
    assert fits(page)
    shot(page, "load-said-dark")


def test_without_a_network_everything_waits_in_the_phone_and_is_sent_once(phone: Page, dashboard: Dashboard) -> None:
    stand_at_dock(phone, dashboard.url)
    task = phone.get_by_test_id("task-T00001")
    expect(task).to_be_visible()
    phone.route("**/api/v1/**", lambda route: route.abort())
    expect(phone.get_by_role("alert")).to_contain_text("Mất kết nối. Danh sách lúc")
    task.get_by_role("button", name="Pallet sẵn sàng").click()
    phone.get_by_role("button", name="Gọi robot đến đây").click()
    phone.get_by_label("Robot chở đến đâu?").select_option("BLK-02")
    phone.get_by_role("button", name="Gọi robot", exact=True).click()
    waiting = phone.get_by_role("region", name="2 việc chưa gửi")
    expect(waiting).to_contain_text("Pallet sẵn sàng · PAL-0001")
    expect(waiting).to_contain_text("Gọi robot: Cửa xuất nhập 1 → ")
    expect(task).to_contain_text("Đã báo sẵn sàng · chưa gửi")
    assert fits(phone)
    shot(phone, "work-offline")
    # Opened again, still without a network: the page, the list and what waits are there.
    phone.reload()
    expect(waiting).to_contain_text("Pallet sẵn sàng · PAL-0001")
    expect(task).to_be_visible()
    assert dashboard.fleet.requests == []
    # The network is back, but the first answers get lost on their way.
    lost = iter((True, True))

    def lossy(route: Route) -> None:
        if route.request.method == "POST" and next(lost, False):
            route.fetch(max_retries=3)
            route.abort()
        else:
            route.continue_()

    phone.unroute("**/api/v1/**")
    phone.route("**/api/v1/work/**", lossy)
    expect(waiting).to_have_count(0, timeout=60_000)
    assert len(dashboard.fleet.requests) == 1
    assert len(said(dashboard)) == 1


def test_what_the_server_does_not_take_is_said(phone: Page, dashboard: Dashboard) -> None:
    stand_at_dock(phone, dashboard.url)
    task = phone.get_by_test_id("task-T00001")
    expect(task).to_be_visible()
    phone.route(
        "**/api/v1/work/words",
        lambda r: r.fulfill(
            status=409,
            json={"code": "work.not_now", "facts": {"said": "ready", "order_id": "T00001", "state": "CANCELLED"}},
        ),
    )
    task.get_by_role("button", name="Pallet sẵn sàng").click()
    expect(phone.get_by_role("alert")).to_contain_text("Không được nhận: Đơn T00001 lúc này không báo như vậy được")
    phone.get_by_role("button", name="Xóa").click()
    expect(phone.get_by_role("alert")).to_have_count(0)


def test_who_logs_out_without_a_network_is_out_when_it_is_back(phone: Page, dashboard: Dashboard) -> None:
    stand_at_dock(phone, dashboard.url)
    expect(phone.get_by_test_id("task-T00001")).to_be_visible()
    phone.route("**/api/v1/**", lambda route: route.abort())
    phone.get_by_role("button", name="Đăng xuất").click()
    expect(phone.get_by_role("heading", name="Cửa xuất nhập 1")).to_have_count(0)
    phone.unroute("**/api/v1/**")
    phone.goto(dashboard.url)
    expect(phone.locator("input[name=user]")).to_be_visible()
    expect(phone.get_by_test_id("task-T00001")).to_have_count(0)


def test_a_list_of_before_says_of_when_it_is_and_counts_nothing_down(phone: Page, dashboard: Dashboard) -> None:
    order = dashboard.fleet.order("T00001")
    dashboard.fleet.put(replace(order, at_pick=dashboard.fleet.snapshot().t + 40.0, eta=0.0))
    stand_at_dock(phone, dashboard.url)
    task = phone.get_by_test_id("task-T00001")
    expect(task).to_contain_text("AMR-01 đến sau khoảng")
    phone.route("**/api/v1/**", lambda route: route.abort())
    expect(phone.get_by_role("alert")).to_contain_text(re.compile(r"Danh sách lúc .*\d\d[-/]\d\d"))
    expect(task).to_contain_text(re.compile(r"Lúc .*\d\d[-/]\d\d: AMR-01 dự kiến đến lúc .*\d\d:\d\d"))
    expect(task).not_to_contain_text("sắp đến")
    shot(phone, "work-old-list")
    phone.unroute("**/api/v1/**")
    phone.route(
        "**/api/v1/work/*/tasks",
        lambda r: r.fulfill(status=500, json={"code": "store.failed", "facts": {"reason": "disk"}}),
    )
    expect(phone.get_by_role("alert")).to_contain_text("Máy chủ chưa trả lời được")
    expect(phone.get_by_role("alert")).not_to_contain_text("Mất kết nối")


def test_a_robot_that_does_not_get_on_is_not_said_to_come(phone: Page, dashboard: Dashboard) -> None:
    fleet = dashboard.fleet
    paused = Reason("wait.paused", {"robot": "amr_01", "user": "lan"}, fleet.snapshot().t - 130.0)
    fleet.put(replace(fleet.order("T00001"), at_pick=0.0, eta=0.0, reason=paused, root=paused))
    stand_at_dock(phone, dashboard.url)
    task = phone.get_by_test_id("task-T00001")
    expect(task).to_contain_text("AMR-01 chưa đến được")
    expect(task).to_contain_text(re.compile("Vì: .*lan.* \\(2 phút\\)"))
    expect(task).not_to_contain_text("đang đến")
    assert fits(phone)
    shot(phone, "work-stuck")


def test_a_place_that_the_site_has_lost_is_no_lost_network(phone: Page, dashboard: Dashboard) -> None:
    stand_at_dock(phone, dashboard.url)
    expect(phone.get_by_test_id("task-T00001")).to_be_visible()
    phone.route(
        "**/api/v1/work/DOCK-01/tasks",
        lambda r: r.fulfill(status=422, json={"code": "order.unknown_place", "facts": {"place": "DOCK-01"}}),
    )
    expect(phone.get_by_role("alert")).to_have_text("Cửa xuất nhập 1 không còn trong kho này. Hãy chọn chỗ khác.")
    expect(phone.get_by_role("heading", name="Bạn đang ở đâu?")).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("heading", name="Bạn đang ở đâu?")).to_be_visible()


def test_done_on_the_keyboard_sends_nothing(phone: Page, dashboard: Dashboard) -> None:
    stand_at_dock(phone, dashboard.url)
    phone.get_by_test_id("task-T00001").get_by_role("button", name="Hư hỏng").click()
    code = phone.get_by_label("Mã trên hàng")
    code.fill("(00)106141412345678908")
    code.press("Enter")
    expect(code).to_have_value("106141412345678908")
    phone.get_by_label("Ghi thêm").fill("ướt")
    phone.get_by_label("Ghi thêm").press("Enter")
    expect(phone.get_by_role("heading", name="Hư hỏng: PAL-0001")).to_be_visible()
    assert said(dashboard) == []
    phone.get_by_role("button", name="Gửi").click()
    until(phone, lambda: len(said(dashboard)) == 1, "the word arrives")


def test_what_one_has_begun_is_not_the_next_ones_and_what_waits_is_said_before_leaving(
    phone: Page, dashboard: Dashboard
) -> None:
    stand_at_dock(phone, dashboard.url)
    phone.route("**/api/v1/work/words", lambda route: route.abort())
    task = phone.get_by_test_id("task-T00001")
    task.get_by_role("button", name="Pallet sẵn sàng").click()
    task.get_by_role("button", name="Hư hỏng").click()
    phone.get_by_label("Ghi thêm").fill("của tam")
    # Somebody else logs in on the phone meanwhile.
    other = {"user": "hai", "role": "worker", "must_change": False, "must_enrol": False}
    phone.route("**/api/v1/me", lambda route: route.fulfill(json=other))
    expect(phone.get_by_role("heading", name="Hư hỏng: PAL-0001")).to_have_count(0)
    expect(phone.get_by_text("của tam, gửi khi người đó đăng nhập")).to_be_visible()
    task.get_by_role("button", name="Hư hỏng").click()
    expect(phone.get_by_label("Ghi thêm")).to_have_value("")
    phone.get_by_role("button", name="Gửi").click()
    phone.get_by_role("button", name="Đăng xuất").click()
    question = phone.get_by_role("dialog")
    expect(question).to_contain_text("Còn 1 việc chưa gửi. Vẫn đăng xuất?")
    assert fits(phone)
    shot(phone, "work-leave-unsent")


def test_a_shift_by_a_phone_worker(phone: Page, shift: ShiftFleet) -> None:
    """On the real engine: what goes and comes at a dock, a robot that is called, ten minutes without a network."""
    for load, pick, drop in (("PAL-1", "D01", "B1"), ("PAL-2", "B2", "D01"), ("PAL-3", "D01", "B3")):
        shift.service.ask(CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop, load_id=load))).result(10)
    type_password(phone, shift.api.url, "tam")
    phone.get_by_role("button", name="Cửa xuất nhập D01", exact=True).click()
    first, second, third = (phone.get_by_test_id(f"task-T00000{n}") for n in (1, 2, 3))
    expect(first).to_contain_text("Robot đến lấy, chở đến Dãy kệ B1")
    expect(second).to_contain_text("Robot mang đến từ Dãy kệ B2")
    first.get_by_role("button", name="Pallet sẵn sàng").click()
    expect(first).to_contain_text("Đã báo sẵn sàng")
    _run_until(shift, "T000001", "TO_DROP", "DROPPING", "DONE")
    expect(first).to_have_count(0)
    _run_until(shift, "T000002", "DONE")
    expect(second).to_contain_text("Đã đặt ở đây, mang từ Dãy kệ B2")
    second.get_by_role("button", name="Đã lấy đi").click()
    phone.get_by_role("button", name="Hoàn tác").click()  # a press that was none: its place would be free
    expect(phone.get_by_role("region", name="việc chưa gửi")).to_have_count(0)
    assert ("T000002", "taken") not in _words(shift)
    second.get_by_role("button", name="Đã lấy đi").click()
    until(phone, lambda: ("T000002", "taken") in _words(shift), "the word arrives")

    # In the corner without Wi-Fi: what is pressed waits, the fleet goes on for ten minutes, then it arrives once.
    phone.route("**/api/v1/**", lambda route: route.abort())
    expect(phone.get_by_role("alert")).to_contain_text("Mất kết nối")
    phone.get_by_role("button", name="Gọi robot đến đây").click()
    phone.get_by_label("Robot chở đến đâu?").select_option("B4")
    phone.get_by_role("button", name="Gọi robot", exact=True).click()
    second.get_by_role("button", name="Hư hỏng").click()
    phone.get_by_label("Ghi thêm").fill("ướt góc")
    phone.get_by_role("button", name="Gửi").click()
    expect(phone.get_by_role("region", name="2 việc chưa gửi")).to_be_visible()
    shift.skip(300)
    phone.reload()
    expect(phone.get_by_role("region", name="2 việc chưa gửi")).to_be_visible()
    shift.skip(300)
    phone.unroute("**/api/v1/**")
    until(phone, lambda: ("T000002", "damaged") in _words(shift), "the word of before arrives")
    until(phone, lambda: len(shift.service.orders("all", 50)) == 4, "the call arrives")
    expect(phone.get_by_role("region", name="2 việc chưa gửi")).to_have_count(0)
    expect(third).to_have_count(0)  # taken while nobody saw it
    assert sorted(_words(shift)) == [("T000001", "ready"), ("T000002", "damaged"), ("T000002", "taken")]
    called = next(o for o in shift.service.orders("all", 50) if o.order_id == "T000004")
    assert (called.pick_place, called.drop_place) == ("D01", "B4")
    said_late = next(e for e in shift.store.read() if e.kind == "order_said" and e.facts["said"] == "damaged")
    assert said_late.facts["text"] == "ướt góc"
    # The phone's clock does not skip: of the ten minutes it knows what it has seen.
    assert number(said_late.facts["at"]) < said_late.t - 20.0, "it has the time at which it was said"


def _words(shift: ShiftFleet) -> list[tuple[str, str]]:
    return [(e.order_id, str(e.facts["said"])) for e in shift.store.read() if e.kind == "order_said"]


def _run_until(shift: ShiftFleet, order_id: str, *states: str) -> None:
    for _ in range(40):
        if next(o.state for o in shift.service.orders("all", 50) if o.order_id == order_id) in states:
            return
        shift.skip(30)
    pytest.fail(f"{order_id} is not {states} within 20 min")
