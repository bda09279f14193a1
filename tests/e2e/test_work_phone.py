"""The worker's phone as it is used: an enrolled device, a PIN, a service worker, and minutes without any network."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from amr_fleet.api.users import UserStore
from amr_fleet.requests import SayOfLoad
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.e2e_support import PASSWORD, Dashboard, kept_phone, shown_offline, wait_until
from tests.e2e.serving import start

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
PIN = "4827"
IDLE_S = 21 * 60.0
"""s, longer than a session with a PIN lives untouched."""


@dataclass
class Clock:
    """The server's clock of accounts and sessions."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dashboard(tmp_path: Path, accounts: Path, clock: Clock) -> Iterator[Dashboard]:
    """One load goes from dock 1, one was put down there."""
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")), clock=clock)
    fleet = FakeFleet()
    fleet.seed([("DOCK-01", "BLK-02", "TO_PICK", "amr_01", 1500.0), ("RACK-02", "DOCK-01", "DONE", "", 0.0)])
    fleet.put(replace(fleet.order("T00002"), finished=fleet.snapshot().t))
    photos = tmp_path / "photos"
    handle = start(fleet, small_site(), users=users, photos=photos)
    yield Dashboard(handle.url, fleet, photos)
    handle.stop()
    users.close()


@pytest.fixture
def context(browser: Browser, dashboard: Dashboard) -> Iterator[BrowserContext]:
    """A phone that an administrator has enrolled; tam has a PIN."""
    with kept_phone(browser) as phone:
        api = f"{dashboard.url}/api/v1"
        for path, data in (
            ("login", {"user": "sep", "password": PASSWORD}),
            ("users/tam/pin", {"pin": PIN}),
            ("devices", {"name": "Điện thoại cửa 1"}),
            ("logout", {}),
        ):
            answer = phone.request.post(f"{api}/{path}", data=data)
            assert answer.ok, answer.text()
        yield phone


def enter(page: Page) -> None:
    """Press one's name and PIN."""
    page.get_by_role("button", name="tam", exact=True).click()
    for digit in PIN:
        page.get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="Vào").click()


def at_dock(context: BrowserContext, url: str) -> Page:
    """Open the page for the first time, stand at dock 1, and have it kept in the phone."""
    page = context.new_page()
    page.clock.install()
    page.goto(url)
    enter(page)
    page.get_by_role("button", name="Cửa xuất nhập 1", exact=True).click()
    expect(page.get_by_test_id("task-T00001")).to_be_visible()
    shown_offline(page)
    return page


def damaged(page: Page, text: str) -> None:
    """Fill in that the first load is damaged, with a picture."""
    page.get_by_test_id("task-T00001").get_by_role("button", name="Hư hỏng").click()
    out = io.BytesIO()
    Image.radial_gradient("L").resize((400, 300)).convert("RGB").save(out, "JPEG")
    with page.expect_file_chooser() as chooser:
        page.get_by_text("Chụp ảnh hàng").click()
    chooser.value.set_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()})
    expect(page.get_by_role("img", name="Ảnh 1: xoa để che")).to_have_js_property("width", 400)
    page.get_by_label("Ghi thêm").fill(text)


def answers_get_lost(page: Page) -> None:
    """Let the first three things that are sent arrive, and their answers not."""
    lost = iter((True, True, True))

    def lossy(route: Route) -> None:
        if next(lost, False):
            route.fetch(max_retries=3)
            route.abort()
        else:
            route.continue_()

    for what in ("words", "photos"):
        page.route(f"**/api/v1/work/{what}", lossy)


def words(dashboard: Dashboard) -> list[tuple[str, str]]:
    return [(asked.order_id, asked.said) for asked in dashboard.fleet.asked if isinstance(asked, SayOfLoad)]


def test_ten_minutes_without_a_network_and_a_session_that_ended_lose_and_double_nothing(
    context: BrowserContext, dashboard: Dashboard, clock: Clock
) -> None:
    page = at_dock(context, dashboard.url)
    first, second = page.get_by_test_id("task-T00001"), page.get_by_test_id("task-T00002")
    context.set_offline(True)
    page.goto(f"{dashboard.url}/work")  # the shell comes from the phone
    expect(page.get_by_role("alert")).to_contain_text("Mất kết nối")
    first.get_by_role("button", name="Pallet sẵn sàng").click()
    expect(first).to_contain_text("Đã báo sẵn sàng · chưa gửi")
    second.get_by_role("button", name="Đã lấy đi").click()
    expect(second).to_contain_text("Đã báo lấy đi · chưa gửi")
    second.get_by_role("button", name="Sai hàng").click()
    page.get_by_label("Mã trên hàng").fill("PAL-0099")
    page.get_by_role("button", name="Gửi").click()
    expect(second).to_contain_text("Đã báo sai hàng · chưa gửi")
    damaged(page, "rách bọc")
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("region", name="4 việc chưa gửi")).to_be_visible()
    page.clock.fast_forward("10:00")
    page.reload()
    waiting = page.get_by_role("region", name="4 việc chưa gửi")
    expect(waiting).to_contain_text("Pallet sẵn sàng · PAL-0001")
    assert words(dashboard) == []

    answers_get_lost(page)
    # A form is open when the network and the server's "who are you?" come back.
    damaged(page, "chưa viết xong")
    clock.ahead = IDLE_S
    context.set_offline(False)
    ended = page.get_by_role("dialog", name="Phiên làm việc đã hết")
    expect(ended).to_be_visible()
    assert words(dashboard) == [], "nobody knows who presses"
    enter(page)
    expect(ended).to_have_count(0)
    expect(page.get_by_label("Ghi thêm")).to_have_value("chưa viết xong")
    expect(page.get_by_role("img", name="Ảnh 1: xoa để che")).to_have_js_property("width", 400)
    page.get_by_role("button", name="Quay lại").click()
    expect(page.get_by_role("region", name="việc chưa gửi")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert words(dashboard) == [("T00001", "ready"), ("T00002", "taken"), ("T00002", "wrong"), ("T00001", "damaged")]
    last = dashboard.fleet.asked[-1]
    assert isinstance(last, SayOfLoad)
    assert (last.text, last.user) == ("rách bọc", "tam")
    assert [kept.stem for kept in dashboard.photos.iterdir()] == list(last.photos)


def test_a_phone_in_a_pocket_asks_for_the_pin_and_goes_on(
    context: BrowserContext, dashboard: Dashboard, clock: Clock
) -> None:
    page = at_dock(context, dashboard.url)
    clock.ahead = IDLE_S
    ended = page.get_by_role("dialog", name="Phiên làm việc đã hết")
    expect(ended).to_be_visible()
    enter(page)
    expect(ended).to_have_count(0)
    expect(page.get_by_role("heading", name="Cửa xuất nhập 1")).to_be_visible()
    page.get_by_test_id("task-T00001").get_by_role("button", name="Pallet sẵn sàng").click()
    expect(page.get_by_test_id("task-T00001")).to_contain_text("Đã báo sẵn sàng")
    wait_until(page, "!document.body.textContent.includes('chưa gửi')")
    assert words(dashboard) == [("T00001", "ready")]
