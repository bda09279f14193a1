"""axe-core without serious findings on every page, light and dark; what a pointer does on the map, keys do, too."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.ports import AlarmView, Reason
from amr_fleet.requests import SetZone
from amr_fleet.visit_views import VisitView
from tests.e2e.e2e_support import Dashboard, fits, wait_until

WEB = Path(__file__).resolve().parents[2] / "src" / "amr_fleet" / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is absent: make setup"),
]
# Addresses of pages that need a name; every other address is read from the routes.
NAMED = {":id": "T00001", ":name": "amr_03", ":camera": "CAM-1"}
_RUN = """(rules) => axe.run(document, {resultTypes: ["violations"], ...(rules && {runOnly: rules})}).then(found =>
  found.violations.filter(v => ["serious", "critical"].includes(v.impact)).flatMap(v => v.nodes.map(n =>
    `${v.id} at ${n.target.join(" ")}: ${n.html.slice(0, 120)}`)))"""

# Colours that fade into one another have no contrast of their own.
_STILL = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { transition: none !important }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""


def paths() -> dict[str, str]:
    """Return the address of every page by its route, with names in it where it needs some."""
    routes = (WEB / "src" / "app" / "routes.ts").read_text(encoding="utf-8")
    found = re.findall(r'path: "([^"]+)", View|path: WALL', routes)
    assert len(found) >= 20
    return {path or "/wall": re.sub(r":\w+", lambda m: NAMED[m[0]], path or "/wall") for path in found}


def visit(visit_id: str) -> VisitView:
    """Return a barge that will not be in time, with a bit of everything."""
    return VisitView(
        visit_id=visit_id, name="SL-12", kind="barge", at=9e4, begins=8e4, planned=40, place="DOCK-01", departed=0.0,
        departed_by="", state="working", loads=30, done=20, open=8, failed=1, cancelled=1, left=20, late=3, wrong=1,
        damaged=1, taken=4, rate=31.5, window=1800.0, ends=9.2e4, unsure="",
    )  # fmt: skip


def _axe(page: Page, rules: list[str] | None = None) -> list[str]:
    found: list[str] = page.evaluate(_RUN, rules)
    return found


def serious_findings(page: Page, rules: list[str] | None = None) -> list[str]:
    """Return what axe-core finds on a page as it is; nothing where axe-core is absent."""
    if not AXE.is_file():
        return []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.evaluate(_STILL)
    return _axe(page, rules)


def findings_in_both_themes(page: Page) -> list[str]:
    """Return what axe-core finds on a page as it is, and of its colours in the dark."""
    light = serious_findings(page)
    page.evaluate("document.documentElement.dataset.mantineColorScheme = 'dark'")
    dark = serious_findings(page, ["color-contrast"])
    page.evaluate("document.documentElement.dataset.mantineColorScheme = 'light'")
    return light + [f"in the dark: {found}" for found in dark]


def test_no_page_has_serious_findings_or_scrolls_sideways(page: Page, dashboard: Dashboard) -> None:
    """Colours are looked at in both themes, everything else once; at 200 % a desk screen is half as wide.

    An alarm is new all the while: its strip is on every page.
    """
    axe = AXE.read_text(encoding="utf-8")
    page.goto(dashboard.url)
    page.wait_for_selector("input[name=user]")
    page.evaluate(axe)
    wrong = {"log-in": _axe(page)}
    dashboard.open(page, "sep")
    stop = Reason("alarm.e_stop", {"robot": "amr_01"}, dashboard.fleet.snapshot().t)
    dashboard.fleet.alarms["A000001"] = AlarmView(alarm_id="A000001", reason=stop, robot="amr_01", order_id="")
    strip = page.get_by_role("status").get_by_role("link", name="AMR-01")  # read out, and told as a link
    expect(strip).to_be_visible()
    dashboard.fleet.visits = (visit(NAMED[":id"]),)
    for path in paths().values():
        page.goto(dashboard.url + path)
        page.wait_for_selector("main")
        page.wait_for_timeout(300)
        page.evaluate(axe)
        page.evaluate(_STILL)
        wrong[path] = _axe(page)
        page.evaluate("document.documentElement.dataset.mantineColorScheme = 'dark'")
        wrong[f"{path} in the dark"] = _axe(page, ["color-contrast"])
        page.set_viewport_size({"width": 960, "height": 540})
        wrong[f"{path} at 200 %"] = [] if fits(page) else ["scrolls sideways"]
        page.set_viewport_size({"width": 1920, "height": 1080})
    assert {path: found for path, found in wrong.items() if found} == {}


def _zone(dashboard: Dashboard) -> Any:
    asked = dashboard.fleet.asked[-1]
    assert isinstance(asked, SetZone)
    return asked.zone


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).focus()
    page.keyboard.press("Enter")


def test_a_zone_is_drawn_and_lanes_are_closed_with_keys_alone(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_role("tab", name="Khu vực").focus()
    page.keyboard.press("Enter")
    _press(page, "Vẽ trên bản đồ")
    expect(page.get_by_test_id("map-draw")).to_be_focused()
    for key in ("ArrowLeft", "Enter", *["ArrowRight"] * 4, *["ArrowUp"] * 3, "Shift+ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("Đã vẽ 4,0 × 3,2 m")).to_be_visible()
    page.get_by_label("Lý do").focus()
    page.keyboard.type("Hàng đổ")
    page.get_by_label("Hết hiệu lực sau (phút)").focus()
    page.keyboard.type("2,5")
    expect(page.get_by_label("Hết hiệu lực sau (phút)")).to_have_value("2,5")
    _press(page, "Áp dụng")
    expect(page.get_by_text("đã có hiệu lực")).to_be_visible()
    assert 100 < _zone(dashboard).until - dashboard.fleet.now <= 150
    (x0, y0), _, (x1, y1), _ = _zone(dashboard).polygon
    assert (round(x1 - x0, 1), round(y1 - y0, 1)) == (4.0, 3.2)

    _press(page, "Chọn làn")
    expect(page.get_by_test_id("map-draw")).to_be_focused()
    for key in ("ArrowRight", "Enter", "ArrowRight", "ArrowRight", "Enter", "ArrowLeft", "Enter", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_test_id("map-draw").get_by_role("status")).not_to_be_empty()
    _press(page, "Tiếp tục")
    page.get_by_label("Lý do").focus()
    page.keyboard.type("Sửa nền")
    _press(page, "Áp dụng")
    expect(page.get_by_text("Sửa nền")).to_be_visible()
    assert len(_zone(dashboard).elements) == 2


def test_keys_move_the_map(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    page.get_by_test_id("map-live").focus()
    for last in (False, False, True):
        whole = page.evaluate(_DRAWN)
        page.keyboard.press("+")
        page.keyboard.press("ArrowRight")
        wait_until(page, f"{_DRAWN} !== {json.dumps(whole)}")
        page.keyboard.press("0")
        try:
            wait_until(page, f"{_DRAWN} === {json.dumps(whole)}", timeout_s=7.0)
        except AssertionError:
            # The letters of the map came while it was looked at: what was seen first was not the whole of it.
            if last:
                pytest.fail("the map is not as before")
        else:
            break


_DRAWN = "document.querySelector('[data-testid=map-static]').toDataURL()"
