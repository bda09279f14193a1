"""The real demo in a real browser: log in with the printed login, see robots move, ask the assistant, pause all."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
SITE = os.environ.get("AMR_SCREENS_SITE", "lab")
SCREENS = Path(__file__).resolve().parents[3] / "docs" / "screens"


def log_in(browser: Browser, ready: dict[str, str], width: int, height: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(ready["url"])
    page.fill("input[name=user]", ready["user"])
    page.fill("input[name=password]", ready["password"])
    page.click("button[type=submit]")
    page.wait_for_selector("[data-testid=map-live]")
    return page


def assistant_answers(page: Page) -> None:
    """Of the running fleet, and by itself where the grammar is not loaded yet when somebody asks."""
    page.get_by_role("button", name="Trợ lý").click()
    panel = page.get_by_role("dialog", name="Trợ lý")
    panel.get_by_label("Câu hỏi").fill("Robot 1 đang làm gì?")
    panel.get_by_role("button", name="Hỏi", exact=True).click()
    talk = panel.get_by_label("Cuộc trò chuyện")
    expect(talk.get_by_text(re.compile("AMR-01 (đang|mất|không)")).first).to_be_visible(timeout=60_000)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_operator_sees_the_warehouse_move(start_amr: Any) -> None:
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"{CHROMIUM} is absent: apt-get install chromium")
    run = start_amr("demo", "--site", SITE, "--rtf", "max", "--orders-per-hour", "240", "--port", "18473")
    run.wait_for(lambda: "Dashboard http://127.0.0.1:18473" in run.output.read_text(), 60, "the dashboard's address")
    ready = json.loads((run.folder / "state" / "ready.json").read_text())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        page = log_in(browser, ready, 1920, 1080)
        robot = page.get_by_test_id("robot-amr_01")
        expect(robot).to_be_visible(timeout=60_000)
        if os.environ.get("AMR_SCREENS") == "1":
            page.wait_for_timeout(45_000 if SITE != "lab" else 15_000)
            phone = log_in(browser, ready, 390, 844)
            phone.wait_for_timeout(1500)
            phone.screenshot(path=SCREENS / "live-390x844.png")
            page.screenshot(path=SCREENS / "live-1920x1080.png")
        assistant_answers(page)
        page.get_by_role("button", name="Tạm dừng tất cả").click()
        page.get_by_test_id("confirm").click()
        expect(page.get_by_text("Tất cả robot đang tạm dừng.")).to_be_visible(timeout=20_000)
        browser.close()
    written = [*(run.folder / "state").rglob("*")]
    assert not [path.name for path in written if path.stat().st_mode & 0o077], "another account can read where they are"
