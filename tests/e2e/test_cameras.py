"""What the fixed cameras see: boxes and numbers, a blurred picture only where there is one, and blindness said."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from amr_fleet.api import server
from amr_fleet.api.users import UserStore
from amr_fleet.camera_frames import CameraFrame, CameraHealth, CameraThing
from amr_fleet.camera_history import SPAN_S, CameraSpell, encode
from amr_fleet.ops import Ops
from amr_fleet.ports import ZoneView
from amr_fleet.store.tracks import TrackStore
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.e2e_support import Dashboard, fits, shot, shot_both, wait_until
from tests.e2e.serving import PATIENCE_S
from tests.e2e.test_accessibility import serious_findings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def _blurred() -> bytes:
    rows = np.linspace(70, 190, 180, dtype=np.uint8)
    picture = np.repeat(np.repeat(rows[:, None, None], 240, axis=1), 3, axis=2)
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG")
    return out.getvalue()


def test_cameras_show_people_and_say_when_they_are_blind(page: Page, phone: Page, dashboard: Dashboard) -> None:
    fleet = dashboard.fleet
    dashboard.open(page)
    page.get_by_role("link", name="Camera").click()
    expect(page.get_by_text("Chưa camera nào gửi tin.")).to_be_visible()
    person = CameraThing(kind="person", score=0.93, box=(300.0, 200.0, 340.0, 300.0), x=36.2, y=6.1, radius=0.3)
    truck = CameraThing(kind="vehicle", score=0.88, box=(80.0, 180.0, 220.0, 320.0), x=33.0, y=7.0, radius=1.2)
    seen = CameraFrame(
        camera="CAM-1",
        t=fleet.now,
        blind="",
        size=(640, 480),
        things=(person, truck),
        frame=_blurred(),
        frame_t=fleet.now,
    )
    blind = CameraFrame(camera="CAM-2", t=fleet.now, blind="silent", size=(640, 480), things=())
    fleet.cameras = [seen, blind]
    tile = page.get_by_test_id("camera-CAM-1")
    expect(tile).to_contain_text("1 người, 1 xe")
    expect(tile).to_contain_text("Người 93 %")
    wait_until(page, "document.querySelector('.camera-picture img')?.naturalWidth === 240")
    expect(page.get_by_test_id("camera-CAM-2")).to_contain_text("Camera không gửi tin")
    shot(page, "cameras")
    page.get_by_label("Chỉ camera có người hoặc xe").check()
    expect(page.get_by_test_id("camera-CAM-2")).to_have_count(0)
    tile.get_by_role("button", name="Mở bản đồ").click()
    expect(page.get_by_test_id("map-live")).to_be_visible()

    dashboard.open(phone, "khach")
    phone.goto(f"{dashboard.url}/cameras")
    expect(phone.get_by_test_id("camera-CAM-1")).to_contain_text("1 người, 1 xe")
    expect(phone.locator(".camera-picture img")).to_have_count(0)  # pictures are not for viewers
    assert fits(phone)
    shot(phone, "cameras")


HEALTH = CameraHealth(
    picture_age=0.1, sharpness=0.46, usual=0.5, brightness=104.0, dirty=0.02, shift=0.3, light="day", guards=12.0,
    guards_day=12.0, detector="nanodet", setup=3, setup_since=199_000.0,
)  # fmt: skip
DARK = CameraHealth(
    reason="dark", since=200_000.0, picture_age=0.2, sharpness=0.02, usual=0.5, brightness=4.0, light="dim",
    guards_day=12.0, detector="motion",
)  # fmt: skip


def _past(now: float) -> TrackStore:
    """Return a history: a day with a dark hour, and a camera that was never looked at."""
    store, last = TrackStore(":memory:", table="cameras"), int(now // 3600.0)
    for hour in range(last - 23, last + 1):
        begin = 3600.0 * hour
        spans = [
            CameraSpell(begin + SPAN_S * k, 300.0, 300.0, 60.0 + 3.0 * hour, 0.45 + 0.004 * k, 0.5, 12.0)
            if hour % 9
            else CameraSpell(begin + SPAN_S * k, 300.0, 20.0, 20.0, 0.4, 0.5, 4.0, {"dark": 250.0, "late": 30.0})
            for k in range(12)
        ]
        store.write(begin, begin + 3600.0, encode({"CAM-1": spans}))
    return store


@pytest.fixture
def watched(tmp_path: Path, accounts: Path) -> Iterator[Dashboard]:
    """A dashboard with a history of cameras."""
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    fleet, site = FakeFleet(start=200_000.0), small_site()
    ops = Ops(site=site, read_journal=list, cameras=_past(fleet.now))
    handle = server.start(fleet, site, port_number=0, users=users, ops=ops, answer_seconds=PATIENCE_S)
    yield Dashboard(handle.url, fleet)
    handle.stop()
    users.close()


def _shows(fleet: FakeFleet, health: CameraHealth) -> None:
    fleet.cameras = [
        CameraFrame(
            camera="CAM-1", t=fleet.now, blind=health.reason, size=(640, 480), things=(), health=health
        )
    ]  # fmt: skip


def test_a_camera_says_how_it_is_what_it_holds_and_how_it_was(page: Page, phone: Page, watched: Dashboard) -> None:
    fleet = watched.fleet
    _shows(fleet, HEALTH)
    watched.open(page, "khach")
    page.goto(f"{watched.url}/cameras")
    page.get_by_test_id("camera-CAM-1").get_by_role("link", name="CAM-1").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("CAM-1 · Đang nhìn thấy")
    expect(page.get_by_test_id("camera-guards")).to_contain_text("Canh người tới 12 m, đủ sáng")
    expect(page.get_by_test_id("camera-guards")).to_contain_text("8 trên 10 người")
    expect(page.get_by_text("92 % so với thường lệ")).to_be_visible()
    expect(page.get_by_test_id("camera-setup-counts")).to_contain_text("Bản 3")
    expect(page.get_by_text("Camera này hiện không giữ robot nào lại.")).to_be_visible()
    history = page.get_by_test_id("camera-history")
    expect(history).to_contain_text("Nhìn thấy")
    expect(history.get_by_role("row", name="Quá tối")).to_be_visible()
    history.get_by_text("7 ngày").click()
    expect(history.locator(".camera-strip rect").first).to_be_attached()

    _shows(fleet, DARK)
    area = ((34.5, 9.0), (37.5, 9.0), (37.5, 12.0), (34.5, 12.0))
    fleet.zones = {
        "camera:CAM-1:X1:blind:1": ZoneView(
            zone_id="camera:CAM-1:X1:blind:1", kind="hold", polygon=area, code="camera.blind.dark",
            text="CAM-1 X1", since=fleet.now - 65.0, user="camera",
        )
    }  # fmt: skip
    why = page.get_by_role("status").filter(has_text="quá tối")
    expect(why).to_contain_text("Bật đèn và kiểm tra nắp ống kính")
    expect(page.get_by_role("heading", level=2)).to_contain_text("Không nhìn thấy gì")
    expect(page.get_by_test_id("camera-guards")).to_contain_text("Đang không canh được ai (đủ sáng: 12 m)")
    expect(page.get_by_test_id("camera-holds")).to_contain_text("X1: robot dừng Quá tối")
    expect(page.locator(".camera-held")).to_have_count(1)
    assert serious_findings(page) == []
    shot_both(page, "camera-blind")
    page.evaluate("document.documentElement.dataset.mantineColorScheme = 'dark'")
    assert serious_findings(page, ["color-contrast"]) == []

    watched.open(phone, "khach")
    phone.goto(f"{watched.url}/cameras/CAM-1")
    expect(phone.get_by_test_id("camera-holds")).to_be_visible()
    assert fits(phone)


def test_a_camera_that_never_spoke_or_is_none_says_so(page: Page, watched: Dashboard) -> None:
    watched.open(page, "khach")
    page.goto(f"{watched.url}/cameras/CAM-2")
    expect(page.get_by_text("Nếu camera đang được dùng, vùng camera này canh được giữ lại")).to_be_visible()
    expect(page.get_by_text("Chưa có gì trong khoảng này")).to_be_visible()
    page.goto(f"{watched.url}/cameras/CAM-99")
    expect(page.locator(".form-error")).to_be_visible()
