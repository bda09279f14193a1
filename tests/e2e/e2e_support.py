"""What the browser tests share: logging in, what went wrong on a page, and the pictures of the docs."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.api.fake_fleet import FakeFleet

PASSWORD = "correct-horse-battery"
SCREENS = Path(__file__).resolve().parents[2] / "docs" / "screens"
KEEP = os.environ.get("AMR_SCREENS") == "1"
_COLOURS = 256  # a palette: a third of the bytes; by coverage, so that rare colours such as a warning stay


def log_in(page: Page, url: str, user: str) -> None:
    """Log in with a password and wait for the first picture."""
    page.goto(url)
    page.fill("input[name=user]", user)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("[data-testid=map-live]")
    page.wait_for_selector("[data-testid=robot-amr_01]")


def shot(page: Page, name: str) -> None:
    """With AMR_SCREENS=1 keep a picture in docs/screens, its size in its name; else do nothing."""
    if not KEEP:
        return
    page.wait_for_timeout(700)  # let the interpolation, drawers and fonts come to rest
    size = page.viewport_size or {"width": 0, "height": 0}
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    target = SCREENS / f"{name}-{size['width']}x{size['height']}.png"
    picture.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(target, optimize=True)


def fits(page: Page) -> bool:
    """Return whether nothing sticks out on the right."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@dataclass(frozen=True)
class Dashboard:
    """A running dashboard and the fleet behind it."""

    url: str
    fleet: FakeFleet

    def open(self, page: Page, user: str = "lan") -> None:
        """Log in and wait for the first picture."""
        log_in(page, self.url, user)
