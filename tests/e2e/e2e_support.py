"""What the browser tests share: logging in, what went wrong on a page, and the pictures of the docs."""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.api.fake_fleet import FakeFleet

PASSWORD = "correct-horse-battery"
SCREENS = Path(__file__).resolve().parents[2] / "docs" / "screens"
DARK = SCREENS.parents[1] / "build" / "screens-dark"
PAGES = DARK.with_name("screens-pages")
KEEP = os.environ.get("AMR_SCREENS") == "1"
DESKTOP, PHONE = (1920, 1080), (390, 844)
_KEPT = """caches.open("amr-shell-1").then(c => c.keys()).then(kept => {
  const has = new Set(kept.map(request => request.url));
  const used = performance.getEntriesByType("resource").map(one => one.name).filter(name => name.includes("/assets/"));
  return navigator.serviceWorker.controller !== null && used.every(name => has.has(name));
})"""
_EXACT, _OTHERS = 96, 160  # colours of a picture's palette: a third of the bytes


def type_password(page: Page, url: str, user: str, password: str = PASSWORD) -> None:
    """Open a dashboard and log in; what comes then is not waited for."""
    page.goto(url)
    page.fill("input[name=user]", user)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")


def log_in(page: Page, url: str, user: str) -> None:
    """Log in with a password and wait for the first picture; the form itself is what other tests are of."""
    answer = page.request.post(f"{url}/api/v1/login", data={"user": user, "password": PASSWORD})
    assert answer.ok, answer.text()
    page.goto(url)
    page.wait_for_selector("[data-testid=map-live]")
    page.wait_for_selector("[data-testid=robot-amr_01]")


def stand_at_dock(page: Page, url: str) -> None:
    """Log in as a worker and stand at dock 1."""
    type_password(page, url, "tam")
    expect(page.get_by_role("heading", name="Bạn đang ở đâu?")).to_be_visible()
    page.get_by_role("button", name="Cửa xuất nhập 1", exact=True).click()
    expect(page.get_by_role("heading", name="Cửa xuất nhập 1")).to_be_visible()


