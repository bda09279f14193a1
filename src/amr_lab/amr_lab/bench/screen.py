"""`amr bench screen`: the live page in Chromium: pictures a second, time to draw, age on the screen, first paint.

First and largest paint, and when the map or the log-in form is there: an empty cache behind a line of 1.6 Mbit/s with
150 ms there and back, as Chromium emulates it: what a request waits and how fast its answer comes; opening the
connection costs nothing there. The computer's own work counts.
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
_LARGEST = """new Promise(done => new PerformanceObserver(seen => done(seen.getEntries().at(-1).startTime))
  .observe({type: "largest-contentful-paint", buffered: true}))"""
_MAP = "[data-testid=map-live][data-frames]"
_FORM = "input[name=user]"


def measure(robots: int, seconds: int) -> dict[str, Any]:
    """Show robots at 5 Hz on the live page for so many seconds; return the figures that the page itself keeps."""
    with tempfile.TemporaryDirectory(prefix="amr_bench_") as folder:
        users = UserStore(Path(folder) / "users.db")
        users.add("bench", _PASSWORD, "viewer")
        handle = server.start(cast(FleetPort, Moving(robots, robots)), load_site("cai_cui"), port_number=0, users=users)
        try:
            samples, loads, log_ins = _watch(handle.url, seconds)
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
        "slow_line_first_paint_ms": [load["painted"] for load in loads],
        "slow_line_largest_paint_ms": [load["largest"] for load in loads],
        "slow_line_live_map_ms": [load["shown"] for load in loads],
        "slow_line_bytes": loads[0]["bytes"],
        "slow_line_log_in_first_paint_ms": [load["painted"] for load in log_ins],
        "slow_line_log_in_largest_paint_ms": [load["largest"] for load in log_ins],
        "slow_line_log_in_form_ms": [load["shown"] for load in log_ins],
        "slow_line_log_in_bytes": log_ins[0]["bytes"],
    }


def _watch(url: str, seconds: int) -> tuple[list[dict[str, str]], list[dict[str, int]], list[dict[str, int]]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": _SIZE[0], "height": _SIZE[1]})
        _log_in(page, url)
        page.wait_for_timeout(1000 * _WARM_UP_S)
        samples = []
        for _ in range(seconds):
            page.wait_for_timeout(1000)
            samples.append(page.get_by_test_id("map-live").evaluate("canvas => ({...canvas.dataset})"))
        session = page.context.storage_state()
        loads = [_load_slowly(browser, url, _MAP, session) for _ in range(_LOADS)]
        log_ins = [_load_slowly(browser, url, _FORM) for _ in range(_LOADS)]
        browser.close()
    return samples, loads, log_ins


def _load_slowly(browser: Browser, url: str, wanted: str, session: StorageState | None = None) -> dict[str, int]:
    """Open the page with nothing kept but the session; return ms to paints and to what is wanted, and bytes."""
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
    page.wait_for_selector(wanted, timeout=120_000)
    shown, painted, largest = (float(page.evaluate(code)) for code in ("performance.now()", _PAINT, _LARGEST))
    context.close()
    return {"painted": round(painted), "largest": round(largest), "shown": round(shown), "bytes": sum(sizes)}


def _log_in(page: Page, url: str) -> None:
    page.goto(url)
    page.fill("input[name=user]", "bench")
    page.fill("input[name=password]", _PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector(_MAP, timeout=60_000)


def run_screen_bench(output: Path | None, robots: int, seconds: int) -> None:
    """Measure, print a table and, if wanted, write JSON."""
    figures = measure(robots, seconds)
    table = Table("figure", "value", title="the live page in Chromium without a GPU")
    for name, value in figures.items():
        table.add_row(name, str(value))
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")
