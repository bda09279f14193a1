"""An engineer draws a lane: a bad one and its error, undone, a good one, the difference, a dry run, saved."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site, maps_dir
from amr_fleet.api import server
from amr_fleet.api.users import UserStore
from amr_fleet.layout import judge
from amr_fleet.layout.desk import LayoutDesk
from amr_fleet.layout.drafts import DraftStore
from amr_fleet.ops import Ops
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.e2e_support import Dashboard, fits, press_and_confirm, shot_both
from tests.e2e.serving import PATIENCE_S
from tests.e2e.test_accessibility import serious_findings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
TEXT = (maps_dir() / "lab" / "site.yaml").read_text(encoding="utf-8")


@pytest.fixture
def drafts(tmp_path: Path) -> DraftStore:
    return DraftStore(tmp_path / "layouts")


@pytest.fixture
def engineers(tmp_path: Path, accounts: Path, drafts: DraftStore) -> Iterator[Dashboard]:
    """A dashboard that has the laboratory's site file."""
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    fleet, site = FakeFleet(), small_site()
    desk = LayoutDesk(TEXT, drafts, horizon=300.0, inside=True)
    ops = Ops(site=load_site("lab"), read_journal=list, layout=desk)
    handle = server.start(fleet, site, port_number=0, users=users, ops=ops, answer_seconds=PATIENCE_S)
    yield Dashboard(handle.url, fleet)
    handle.stop()
    desk.close()
    users.close()


def _press(page: Page, x: float, y: float) -> None:
    """Press a point of the site (m), wherever the plan is by then: a notice above it moves it."""
    plan = page.get_by_test_id("layout-plan")
    at = plan.evaluate(
        """(svg, [x, y]) => {
            const p = new DOMPoint(x, -y).matrixTransform(svg.getScreenCTM());
            const box = svg.getBoundingClientRect();
            return {x: p.x - box.x, y: p.y - box.y};
        }""",
        [x, y],
    )
    plan.click(position=at)


def test_an_engineer_draws_a_lane(page: Page, engineers: Dashboard) -> None:
    engineers.open(page, "hung")
    page.goto(f"{engineers.url}/layout")
    findings, state = page.get_by_test_id("layout-findings"), page.get_by_test_id("layout-state")
    expect(findings).to_contain_text("Không có gì sai.")
    expect(state).to_have_text("Như kho đang chạy")
    assert serious_findings(page) == []

    # Through the stack: the lint says so, and a press on the finding chooses the lane.
    page.get_by_role("button", name="Vẽ làn").click()
    _press(page, 7, 4)
    _press(page, 7, 8)
    _press(page, 7, 8)
    expect(findings).to_contain_text("Làn L1 chạy xuyên")
    expect(state).to_have_text("Có thay đổi chưa lưu")
    page.get_by_role("button", name="Chọn, di chuyển").click()
    findings.get_by_role("button", name="Làn L1 chạy xuyên").click()
    expect(page.get_by_test_id("layout-values")).to_contain_text("Làn · L1")
    assert serious_findings(page) == []
    page.keyboard.press("Control+z")
    expect(findings).to_contain_text("Không có gì sai.")
    expect(state).to_have_text("Như kho đang chạy")
    page.keyboard.press("Control+y")
    expect(findings).to_contain_text("Làn L1 chạy xuyên")
    page.keyboard.press("Control+z")
    _draw_a_box_and_hang_a_camera(page)
    _add_a_robot_and_a_conveyor(page)
    _draw_a_round_and_ask_for_more_orders(page)
    _add_a_floor_and_put_a_lift_between(page)


def _choose(page: Page, name: str) -> None:
    """Choose what is drawn by its name, with keys alone and no faster than the list follows."""
    page.get_by_role("combobox", name="Chọn theo tên").fill(name)
    listed = page.get_by_role("listbox").get_by_role("option")
    expect(listed).to_have_text([name])
    page.keyboard.press("ArrowDown")
    expect(listed).to_have_attribute("data-combobox-selected", "true")
    page.keyboard.press("Enter")


