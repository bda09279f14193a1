"""Light and dark, and the screen on the wall: what follows the system, what is remembered, what stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.e2e_support import (
    DESKTOP,
    PHONE,
    Dashboard,
    drawn,
    fits,
    is_taken_by_a_test,
    picture_of,
    shot,
    shot_both,
    wait_until,
)
from tests.e2e.test_accessibility import NAMED, paths, visit

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

# Luminance 0 to 1 of the page's ground, and of the map's floor in the middle of the lower canvas.
_BRIGHT = """() => {
  const c = document.querySelector("[data-testid=map-static]");
  if (!c?.width || !c.height) return [0.5];
  const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
  let sum = 0;
  for (let i = 0; i < d.length; i += 400) sum += d[i];
  const page = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number);
  return [page[0] / 255, sum / (d.length / 400) / 255];
}"""


def _is(page: Page, theme: str) -> None:
    page.wait_for_selector(f"html[data-mantine-color-scheme={theme}]")
    compare = "every(v => v < 0.35)" if theme == "dark" else "every(v => v > 0.65)"
    wait_until(page, f"({_BRIGHT})().{compare}")


def test_every_page_is_drawn_light_and_dark_on_a_desk_and_on_a_phone(page: Page, dashboard: Dashboard) -> None:
    """A page that is new was in no dark picture, and nobody saw that it stayed white or stuck out."""
    dashboard.open(page, "sep")
    dashboard.fleet.visits = (visit(NAMED[":id"]),)
    wrong: dict[str, object] = {}
    for route, path in paths().items():
        name = picture_of(route)
        page.goto(dashboard.url + path)
        page.wait_for_selector("main")
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            page.wait_for_selector(f"html[data-mantine-color-scheme={theme}]")
            for width, height in (DESKTOP, PHONE):
                page.set_viewport_size({"width": width, "height": height})
                page.wait_for_timeout(300)
                bright = drawn(page, f"{path.strip('/').replace('/', '-') or 'live'}-{theme}")
                if theme == "light" and not is_taken_by_a_test(name):
                    shot(page, name)
                if (bright > 0.35 if theme == "dark" else bright < 0.65) or not fits(page):
                    wrong[f"{path} {theme} {width}"] = bright, fits(page)
    assert wrong == {}


def _choose(page: Page, name: str) -> None:
    page.get_by_test_id("user-menu").click()
    page.get_by_role("menuitemradio", name=name).click()


def test_the_theme_follows_the_system_can_be_set_and_is_remembered(page: Page, dashboard: Dashboard) -> None:
    page.emulate_media(color_scheme="dark")
    dashboard.open(page)
    _is(page, "dark")
    shot_both(page, "live-dark")
    page.emulate_media(color_scheme="light")
    _is(page, "light")
    _choose(page, "Tối")
    _is(page, "dark")
    page.reload()
    page.wait_for_selector("[data-testid=map-live]")
    _is(page, "dark")
    _choose(page, "Theo máy")
    _is(page, "light")


def test_the_wall_shows_the_map_the_clock_and_what_is_wrong(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_test_id("user-menu").click()
    page.get_by_role("menuitem", name="Màn hình treo tường").click()
    expect(page.get_by_test_id("map-live")).to_be_visible()
    expect(page.locator(".head-clock small")).to_have_text("Giờ mô phỏng, ngày 1")
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("navigation")).to_have_count(0)
    assert fits(page)
    shot_both(page, "wall")
    dashboard.fleet.broken = True  # a wall that shows an old picture must say so
    expect(page.get_by_role("alert")).to_contain_text("Mất kết nối với máy chủ")
    dashboard.fleet.broken = False
    expect(page.get_by_role("alert")).to_have_count(0)
    page.reload()  # a kiosk opens it by its address
    expect(page.get_by_label("Toàn kho, xem từ xa")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation")).to_be_visible()
