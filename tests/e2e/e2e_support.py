"""The running dashboard as the browser tests see it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.api.fake_fleet import FakeFleet

PASSWORD = "correct-horse-battery"


@dataclass(frozen=True)
class Dashboard:
    """A running dashboard and the fleet behind it."""

    url: str
    fleet: FakeFleet
    shots: Path

    def open(self, page: Page, user: str = "lan") -> None:
        """Log in and wait for the first picture."""
        page.goto(self.url)
        page.fill("input[name=user]", user)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_selector("[data-testid=map-live]")
        page.wait_for_selector("[data-testid=robot-amr_01]")

    def shot(self, page: Page, name: str) -> None:
        """Keep a picture: in docs/screens when AMR_SCREENS=1, else in a temporary folder."""
        page.wait_for_timeout(600)  # let the interpolation and the drawer come to rest
        page.screenshot(path=self.shots / f"{name}.png")
