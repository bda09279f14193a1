"""An engineer sets up a new camera: points on the picture, an area, a check with a dry run, saved and taken back."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from amr_core.errors import AmrError
from amr_fleet.api import server
from amr_fleet.api.users import UserStore
from amr_fleet.camera_desk import CameraAnswer
from amr_fleet.ops import Ops
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.e2e_support import KEEP, Dashboard, fits, shot_themes, wait_until
from tests.e2e.serving import PATIENCE_S
from tests.e2e.test_accessibility import serious_findings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
EVENT = {
    "event_id": "A1:person_near:1", "area": "A1", "event": "person_near", "action": "hold", "max_speed": 0.0,
    "reason": "", "count": 1, "begin": 104.0, "end": 107.5,
}  # fmt: skip


class Desk:
    """Stands for the program that sets cameras up: counts points, and keeps what is saved."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.saved: list[dict[str, Any]] = []
        self.pictures = True
        rows = np.linspace(60, 190, 180, dtype=np.uint8)
        out = io.BytesIO()
        Image.fromarray(np.repeat(rows[:, None], 240, axis=1)).save(out, "JPEG")
        self._still = out.getvalue()

    def ask(self, camera: str, action: str, setup: str, user: str) -> CameraAnswer:
        assert (camera, user) == ("C09", "hung")
        self.asked.append((action, setup))
        if action == "try":
            return CameraAnswer(self._judged(json.loads(setup)))
        if action == "trial":
            return CameraAnswer({"running": True, "pictures": 42, "seconds": 8.4, "events": [EVENT], "began": 100.0})
        if action == "save":
            self.saved.append(json.loads(setup))
            return CameraAnswer({"version": len(self.saved), "revision": self.revision})
        if action == "undo":
            assert setup == self.revision
            if not self.saved:
                raise AmrError("camera.nothing_before", camera=camera)
            self.saved.pop()
            return CameraAnswer({"version": len(self.saved), "revision": self.revision})
        look: dict[str, Any] = {
            "size": [640, 480] if self.pictures else None,
            "age": 0.2 if self.pictures else None,
            "place": None,
        }
        look |= {"still": self.pictures, "points": [], "areas": [], "version": len(self.saved)}
        look |= {"saved_by": "hung", "can_undo": bool(self.saved), "revision": self.revision}
        look |= {"kept_size": None, "lens": None, "hidden": []}
        return CameraAnswer(look, self._still if self.pictures else b"")

    @property
    def revision(self) -> str:
        """Return which state the file is in."""
        return f"{len(self.saved):016x}" if self.saved else ""

    @staticmethod
    def _judged(setup: dict[str, Any]) -> dict[str, Any]:
        count = len(setup["points"])
        code = "points_missing" if count < 4 else "points_few"
        findings = [{"code": code, "facts": {"count": count, "least": 4 if count < 4 else 6}, "fatal": True}]
        fits_ = count >= 4
        return {
            "savable": count >= 6, "findings": [] if count >= 6 else findings,
            "residuals": [0.012] * count if fits_ else [], "rms": 0.012 if fits_ else None,
            "left_out_rms": 0.021 if count > 4 else None, "guards_day": 12.0, "guards_dim": 5.0, "seen_from": None,
            "outline": [[30.0, 2.0], [42.0, 2.0], [38.0, 10.0], [34.0, 10.0]] if fits_ else [],
            "areas": [{"id": a["id"], "action": a["action"], "max_speed": 0.0,
                       "polygon": [[35.0, 4.0], [37.0, 4.0], [37.0, 6.0]]} for a in setup["areas"]],
        }  # fmt: skip


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def engineers(tmp_path: Path, accounts: Path, desk: Desk) -> Iterator[Dashboard]:
    """A dashboard with a program that sets cameras up."""
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    fleet, site = FakeFleet(), small_site()
    ops = Ops(site=site, read_journal=list, camera_desk=desk)
    handle = server.start(fleet, site, port_number=0, users=users, ops=ops, answer_seconds=PATIENCE_S)
    yield Dashboard(handle.url, fleet)
    handle.stop()
    users.close()


def _press(page: Page, u: float, v: float) -> None:
    box = page.get_by_test_id("setup-picture").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * u / 640.0, box["y"] + box["height"] * v / 480.0)