def _draw_a_box_and_hang_a_camera(page: Page) -> None:
    values, findings = page.get_by_test_id("layout-values"), page.get_by_test_id("layout-findings")
    page.get_by_role("button", name="Vẽ vật cản").click()
    _press(page, 6.5, 3.5)
    _press(page, 7.5, 4.5)  # across the lane: the lint says so while it is drawn
    expect(values).to_contain_text("Vật cản · box_1")
    expect(findings).to_contain_text("chạy xuyên")
    page.get_by_role("button", name="Đặt camera").click()
    _press(page, 2, 2)
    _press(page, 4, 4)
    expect(values).to_contain_text("Camera · C1")
    page.get_by_label("Nhìn vào x (m)").fill("5")
    page.get_by_role("tab", name="Khác biệt (2)").click()
    diff = page.get_by_test_id("layout-diff")
    expect(diff).to_contain_text("Thêm Vật cản box_1")
    expect(diff).to_contain_text("+  - {id: C1, x: 2, y: 2, height: 6, looks_at: [5, 4]}")
    # Chosen, it is dragged; two steps back take both away.
    page.get_by_role("button", name="Chọn, di chuyển").click()
    assert serious_findings(page) == []
    shot_both(page, "layout-box")
    for _ in range(3):
        page.get_by_role("button", name="Hoàn tác").click()
    expect(page.get_by_test_id("layout-state")).to_have_text("Như kho đang chạy")


def _add_a_robot_and_a_conveyor(page: Page) -> None:
    values, findings = page.get_by_test_id("layout-values"), page.get_by_test_id("layout-findings")
    page.get_by_role("tab", name="Lỗi, lưu ý").click()
    page.get_by_role("button", name="Thêm robot").click()
    expect(values).to_contain_text("Robot · amr_03")
    values.get_by_label("Bãi đỗ").select_option("P1")
    expect(findings).to_contain_text("Robot amr_03 xuất phát ở P1")
    values.get_by_label("Bãi đỗ").select_option("P3")
    expect(findings).to_contain_text("Không có gì sai.")
    values.get_by_label("Loại").select_option(label="Robot nâng")
    page.get_by_role("button", name="Thêm băng tải").click()
    expect(values).to_contain_text("Băng tải · BT1")
    values.get_by_label("Có cảm biến hàng").check()
    page.get_by_role("tab", name="Khác biệt (2)").click()
    _expect_differences(
        page,
        "Thêm Robot amr_03",
        "Thêm Băng tải BT1",
        "+  - {name: amr_03, type: lift_amr, parking: P3}",
        "load_sensor: true",
    )
    assert serious_findings(page) == []
    shot_both(page, "layout-fleet")
    _undo_all(page)


def _draw_a_round_and_ask_for_more_orders(page: Page) -> None:
    values, findings = page.get_by_test_id("layout-values"), page.get_by_test_id("layout-findings")
    page.get_by_role("tab", name="Lỗi, lưu ý").click()
    page.get_by_role("button", name="Vẽ đường người, xe").click()
    page.get_by_label("Ai đi đường này").select_option(label="xe nâng")
    for x, y in ((4, 6), (10, 6), (10, 7), (10, 7)):
        _press(page, x, y)
    expect(values).to_contain_text("Đường người, xe · forklift_1")
    expect(findings).to_contain_text("Đường của forklift_1 xuyên stack_west")
    values.get_by_label("Tốc độ (m/s)").fill("9")
    expect(findings).to_contain_text("Đường người, xe forklift_1, Tốc độ (m/s): nhiều nhất là 3")
    page.get_by_role("button", name="Hoàn tác").click()
    page.get_by_role("button", name="Chọn, di chuyển").click()
    page.get_by_role("tab", name="Số đơn").click()
    demand = page.get_by_test_id("layout-demand")
    demand.get_by_label("Đơn mỗi giờ, cao điểm").fill("40")
    demand.get_by_label("Dòng 1: phần").fill("0,9")
    expect(demand.get_by_role("row").nth(1)).to_contain_text("24,0")  # 40 orders, 0.9 of 1.5
    demand.get_by_role("button", name="Thêm tuyến chở").click()
    demand.get_by_label("Dòng 5: trả ở").select_option(label="cổng bãi")
    page.get_by_role("tab", name="Lỗi, lưu ý").click()
    found = findings.get_by_role("button", name="cần thêm một vị trí loại cổng bãi")
    found.click()  # it goes to the row
    expect(demand.locator(".layout-wrong-row")).to_have_count(1)
    assert serious_findings(page) == []
    shot_both(page, "layout-demand")
    demand.get_by_role("button", name="Xóa dòng 5").click()
    page.get_by_role("tab", name="Khác biệt (2)").click()
    _expect_differences(
        page,
        "Thêm Đường người, xe forklift_1",
        "Đổi Số đơn · peak_per_hour, mix",
        "+  peak_per_hour: 40",
        "+    - {pick: dock, drop: block, share: 0.9}",
    )
    _undo_all(page)


