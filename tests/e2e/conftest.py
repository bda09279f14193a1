"""Browser tests: the built dashboard in Debian's Chromium, in front of a fleet that only looks alive."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playwright.sync_api import Browser, Page, sync_playwright

from amr_fleet.api import server
from amr_fleet.api.app import STATIC
from amr_fleet.api.users import UserStore
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.e2e_support import PASSWORD, Dashboard

CHROMIUM = "/usr/bin/chromium"
DESKTOP = (1920, 1080)
PHONE = (390, 844)


# Per module: the playwright loop must be gone before other tests start loops of their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"{CHROMIUM} is absent: apt-get install chromium")
    if not (STATIC / "index.html").is_file():
        pytest.skip("the dashboard is not built: make setup")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


@pytest.fixture
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    folder = tmp_path_factory.mktemp("dashboard")
    keep = os.environ.get("AMR_SCREENS") == "1"
    shots = Path(__file__).resolve().parents[2] / "docs" / "screens" if keep else folder
    shots.mkdir(parents=True, exist_ok=True)
    users = UserStore(folder / "users.db")
    users.add("lan", PASSWORD, "operator")
    users.add("khach", PASSWORD, "viewer")
    users.add("sep", PASSWORD, "admin")
    fleet = FakeFleet()
    fleet.seed(
        [
            ("DOCK-01", "BLK-02", "TO_PICK", "amr_01", 1500.0),
            ("BLK-03", "DOCK-02", "TO_DROP", "amr_03", 240.0),
            ("DOCK-03", "RACK-01", "PICKING", "amr_06", 0.0),
            ("BLK-05", "DOCK-04", "DROPPING", "amr_07", -95.0),
            ("DOCK-02", "BLK-06", "TO_PICK", "amr_08", 0.0),
            ("RACK-02", "DOCK-01", "QUEUED", "", 0.0),
        ]
    )
    handle = server.start(fleet, small_site(), port_number=0, users=users)
    yield Dashboard(handle.url, fleet, shots)
    handle.stop()
    users.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from _page(browser, DESKTOP)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    yield from _page(browser, PHONE, mobile=True)


def _page(browser: Browser, size: tuple[int, int], *, mobile: bool = False) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, has_touch=mobile, is_mobile=mobile)
    page = context.new_page()
    page.set_default_timeout(15_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" and "401" not in m.text else None)
    yield page
    context.close()
    # Errors of the network are part of some tests; errors of the page or its security policy never are.
    assert not [text for text in wrong if "ERR_" not in text and "status of 4" not in text and "WebSocket" not in text]