def test_a_new_camera_is_set_up(page: Page, engineers: Dashboard, desk: Desk) -> None:
    engineers.open(page, "hung")
    page.goto(f"{engineers.url}/cameras")
    page.get_by_label("Mã camera mới").fill("C09")
    page.get_by_role("button", name="Cài camera mới").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("Cài đặt camera C09")
    wait_until(page, "document.querySelector('.setup-picture img')?.naturalWidth === 240")
    for u, v in ((100, 300), (500, 300), (200, 400)):
        _press(page, u, v)
    expect(page.get_by_test_id("setup-point-3")).to_be_visible()
    page.get_by_role("button", name="Kiểm tra và chạy thử").click()
    expect(page.get_by_test_id("setup-verdict")).to_contain_text("Mới có 3 điểm, cần ít nhất 4 điểm.")
    expect(page.get_by_role("button", name="Lưu", exact=True)).to_be_disabled()

    # With keys alone, too: the mark moves, Enter sets.
    page.get_by_test_id("setup-picture").focus()
    for key in ("ArrowUp", "ArrowRight", "Enter", "Shift+ArrowDown", "Enter", "Shift+ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_test_id("setup-point-6")).to_be_visible()
    # The newest point is the one that a press on the plan places.
    expect(page.get_by_role("button", name="Chọn điểm 6 để bấm lên sơ đồ")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("setup-map").click(position={"x": 200, "y": 100})
    expect(page.get_by_label("Điểm 6 y", exact=True)).not_to_have_value("0")
    page.get_by_label("Điểm 6 x", exact=True).fill("12,5")
    page.get_by_role("button", name="Thêm vùng").click()
    for u, v in ((200, 250), (400, 250), (300, 420)):
        _press(page, u, v)
    expect(page.get_by_text("3 góc")).to_be_visible()
    page.get_by_role("button", name="Kiểm tra và chạy thử").click()
    verdict = page.get_by_test_id("setup-verdict")
    expect(verdict).to_contain_text("Không có gì sai.")
    expect(verdict).to_contain_text("Canh người tới 12 m khi đủ sáng, 5 m khi thiếu sáng.")
    expect(page.get_by_test_id("dry-run")).to_contain_text("A1 · Robot sẽ dừng · có người")
    assert serious_findings(page) == []
    _fill_in_the_rest(page)
    shot_themes(page, "camera-setup", "h2", both=True)

    page.get_by_role("button", name="Lưu", exact=True).click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_text("Đã lưu bản 1.")).to_be_visible()
    (kept,) = desk.saved
    assert (len(kept["points"]), kept["points"][5]["x"], len(kept["areas"][0]["polygon"])) == (6, 12.5, 3)
    assert kept["points"][5]["y"] > 1.0
    assert abs(kept["points"][0]["u"] - 100.0) < 3.0
    assert kept["revision"] == ""
    page.get_by_role("button", name="Hoàn tác lần lưu cuối").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_text("Camera không còn cài đặt nào.")).to_be_visible()
    expect(page.get_by_text("Chưa có điểm nào.")).to_be_visible()  # what is on the page is what is kept
    page.evaluate("document.documentElement.dataset.mantineColorScheme = 'dark'")
    assert serious_findings(page, ["color-contrast"]) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)


def _fill_in_the_rest(page: Page) -> None:
    """For its picture: a camera that somebody has measured."""
    if not KEEP:
        return
    for n, (x, y) in enumerate(((8, 28.4), (18.2, 28.6), (10.9, 31.2), (11, 31.1), (11.1, 30.4)), start=1):
        for axis, value in (("x", x), ("y", y)):
            page.get_by_label(f"Điểm {n} {axis}", exact=True).fill(f"{value:g}".replace(".", ","))
    page.get_by_role("button", name="Kiểm tra và chạy thử").click()
    expect(page.get_by_test_id("dry-run")).to_contain_text("có người")


def test_a_picture_that_is_gone_is_asked_for_by_a_look_of_its_own(page: Page, engineers: Dashboard, desk: Desk) -> None:
    engineers.open(page, "hung")
    page.goto(f"{engineers.url}/cameras/C09/setup")
    wait_until(page, "document.querySelector('.setup-picture img')?.naturalWidth === 240")
    desk.pictures = False
    expect(page.get_by_text("Đang chờ vài giây hình của camera C09.")).to_be_visible(timeout=15_000)
    desk.pictures = True
    wait_until(page, "document.querySelector('.setup-picture img')?.naturalWidth === 240")


def test_without_pictures_it_waits(page: Page, engineers: Dashboard, desk: Desk) -> None:
    desk.pictures = False
    engineers.open(page, "hung")
    page.goto(f"{engineers.url}/cameras/C09/setup")
    expect(page.get_by_text("Đang chờ vài giây hình của camera C09.")).to_be_visible()
    page.get_by_role("button", name="Kiểm tra và chạy thử").click()
    expect(page.get_by_test_id("setup-verdict")).to_contain_text("Mới có 0 điểm")


def test_an_operator_has_no_button_for_it(page: Page, engineers: Dashboard, desk: Desk) -> None:
    engineers.open(page, "lan")
    page.goto(f"{engineers.url}/cameras/CAM-1")
    expect(page.get_by_role("heading", level=2)).to_contain_text("CAM-1")
    expect(page.get_by_role("button", name="Cài đặt")).to_have_count(0)
    page.goto(f"{engineers.url}/cameras/C09/setup")
    expect(page.get_by_role("banner")).to_be_visible()
    expect(page.get_by_role("heading", name="Cài đặt camera C09")).to_have_count(0)
    assert desk.asked == []
