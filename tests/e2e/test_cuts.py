"""The network cut at twenty random moments, a server that is away when a page is opened, sound after a reload."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.e2e_support import Dashboard, wait_until
from tests.e2e.serving import inside

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

CUTS = 20
TYPED = "PO-4711, giao trước 17:30"
PAGES = ("Đơn hàng", "Robot", "Cần xử lý", "Hàng hóa", "Kế hoạch", "Thử trước", "Báo cáo ca", "Trợ lý")


def _is_well(page: Page) -> None:
    """Connected again, nothing blank, no part that says it failed."""
    expect(page.locator(".conn")).to_have_text("Đã kết nối")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("main")).not_to_be_empty()


def test_twenty_cuts_at_random_moments_leave_nothing_broken_or_blank(page: Page, dashboard: Dashboard) -> None:
    """Between any two steps of somebody who works; the page mends itself, nobody presses reload."""
    rng = random.Random(17)
    dashboard.open(page)
    page.evaluate("window.stillTheSamePage = true")
    for cut in range(CUTS):
        page.wait_for_timeout(rng.uniform(0, 150))
        page.context.set_offline(True)
        dashboard.fleet.broken = True  # the live link ends, too
        page.get_by_role("link", name=rng.choice(PAGES), exact=True).first.click()
        page.wait_for_timeout(rng.uniform(0, 400))
        page.context.set_offline(False)
        dashboard.fleet.broken = False
        if cut % 4 == 3:
            _is_well(page)
    _is_well(page)
    assert page.evaluate("window.stillTheSamePage") is True


def test_what_was_typed_is_still_there_after_a_cut_and_is_sent_once(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_role("tab", name="Tạo đơn").click()
    for label, place in (("Nơi lấy hàng", "Cửa xuất nhập 2"), ("Nơi trả hàng", "Lô gạo 4")):
        page.get_by_label(label).first.fill(place)
        page.get_by_role("option", name=place).locator("visible=true").click()
    page.get_by_label("Số chứng từ").fill(TYPED)
    page.context.set_offline(True)
    page.get_by_role("button", name="Gửi đơn").click()
    expect(page.get_by_role("alert").filter(has_text="Không kết nối được máy chủ")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_label("Số chứng từ")).to_have_value(TYPED)
    page.get_by_role("button", name="Gửi đơn").click()
    expect(page.get_by_role("status").filter(has_text="Đã nhận đơn T00007")).to_be_visible()
    assert [r.reference for r in dashboard.fleet.requests] == [TYPED]


@inside
def test_a_part_of_the_page_that_did_not_come_leaves_the_rest_and_comes_by_itself(
    page: Page, dashboard: Dashboard
) -> None:
    dashboard.open(page)
    page.route("**/assets/Zones-*.js", lambda route: route.abort())
    page.get_by_role("tab", name="Khu vực").click()
    expect(page.get_by_role("alert").filter(has_text="Không tải được")).to_be_visible()
    expect(page.get_by_test_id("map-live")).to_be_visible()
    dashboard.fleet.broken = True
    expect(page.locator(".conn")).to_have_text("Mất kết nối")
    page.unroute("**/assets/Zones-*.js")
    dashboard.fleet.broken = False
    expect(page.get_by_role("button", name="Vẽ trên bản đồ")).to_be_visible()  # nobody pressed anything


@pytest.fixture
def kept(browser: Browser) -> Iterator[Page]:
    """A page whose service worker is at work."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="vi-VN")
    page = context.new_page()
    page.set_default_timeout(45_000)
    yield page
    context.close()


def test_a_page_that_is_opened_while_the_server_is_away_shows_itself_and_goes_on(
    kept: Page, dashboard: Dashboard
) -> None:
    dashboard.open(kept)
    kept.evaluate("navigator.serviceWorker.ready.then(() => null)")
    wait_until(kept, "navigator.serviceWorker.controller !== null")
    kept.reload()
    kept.wait_for_selector("[data-testid=map-live]")
    kept.context.set_offline(True)
    kept.reload()
    expect(kept.get_by_text("Không kết nối được máy chủ")).to_be_visible()
    kept.context.set_offline(False)
    expect(kept.get_by_test_id("map-live")).to_be_visible()
    held: list[str] = kept.evaluate(
        "caches.open('amr-shell-1').then(c => c.keys()).then(k => k.map(r => new URL(r.url).pathname))"
    )
    assert "/" in held
    assert not [path for path in held if path.startswith("/api/")]  # what people may see is never kept


SILENT = """{
      // As browsers do after a reload: silent until somebody presses something.
      let state = "suspended";
      class Silent extends EventTarget {
        get state() { return state; }
        currentTime = 0;
        resume() {
          if (!window.pressed) return new Promise(() => undefined);
          state = "running";
          this.dispatchEvent(new Event("statechange"));
          return Promise.resolve();
        }
      }
      window.AudioContext = Silent;
      addEventListener("pointerdown", () => { window.pressed = true; }, true);
    }"""
"""A browser after a reload: silent until somebody presses something."""


def test_sound_is_armed_or_the_page_says_that_it_is_not(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    silent = page.get_by_role("button", name="Chuông chưa kêu được")
    page.keyboard.press("Shift")  # these tests log in by the API: nobody has pressed anything yet
    expect(silent).to_have_count(0)
    page.add_init_script(SILENT)
    page.reload()
    expect(silent).to_be_visible()
    box = silent.bounding_box()
    assert box is not None
    # Any press will do. Locator.click would press again, and wait for a banner that the first press has ended.
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(silent).to_have_count(0)
    page.get_by_role("navigation").get_by_role("link", name="Cần xử lý").click()
    page.reload()
    page.get_by_role("button", name="Chuông: chưa kêu được").click()  # which was pressed to hear it, not to end it
    page.get_by_role("button", name="Chuông: bật").click()
    page.reload()
    expect(page.get_by_role("button", name="Chuông: tắt")).to_be_visible()
    expect(silent).to_have_count(0)  # who switched it off need not be told


def test_a_first_press_that_lasts_ends_on_what_it_began_on(page: Page, dashboard: Dashboard) -> None:
    """The banner of the sound goes with the first press; went it at once, the page moved and the press was lost."""
    dashboard.open(page)
    page.add_init_script(SILENT)
    page.reload()
    expect(page.get_by_role("button", name="Chuông chưa kêu được")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Cần xử lý").click(delay=500)
    expect(page).to_have_url(f"{dashboard.url}/attention")
    expect(page.get_by_role("button", name="Chuông chưa kêu được")).to_have_count(0)