def _expect_differences(page: Page, *lines: str) -> None:
    for line in lines:
        expect(page.get_by_test_id("layout-diff")).to_contain_text(line)


def _undo_all(page: Page) -> None:
    undo = page.get_by_role("button", name="Hoàn tác")
    while undo.is_enabled():
        undo.click()
    expect(page.get_by_test_id("layout-state")).to_have_text("Như kho đang chạy")


def _add_a_floor_and_put_a_lift_between(page: Page) -> None:
    values, findings = page.get_by_test_id("layout-values"), page.get_by_test_id("layout-findings")
    page.get_by_role("button", name="Thêm tầng").click()
    expect(values).to_contain_text("Tầng · level_2")
    page.get_by_role("tab", name="Lỗi, lưu ý").click()
    expect(findings).to_contain_text("Không thang máy nào dừng ở tầng level_2")
    values.get_by_label("Tên tiếng Việt").fill("Gác kho")
    page.get_by_role("button", name="Vẽ làn").click()
    for x, y in ((4, 20), (12, 20), (12, 20)):
        _press(page, x, y)
    expect(values).to_contain_text("Làn · L1")
    page.get_by_text("Mọi tầng", exact=True).click()
    page.get_by_role("button", name="Đặt thang máy").click()
    for x, y in ((18, 6), (18, 22), (18, 22)):
        _press(page, x, y)
    expect(values).to_contain_text("Thang máy · lift_1")
    page.get_by_role("button", name="Chọn, di chuyển").click()
    _choose(page, "stack_west")
    page.get_by_label("Ở tầng").select_option(label="Gác kho")
    page.get_by_role("tab", name="Khác biệt (5)").click()
    _expect_differences(
        page,
        "Thêm Tầng level_1",
        "Thêm Thang máy lift_1",
        "+size: [20, 28]",
        '  - {id: level_2, name_vi: "Gác kho"',
    )
    assert serious_findings(page) == []
    expect(page.get_by_text("x 18,00 · y 22,00 m")).to_be_visible()
    page.get_by_role("button", name="Toàn kho").click()
    shot_both(page, "layout-floors")
    _undo_all(page)


def test_a_lane_is_changed_compared_tried_and_saved(page: Page, engineers: Dashboard, drafts: DraftStore) -> None:
    engineers.open(page, "hung")
    page.goto(f"{engineers.url}/layout")
    findings, state = page.get_by_test_id("layout-findings"), page.get_by_test_id("layout-state")
    expect(findings).to_contain_text("Không có gì sai.")
    # A slower lane by its number, with keys alone.
    _choose(page, "cross")
    expect(page.get_by_test_id("layout-values")).to_contain_text("Làn · cross")
    page.get_by_label("Tốc độ (m/s)").fill("0,5")
    expect(findings).to_contain_text("Không có gì sai.")
    page.get_by_role("tab", name="Khác biệt (1)").click()
    diff = page.get_by_test_id("layout-diff")
    expect(diff).to_contain_text("Đổi Làn cross · max_speed")
    expect(diff).to_contain_text("+  - {id: cross, points: [[10, 4], [10, 8]], max_speed: 0.5}")
    expect(diff).to_contain_text("Ghi chú và những dòng không đổi trong site.yaml được giữ nguyên.")
    shot_both(page, "layout")
    page.get_by_role("tab", name="Thử trước").click()
    page.get_by_role("button", name="Chạy thử").click()
    tried = page.get_by_test_id("layout-try")
    expect(tried).to_contain_text("cả 12 trạm", timeout=60_000)
    expect(tried).to_contain_text("Giao mỗi giờ")
    assert serious_findings(page) == []
    page.evaluate("document.documentElement.dataset.mantineColorScheme = 'dark'")
    assert serious_findings(page, ["color-contrast"]) == []

    page.get_by_role("button", name="Lưu bản nháp").click()
    expect(state).to_have_text("Bản nháp đã lưu")
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải site.yaml").click()
    assert download.value.path().read_text(encoding="utf-8") == TEXT.replace(
        "8]], max_speed: 0.8}", "8]], max_speed: 0.5}"
    )
    kept = drafts.get("hung")
    assert kept is not None
    # Somebody saved in another window: this one is not overwritten, and says so.
    drafts.put("hung", kept.revision, kept.base, kept.parts)
    page.get_by_label("Tốc độ (m/s)").fill("0,6")
    page.get_by_role("button", name="Lưu bản nháp").click()
    expect(page.get_by_text("Bản nháp vừa được lưu ở nơi khác")).to_be_visible()
    press_and_confirm(page, "Tải bản đã lưu")
    expect(state).to_have_text("Bản nháp đã lưu")


