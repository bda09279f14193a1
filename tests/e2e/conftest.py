"""Browser tests: the built dashboard in Debian's Chromium, in front of a fleet that only looks alive."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playwright.sync_api import Browser, Page, expect, sync_playwright

from amr_fleet.api.app import STATIC
from amr_fleet.api.users import UserStore
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.e2e_support import DESKTOP, PASSWORD, PHONE, Dashboard
from tests.e2e.serving import start
from tests.e2e.shift_fleet import ShiftFleet

WHOLE_CHROMIUM = "/usr/bin/chromium"
CHROMIUM = os.environ.get("AMR_CHROMIUM") or shutil.which("chromium-headless-shell") or WHOLE_CHROMIUM
"""The shell is the same engine without the window that Chromium draws around each page, headless or not: a page opens
in 1.8 s of CPU, not 2.8. `make nightly` drives Chromium itself."""
expect.set_options(timeout=45_000)  # a wait ends when it is met; a busy machine only takes longer


@pytest.fixture(scope="module")
def chromium() -> str:
    """Return which program the module drives; one that needs more than the shell has says so."""
    return CHROMIUM


# Per module: the playwright loop must be gone before other tests start loops of their own.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    if shutil.which(chromium) is None:
        pytest.skip(f"{chromium} is absent: apt-get install chromium")
    if not (STATIC / "index.html").is_file():
        pytest.skip("the dashboard is not built: make setup")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


@pytest.fixture(scope="package")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a user of each role; hashing their passwords once is enough."""
    path = tmp_path_factory.mktemp("accounts") / "users.db"
    users = UserStore(path)
    for name, role in (
        ("lan", "operator"),
        ("khach", "viewer"),
        ("hung", "engineer"),
        ("sep", "admin"),
        ("so_khcn", "authority"),
        ("tam", "worker"),
    ):
        users.add(name, PASSWORD, role)
    users.close()
    return path


@pytest.fixture
def dashboard(tmp_path: Path, accounts: Path) -> Iterator[Dashboard]:
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
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
    photos, review = tmp_path / "photos", tmp_path / "review.jsonl"
    handle = start(fleet, small_site(), users=users, review=review, photos=photos)
    yield Dashboard(handle.url, fleet, photos)
    handle.stop()
    users.close()


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory, accounts: Path) -> Iterator[ShiftFleet]:
    """A whole fleet with the real engine, for the tests of one module: no other module's orders are in it."""
    folder = tmp_path_factory.mktemp("shift")
    shutil.copytree(accounts.parent, folder, dirs_exist_ok=True)  # key and mark, too: a process of the API checks them
    fleet = ShiftFleet(folder)
    yield fleet
    fleet.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from _page(browser, DESKTOP)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A phone's size. Press with click(): a tap() that a busy machine makes half a second long is a long press."""
    yield from _page(browser, PHONE, mobile=True)


_OWN = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")


def _page(browser: Browser, size: tuple[int, int], *, mobile: bool = False) -> Iterator[Page]:
    # What a test does to the network must reach the page: a service worker would stand between.
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, has_touch=mobile, is_mobile=mobile, locale="vi-VN",
        service_workers="block",
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(45_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: wrong.append(f"outside: {r.url}") if not r.url.startswith(_OWN) else None)
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" and "401" not in m.text else None)
    yield page
    context.close()
    # Nothing is ever fetched from elsewhere: a warehouse may have no internet.
    # Errors of the network are part of some tests; errors of the page or its security policy never are.
    network = ("ERR_", "status of 4", "status of 500", "WebSocket", "dynamically imported module", "stylesheet MIME")
    assert not [text for text in wrong if not any(part in text for part in network)]
