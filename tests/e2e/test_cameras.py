"""What the fixed cameras see: boxes and numbers, a blurred picture only where there is one, and blindness said."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from amr_fleet.ports import CameraFrame, CameraThing
from tests.e2e.e2e_support import Dashboard, fits, shot, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


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
