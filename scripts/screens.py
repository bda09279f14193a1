"""Make the pictures in docs/screens: those of the browser tests, the live page of a demo, and a count from the air.

Usage: screens.py [tests | demo | uav]; without a word all. Needs Chromium (Debian's /usr/bin/chromium).
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from flight_screens import watch
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.e2e_support import small, type_password, wait_until

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
SCREENS = ROOT / "docs" / "screens"
CHROMIUM = "/usr/bin/chromium"
PORT = 8167
DESK, PHONE = (1920, 1080), (390, 844)
# Robots need a few minutes to get orders, meet each other and bring the first loads.
DEMO = ("demo", "--seed", "3", "--rtf", "4", "--orders-per-hour", "110", "--port", str(PORT))
UAV = ("demo", "--uav", "--port", str(PORT))
"""What `make demo ARGS="--uav"` starts, on a port of its own."""
UAV_PATIENCE_S = 3600.0
DONE_BEFORE_PICTURE = 5
LOGIN = re.compile(r"Dashboard (\S+)\s+user (\S+)\s+password (\S+)")
_DONE = "Number(document.querySelectorAll('.counter dd')[1]?.textContent ?? 0)"


def save(page: Page, name: str) -> None:
    """Keep what a page shows as a small PNG, its size in its name."""
    size = page.viewport_size or {"width": 0, "height": 0}
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    small(picture).save(SCREENS / f"{name}-{size['width']}x{size['height']}.png", optimize=True)


def of_tests() -> None:
    """Run the browser tests, which take the pictures of their pages."""
    environment = {**os.environ, "AMR_SCREENS": "1", "AMR_CHROMIUM": CHROMIUM}
    subprocess.run([BIN / "pytest", "-q", "tests/e2e"], cwd=ROOT, env=environment, check=True)


def of_demo() -> None:
    """Start the demo, wait until it is busy, and take its live page on a desk and on a phone."""
    demo = subprocess.Popen([BIN / "amr", *DEMO], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        url, user, password = _login_of(demo)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            desk = open_live(browser, DESK, url, user, password)
            phone = open_live(browser, PHONE, url, user, password)
            wait_until(desk, f"{_DONE} >= {DONE_BEFORE_PICTURE}", timeout_s=480.0)
            save(desk, "live")
            save(phone, "live")
            browser.close()
    finally:
        demo.terminate()
        demo.wait(60)


def of_flight() -> None:
    """Start the demo with an aircraft and watch its count until the order that it made is delivered."""
    demo = subprocess.Popen([BIN / "amr", *UAV], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        watch(SCREENS, _login_of(demo), CHROMIUM, UAV_PATIENCE_S)
    finally:
        demo.terminate()
        demo.wait(60)


def _login_of(demo: subprocess.Popen[str]) -> tuple[str, str, str]:
    assert demo.stdout is not None
    text = ""
    for line in demo.stdout:
        text += " " + line
        found = LOGIN.search(text)
        if found is not None:
            return found[1], found[2], found[3]
    raise RuntimeError(f"the demo ended: {text}")


def open_live(
    browser: Browser, size: tuple[int, int], url: str, user: str, password: str, patience_ms: int = 60_000
) -> Page:
    """Log in with a window of a size (pixels) and return the page once its live map is there."""
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="vi-VN").new_page()
    type_password(page, url, user, password)
    page.wait_for_selector("[data-testid=map-live]", timeout=patience_ms)
    return page


def main(words: list[str]) -> None:
    """Do what the words say."""
    began = time.monotonic()
    if not words or "tests" in words:
        of_tests()
    if not words or "demo" in words:
        of_demo()
    if not words or "uav" in words:
        of_flight()
    print(f"Pictures are in {SCREENS.relative_to(ROOT)} after {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main(sys.argv[1:])