def test_a_lane_that_is_drawn_is_in_the_site_file_after_save_and_reload(page: Page, engineers: Dashboard) -> None:
    """A way back through the cross aisle: drawn, tried, kept, and robots drive on it once the file is the site's."""
    engineers.open(page, "hung")
    page.goto(f"{engineers.url}/layout")
    findings, state = page.get_by_test_id("layout-findings"), page.get_by_test_id("layout-state")
    expect(findings).to_contain_text("Không có gì sai.")
    page.get_by_role("button", name="Vẽ làn").click()
    for x, y in ((9.5, 8), (9.5, 4), (9.5, 4)):
        _press(page, x, y)
    expect(page.get_by_test_id("layout-values")).to_contain_text("Làn · L1")
    expect(findings).to_contain_text("Không có gì sai.")
    page.get_by_role("tab", name="Thử trước").click()
    page.get_by_role("button", name="Chạy thử").click()
    expect(page.get_by_test_id("layout-try")).to_contain_text("cả 12 trạm", timeout=60_000)
    page.get_by_role("button", name="Lưu bản nháp").click()
    expect(state).to_have_text("Bản nháp đã lưu")
    page.reload()
    expect(state).to_have_text("Bản nháp đã lưu")
    _choose(page, "L1")
    expect(page.get_by_test_id("layout-values")).to_contain_text("Làn · L1")
    page.get_by_role("tab", name="Khác biệt (1)").click()
    _expect_differences(page, "Thêm Làn L1", "+  - {id: L1, points: [[9.5, 8], [9.5, 4]]")
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải site.yaml").click()
    drawn = judge.running_site(download.value.path().read_text(encoding="utf-8"))
    ways = build_roadmap(drawn).edges.values()
    assert any(e.start.startswith("L1@") or e.end.startswith("L1@") for e in ways)
    assert len(ways) > len(build_roadmap(load_site("lab")).edges)


def test_what_cannot_be_read_and_what_is_cut_is_told(
    page: Page, engineers: Dashboard, drafts: DraftStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "MOST_FINDINGS", 1)
    monkeypatch.setattr(judge, "MOST_DIFF_LINES", 4)
    parts = judge.parts_of(load_site("lab"))
    kept = drafts.put("hung", "", "another site", {**parts, "lanes": [{**o, "width": 0.3} for o in parts["lanes"]]})
    (path,) = (tmp_path / "layouts").iterdir()
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole[:100], encoding="utf-8")
    engineers.open(page, "hung")
    page.goto(f"{engineers.url}/layout")
    expect(page.get_by_text("Không đọc được bản nháp đã lưu")).to_be_visible()
    page.get_by_role("button", name="Vẽ lại từ kho đang chạy").click()
    expect(page.get_by_test_id("layout-state")).to_have_text("Như kho đang chạy")
    assert path.with_suffix(".broken").read_text(encoding="utf-8") == whole[:100]

    path.write_text(whole, encoding="utf-8")
    page.reload()
    expect(page.get_by_test_id("layout-state")).to_have_text("Bản nháp đã lưu")
    expect(page.get_by_text("Kho đang chạy đã khác")).to_be_visible()
    expect(page.get_by_text("Chỉ hiện 1 mục đầu")).to_be_visible()
    page.get_by_role("tab", name="Khác biệt").click()
    expect(page.get_by_text("Chỉ hiện 4 dòng đầu")).to_be_visible()
    assert drafts.get("hung") == kept


def test_on_a_phone_it_is_looked_at_only(phone: Page, engineers: Dashboard) -> None:
    engineers.open(phone, "hung")
    phone.goto(f"{engineers.url}/layout")
    expect(phone.get_by_text("chỉ xem được sơ đồ")).to_be_visible()
    expect(phone.get_by_role("button", name="Vẽ làn")).to_have_count(0)
    assert fits(phone)
    assert serious_findings(phone) == []


def test_an_operator_has_no_such_page(page: Page, engineers: Dashboard) -> None:
    engineers.open(page, "lan")
    page.goto(f"{engineers.url}/layout")
    expect(page.get_by_text("Không có trang này")).to_be_visible()