@contextmanager
def kept_phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone whose service worker is at work."""
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True, is_mobile=True, locale="vi-VN"
    )
    context.set_default_timeout(45_000)
    yield context
    context.close()


def shown_offline(page: Page) -> None:
    """Wait until the service worker has all that the page has loaded, so that it opens without a network."""
    wait_until(page, _KEPT)


def shot(page: Page, name: str) -> None:
    """With AMR_SCREENS=1 keep a picture in docs/screens, its size in its name; else do nothing.

    The same in the dark is put into build/screens-dark, to be looked at.
    """
    if not KEEP:
        return
    # What was done before is no part of the picture.
    page.evaluate("document.querySelectorAll('.note button').forEach(button => button.click())")
    page.wait_for_timeout(700)  # let the interpolation, drawers and fonts come to rest
    _keep(page, SCREENS, name)
    if page.locator("html[data-mantine-color-scheme=light]").count() == 1:
        page.emulate_media(color_scheme="dark")
        if _is_dark(page):
            page.wait_for_timeout(400)
            _keep(page, DARK, name)
        page.emulate_media(color_scheme="light")
        page.wait_for_timeout(200)


# Pictures that are called by another name than their page.
CALLED = {
    "/": "live", "/orders/import": "import", "/orders/:id/cancel": "order-cancel", "/orders/:id": "order",
    "/visits/import": "visits-import", "/visits/:id": "visit", "/robots/:name": "robot", "/cargo/:id": "load",
    "/cameras/:camera/setup": "camera-setup", "/cameras/:camera": "camera-blind", "/flights": "flight-planned",
    "/flights/:id": "flight-flying", "/assistant": "assistant-panel", "/layout": "layout-box",
}  # fmt: skip


def picture_of(route: str) -> str:
    """Return what the pictures of a page are called."""
    return CALLED.get(route, route.strip("/"))


@cache
def is_taken_by_a_test(name: str) -> bool:
    """Return whether a browser test of its own makes pictures; the others are made where every page is drawn."""
    tests = (one.read_text(encoding="utf-8") for one in Path(__file__).parent.glob("*.py"))
    return any(re.search(rf'\bshot(_both|_themes)?\(\w+, "{name}"', test) for test in tests)


def _is_dark(page: Page) -> bool:
    """Return whether the page follows the system, which is dark now; one that a person has set light does not."""
    try:
        page.wait_for_selector("html[data-mantine-color-scheme=dark]", timeout=3000)
    except PlaywrightTimeout:
        return False
    return True


def drawn(page: Page, name: str) -> float:
    """Return how bright most of a page is, 0 to 1; with AMR_SCREENS=1 keep the picture in build/screens-pages."""
    if KEEP:
        _keep(page, PAGES, name)
    return float(np.median(np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L")))) / 255.0


def _keep(page: Page, folder: Path, name: str) -> None:
    size = page.viewport_size or {"width": 0, "height": 0}
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    folder.mkdir(parents=True, exist_ok=True)
    small(picture).save(folder / f"{name}-{size['width']}x{size['height']}.png", optimize=True)


def small(picture: Image.Image) -> Image.Image:
    """Return a picture with 256 colours: the frequent ones exactly, so that areas keep theirs, rare ones nearly."""
    pixels = np.asarray(picture, dtype=np.int32).reshape(-1, 3)
    codes, place, counts = np.unique(pixels @ (65536, 256, 1), return_inverse=True, return_counts=True)
    colours = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1)
    others = picture.quantize(_OTHERS, Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = np.concatenate([colours[np.argsort(counts)[::-1][:_EXACT]], np.reshape(others, (-1, 3))])[:256]
    distance = ((colours[:, None, :] - palette[None, :, :]) ** 2).sum(axis=2)
    small = Image.fromarray(distance.argmin(axis=1)[place].reshape(picture.height, picture.width).astype(np.uint8), "P")
    small.putpalette(palette.astype(np.uint8).tobytes())
    return small


def shot_both(page: Page, name: str, at: str = "") -> None:
    """Keep a picture as on a desk and one as on a phone, whichever the page is now; at: what must be in view."""
    if not KEEP:
        return
    own = page.viewport_size
    for width, height in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        if at:
            page.locator(at).scroll_into_view_if_needed()
        shot(page, name)
    if own is not None:
        page.set_viewport_size(own)


def shot_themes(page: Page, name: str, at: str = "", *, both: bool = False) -> None:
    """Keep a picture in the light and one in the dark (NAME-dark), in the page's size or both; at: to be in view."""
    if not KEEP:
        return
    for theme, ending in (("light", ""), ("dark", "-dark")):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.wait_for_selector(f"html[data-mantine-color-scheme={theme}]")
        shot_both(page, name + ending, at) if both else shot(page, name + ending)
    page.emulate_media(color_scheme="light")


def wait_until(page: Page, expression: str, timeout_s: float = 45.0) -> None:
    """Wait until a JavaScript expression is true.

    Page.wait_for_function evaluates a string inside the page after its first look, which the page's policy forbids.
    """
    end = time.monotonic() + timeout_s
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"not true within {timeout_s:g} s: {expression}"
        page.wait_for_timeout(50)


def press_and_confirm(page: Page, button: str) -> None:
    """Press a button and what it asks for; again where no question came: on a busy machine a press gets lost."""
    question = page.get_by_test_id("confirm")
    for _ in range(3):
        page.get_by_role("button", name=button).click()
        try:
            question.wait_for(timeout=8_000)
            break
        except PlaywrightTimeout:
            continue
    question.click()


def fits(page: Page) -> bool:
    """Return whether nothing sticks out on the right."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@dataclass(frozen=True)
class Dashboard:
    """A running dashboard and the fleet behind it."""

    url: str
    fleet: FakeFleet
    photos: Path = Path()

    def open(self, page: Page, user: str = "lan") -> None:
        """Log in and wait for the first picture."""
        log_in(page, self.url, user)
