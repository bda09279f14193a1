"""`amr bench screen`: the live page in Chromium: pictures a second, time to draw, age on the screen, first paint.

First paint: an empty cache behind a line of 1.6 Mbit/s with 150 ms there and back, as Chromium emulates it: what a
request waits and how fast its answer comes; opening the connection costs nothing there. The computer's own work counts.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path
from typing import Any, Final, cast

from playwright.sync_api import Browser, Page, StorageState, sync_playwright
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
_LINE: Final = {
    "offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8
}  # fmt: skip
_LOADS = 3
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def measure(robots: int, seconds: int) -> dict[str, Any]:
    """Show robots at 5 Hz on the live page for so many seconds; return the figures that the page itself keeps."""
    with tempfile.TemporaryDirectory(prefix="amr_bench_") as folder:
        users = UserStore(Path(folder) / "users.db")
        users.add("bench", _PASSWORD, "viewer")
        handle = server.start(cast(FleetPort, Moving(robots, robots)), load_site("cai_cui"), port_number=0, users=users)
        try:
            samples, loads = _watch(handle.url, seconds)
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
        "slow_line_first_paint_ms": [load[0] for load in loads],
        "slow_line_live_map_ms": [load[1] for load in loads],
        "slow_line_bytes": loads[0][2],
    }


def _watch(url: str, seconds: int) -> tuple[list[dict[str, str]], list[tuple[int, int, int]]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": _SIZE[0], "height": _SIZE[1]})
        _log_in(page, url)
        page.wait_for_timeout(1000 * _WARM_UP_S)
        samples = []
        for _ in range(seconds):
            page.wait_for_timeout(1000)
            samples.append(page.get_by_test_id("map-live").evaluate("canvas => ({...canvas.dataset})"))
        loads = [_load_slowly(browser, url, page.context.storage_state()) for _ in range(_LOADS)]
        browser.close()
    return samples, loads


def _load_slowly(browser: Browser, url: str, session: StorageState) -> tuple[int, int, int]:
    """Open the live page with nothing kept but the session; return ms to first paint and first map, and bytes."""
    context = browser.new_context(
        viewport={"width": _SIZE[0], "height": _SIZE[1]}, storage_state=session, service_workers="block"
    )
    page = context.new_page()
    wire = context.new_cdp_session(page)
    sizes: list[int] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", _LINE)
    page.goto(url, wait_until="commit")
    page.wait_for_selector("[data-testid=map-live][data-frames]", timeout=120_000)
    shown, painted = float(page.evaluate("performance.now()")), float(page.evaluate(_PAINT))
    context.close()
    return round(painted), round(shown), sum(sizes)


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
