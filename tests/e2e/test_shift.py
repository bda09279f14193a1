"""One shift on the real engine, through the browser alone: every page of the shift leader, on a desk and on a phone."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amr_bringup.demand import arrivals
from amr_core.site import load_site
from amr_fleet.ports import OrderRequest
from tests.e2e.e2e_support import PASSWORD
from tests.e2e.shift_fleet import MORNING, ShiftFleet

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShiftFleet]:
    wishes = arrivals(load_site("cai_cui"), seed=4, orders_per_hour=60.0, count=40)
    requests = [
        OrderRequest(
            pick_place=w.pick_place, drop_place=w.drop_place, reference=w.reference, load_id=w.load_id,
            deadline=MORNING + 900.0 if i % 8 == 0 else 0.0,
        )
        for i, w in enumerate(wishes)
    ]  # fmt: skip
    fleet = ShiftFleet(tmp_path_factory.mktemp("shift"), requests, ahead=400.0)
    yield fleet
    fleet.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    keep = os.environ.get("AMR_SCREENS") == "1"
    return Path(__file__).resolve().parents[2] / "docs" / "screens" if keep else tmp_path


def shot(page: Page, shots: Path, name: str) -> None:
    page.wait_for_timeout(500)
    page.screenshot(path=shots / f"{name}.png")


def log_in(page: Page, shift: ShiftFleet) -> None:
    page.goto(shift.api.url)
    page.fill("input[name=user]", "lan")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("[data-testid=robot-amr_01]")


def go(page: Page, name: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=name).click()


def test_a_whole_shift(page: Page, shift: ShiftFleet, shots: Path) -> None:
    log_in(page, shift)
    _close_an_area(page, shift, shots)
    _answer_an_alarm(page, shift, shots)
    _cancel_an_order(page, shift)
    _try_a_change(page, shots)
    _replay_it(page, shots)
    _print_the_report(page, shift, shots)


def _close_an_area(page: Page, shift: ShiftFleet, shots: Path) -> None:
    page.get_by_role("tab", name="Khu vực").click()
    page.get_by_role("button", name="Vẽ trên bản đồ").click()
    box = page.get_by_test_id("map-draw").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.44, box["y"] + box["height"] * 0.45
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 25)
    page.mouse.move(x + 70, y + 40)
    page.mouse.up()
    page.get_by_role("button", name="Áp dụng").click()
    expect(page.get_by_text("Hãy ghi lý do")).to_be_visible()
    page.get_by_label("Lý do").fill("Dọn hàng đổ, chờ xe nâng")
    page.get_by_label("Hết hiệu lực sau (phút)").fill("90")
    page.get_by_role("button", name="Áp dụng").click()
    row = page.locator("[data-testid^=zone-]").first
    expect(row).to_contain_text("Dọn hàng đổ, chờ xe nâng")
    zone = shift.service.snapshot().zones[0]
    assert (zone.kind, zone.user, len(zone.polygon)) == ("closed", "lan", 4)
    assert 80 * 60 < zone.until - shift.now <= 90 * 60
    shot(page, shots, "zones-1920x1080")
    row.get_by_role("button", name="Bỏ khu vực").click()
    page.get_by_test_id("confirm").click()
    expect(page.locator("[data-testid^=zone-]")).to_have_count(0)


def _answer_an_alarm(page: Page, shift: ShiftFleet, shots: Path) -> None:
    busy = next(r.name for r in shift.service.snapshot().robots if r.status == "BUSY")
    shift.dead.add(busy)
    label = busy.upper().replace("_", "-")
    strip = page.locator(".alarm-strip")
    expect(strip).to_contain_text(f"{label} mất liên lạc")
    strip.click()
    alarm = page.locator("[data-testid^=alarm-]").filter(has_text=label).first
    expect(alarm).to_contain_text("Kiểm tra nguồn và mạng của robot")
    alarm.get_by_role("button", name="Tôi nhận việc này").click()
    expect(alarm).to_contain_text("lan đã nhận lúc")
    page.reload()
    expect(page.locator("[data-testid^=alarm-]").filter(has_text=label).first).to_contain_text("lan đã nhận lúc")
    shot(page, shots, "attention-1920x1080")
    shift.dead.discard(busy)
    expect(page.locator("[data-testid^=alarm-]").filter(has_text=f"{label} mất liên lạc")).to_have_count(0)


def _cancel_an_order(page: Page, shift: ShiftFleet) -> None:
    go(page, "Bản đồ")
    queued = [o for o in shift.service.snapshot().orders if o.state == "QUEUED"]
    order = queued[-1].order_id
    page.get_by_role("tab", name="Đơn vận chuyển").click()
    page.get_by_test_id(f"order-{order}").get_by_role("button", name="Hủy").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id(f"order-{order}")).to_have_count(0)
    assert order not in {o.order_id for o in shift.service.snapshot().orders}


def _try_a_change(page: Page, shots: Path) -> None:
    go(page, "Thử trước")
    page.get_by_label("Mất các robot").first.click()
    page.get_by_role("option", name="AMR-02").click()
    page.get_by_role("option", name="AMR-03").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Tính thử").click()
    answer = page.get_by_test_id("whatif-answer")
    expect(answer).to_contain_text("Xong tất cả lúc", timeout=120_000)
    expect(answer.get_by_role("row", name="Robot làm việc")).to_contain_text("10")
    shot(page, shots, "whatif-1920x1080")


def _replay_it(page: Page, shots: Path) -> None:
    go(page, "Xem lại")
    clock = page.get_by_test_id("replay-clock")
    now = clock.inner_text()
    page.get_by_role("button", name="Lùi 10 giây").click(click_count=1)
    for _ in range(5):
        page.get_by_role("button", name="Lùi 10 giây").click()
    expect(clock).not_to_have_text(now)
    then = clock.inner_text()
    page.get_by_role("button", name="Chạy").click()
    expect(clock).not_to_have_text(then)
    expect(page.locator(".event").first).to_be_visible()
    shot(page, shots, "replay-1920x1080")
    with page.expect_download() as download:
        page.get_by_role("button", name="Lưu sự cố").or_(page.get_by_role("link", name="Lưu sự cố")).click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        assert "incident.mcap" in archive.namelist()


def _print_the_report(page: Page, shift: ShiftFleet, shots: Path) -> None:
    go(page, "Báo cáo ca")
    expect(page.get_by_test_id("report-figures")).to_contain_text("Hoàn thành")
    shot(page, shots, "report-1920x1080")
    for name, magic in (("Tải PDF", b"%PDF-"), ("Tải Excel", b"PK")):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert Path(download.value.path()).read_bytes().startswith(magic)
    assert any(e.kind == "zone_set" for e in shift.store.read())


def test_every_page_fits_a_phone(phone: Page, shift: ShiftFleet, shots: Path) -> None:
    log_in(phone, shift)
    for path, name in (("attention", "attention"), ("report", "report"), ("replay", "replay"), ("whatif", "whatif")):
        phone.goto(f"{shift.api.url}/{path}")
        phone.wait_for_timeout(900)
        assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        shot(phone, shots, f"{name}-390x844")
    phone.goto(shift.api.url)
    phone.get_by_role("tab", name="Khu vực").tap()
    shot(phone, shots, "zones-390x844")
