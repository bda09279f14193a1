"""Watch `make demo ARGS="--uav"` to its end in a browser: from the plan of the count to the delivered order.

It presses the one button that only a person may: it lets the order of the misplaced load start. Each step is kept in
docs/screens as uav-STEP in both sizes, light and dark.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.e2e_support import small, type_password

DESK, PHONE = (1920, 1080), (390, 844)
OVER: Final = ("DONE", "ABORTED", "CANCELLED", "DOWN")
MIDDLE: Final = 0.4
"""Of its cells a flight has read so many in the picture of it in the air."""
_RETRY_S: Final = 1.0


class Watch:
    """Two windows on one fleet, a desk's and a phone's; each step is waited for and kept."""

    def __init__(self, browser: Browser, folder: Path, login: tuple[str, str, str], patience_s: float) -> None:
        self._folder, (self._url, user, password) = folder, login
        self._end = time.monotonic() + patience_s
        self._pages = [self._opened(browser, size, user, password) for size in (DESK, PHONE)]
        self._began = time.monotonic()

    def _opened(self, browser: Browser, size: tuple[int, int], user: str, password: str) -> Page:
        page = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="vi-VN").new_page()
        type_password(page, self._url, user, password)
        page.wait_for_selector("[data-testid=map-live]", timeout=120_000)
        return page

    def ask(self, path: str) -> Any:
        """Return what the fleet answers to a GET of /api/v1/PATH."""
        answer = self._pages[0].request.get(f"{self._url}/api/v1/{path}")
        return answer.json() if answer.ok else None

    def until(self, what: str, met: Callable[[], bool]) -> None:
        """Wait until something is so; raises TimeoutError with what was waited for."""
        while not met():
            if time.monotonic() > self._end:
                raise TimeoutError(f"{what} was not seen; flights: {self.ask('flights?newest=3')}")
            time.sleep(_RETRY_S)
        print(f"{time.monotonic() - self._began:6.0f} s  {what}", flush=True)

    def keep(self, step: str, path: str, at: str) -> None:
        """Keep what a page shows; at: what must be in view, a CSS selector."""
        for page in self._pages:
            if not page.url.endswith(path):
                page.goto(f"{self._url}{path}")
            page.wait_for_selector(at, timeout=60_000)
            for theme, ending in (("light", ""), ("dark", "-dark")):
                page.emulate_media(color_scheme="dark" if ending else "light")
                page.wait_for_selector(f"html[data-mantine-color-scheme={theme}]")
                # Again in each theme: a live page moves under the window.
                page.evaluate("at => document.querySelector(at)?.scrollIntoView({block: 'start'})", at)
                page.evaluate("scrollBy(0, -70)")  # the header stays above it
                page.wait_for_timeout(700)
                self._picture(page, f"uav-{step}{ending}")

    def _picture(self, page: Page, name: str) -> None:
        size = page.viewport_size or {"width": 0, "height": 0}
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        small(picture).save(self._folder / f"{name}-{size['width']}x{size['height']}.png", optimize=True)

    def press(self, name: str) -> None:
        """Press a button of the page on the desk."""
        self._pages[0].get_by_role("button", name=name, exact=True).click()


def watch(folder: Path, login: tuple[str, str, str], chromium: str, patience_s: float) -> None:
    """Keep a picture of each step of a demo that has just begun; login: URL, user, password; patience: s in all.

    Raises TimeoutError where a step is not seen in time, RuntimeError where the count did not end as it should.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            of_watch(Watch(browser, folder, login, patience_s))
        finally:
            browser.close()


def of_watch(seen: Watch) -> None:
    """Follow the first flight and then the order of the load that it found elsewhere."""

    def count() -> dict[str, Any]:
        flights: list[dict[str, Any]] = (seen.ask("flights?newest=10") or {"flights": []})["flights"]
        return next((one for one in reversed(flights) if not one["again"]), {"state": ""})

    def order() -> dict[str, Any]:
        found: dict[str, Any] = seen.ask(f"orders/{order_id}") or {"state": ""}
        return found

    seen.until("planned", lambda: count()["state"] == "PLANNED")
    flight = f"/flights/{count()['flight_id']}"
    seen.keep("planned", flight, "[data-testid=plan]")
    seen.keep("gate", flight, "[data-testid=gate]")
    seen.until("in flight", lambda: count()["state"] == "FLYING")
    flight = f"/flights/{count()['flight_id']}"  # a count that was called off on the ground is planned anew
    seen.until("half counted", lambda: count()["unknown"] <= (1.0 - MIDDLE) * count()["plan"]["cells"])
    seen.keep("flying", flight, "[data-testid=flight-map]")
    seen.until("counted", lambda: count()["state"] in OVER)
    if count()["state"] != "DONE":
        raise RuntimeError(f"the count ended as {count()['state']}: {count()['why']}")
    seen.keep("counted", flight, "[data-testid=result]")
    seen.keep("differences", flight, "[data-testid=differences]")
    seen.keep("pictures", flight, "[data-testid=count-pictures]")
    (misplaced,) = (one for one in count()["differences"] if one["kind"] == "misplaced")
    order_id = misplaced["order_id"]
    seen.keep("order", f"/orders/{order_id}", "[data-testid=change-order]")
    seen.press("Cho chạy tiếp")
    seen.until("let go on by a person", lambda: not order()["held"])
    seen.until("a robot has the load", lambda: order()["state"] == "TO_DROP")
    seen.keep("on-its-way", f"/orders/{order_id}", ".page-head")
    seen.until("delivered", lambda: order()["state"] == "DONE")
    seen.keep("delivered", f"/orders/{order_id}", ".page-head")
    seen.keep("delivered-count", flight, "[data-testid=differences]")
