"""`amr bench screen`: the live map with many robots in Chromium: pictures a second, time to draw, age on the screen."""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from amr_core.site import load_site
from amr_fleet.api import server
from amr_fleet.api.users import UserStore
from amr_fleet.ports import FleetPort
from amr_lab.bench.live import Moving

_CHROMIUM = "/usr/bin/chromium"
_PASSWORD = "bench-only-password"
_SIZE = (1920, 1080)
_WARM_UP_S = 3


def measure(robots: int, seconds: int) -> dict[str, Any]:
    """Show robots at 5 Hz on the live page for so many seconds; return the figures that the page itself keeps."""
    with tempfile.TemporaryDirectory(prefix="amr_bench_") as folder:
        users = UserStore(Path(folder) / "users.db")
        users.add("bench", _PASSWORD, "viewer")
        handle = server.start(cast(FleetPort, Moving(robots, robots)), load_site("cai_cui"), port_number=0, users=users)
        try:
            samples = _watch(handle.url, seconds)
        finally:
            handle.stop()
            users.close()
    draws = [float(s["drawMs"]) for s in samples]
    ages = sorted(float(s["ageMs"]) for s in samples if "ageMs" in s)
    return {
        "robots": robots,
        "size": f"{_SIZE[0]}x{_SIZE[1]}",
        "pictures_per_s_median": statistics.median(int(s["frames"]) for s in samples),
        "draw_ms_median": round(statistics.median(draws), 2),
        "draw_ms_worst_second": round(max(draws), 2),
        "snapshot_to_screen_ms_median_of_worst": round(statistics.median(ages)),
        "snapshot_to_screen_ms_worst": round(ages[-1]),
    }


def _watch(url: str, seconds: int) -> list[dict[str, str]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": _SIZE[0], "height": _SIZE[1]})
        _log_in(page, url)
        page.wait_for_timeout(1000 * _WARM_UP_S)
        samples = []
        for _ in range(seconds):
            page.wait_for_timeout(1000)
            samples.append(page.get_by_test_id("map-live").evaluate("canvas => ({...canvas.dataset})"))
        browser.close()
    return samples


def _log_in(page: Page, url: str) -> None:
    page.goto(url)
    page.fill("input[name=user]", "bench")
    page.fill("input[name=password]", _PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("[data-testid=map-live][data-frames]", timeout=60_000)


def run_screen_bench(output: Path | None, robots: int, seconds: int) -> None:
    """Measure, print a table and, if wanted, write JSON."""
    figures = measure(robots, seconds)
    table = Table("figure", "value", title="the live page in Chromium without a GPU")
    for name, value in figures.items():
        table.add_row(name, str(value))
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")
