"""The phone's camera reads codes: without a reader of the browser's, without a network, and says so when it cannot."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.conftest import CHROMIUM
from tests.e2e.e2e_support import Dashboard, fits, kept_phone, shot, shown_offline, stand_at_dock
from tests.e2e.test_accessibility import serious_findings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
WIDTH, HEIGHT = 1280, 720
FIELD = "Tìm theo mã hàng"
SCAN = "Quét mã bằng camera"
SSCC, CONTAINER = "106141412345678908", "CSQU3054383"
CODES = {
    "GS1-128 of a pallet": (f"(00){SSCC}", zxingcpp.Code128, True, SSCC),
    "GS1-128 that says more": (f"(00){SSCC}(10)LOT7", zxingcpp.Code128, True, SSCC),
    "QR of a load": ("PAL-0006", zxingcpp.QRCode, False, "PAL-0006"),
    "Code 128 of a container": (CONTAINER, zxingcpp.Code128, False, CONTAINER),
}
KNOWS_ALL = """globalThis.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code", "code_128", "data_matrix", "ean_13"]; }
  async detect() { return FOUND; }
}"""


def film(path: Path, text: str, kind: zxingcpp.BarcodeFormat, *, gs1: bool) -> None:
    """Write what a camera before a code sees, as YUV4MPEG2."""
    code = np.asarray(zxingcpp.create_barcode(text, kind, gs1=gs1).to_image(scale=1))
    scale = min(WIDTH * 3 // 4 // code.shape[1], 12)
    assert scale >= 3, "too long a code for this picture"
    grown = np.kron(code, np.ones((scale, scale), dtype=np.uint8))[: HEIGHT - 80]
    seen = np.full((HEIGHT, WIDTH), 200, dtype=np.uint8)
    y, x = (HEIGHT - grown.shape[0]) // 2, (WIDTH - grown.shape[1]) // 2
    seen[y : y + grown.shape[0], x : x + grown.shape[1]] = 40 + grown // 255 * 180
    grey = bytes([128]) * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode())
    with path.open("ab") as out:
        for _ in range(4):
            out.write(b"FRAME\n" + seen.tobytes() + grey)


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the film that the camera of this module shows; it is opened with each scan."""
    path = tmp_path_factory.mktemp("camera") / "seen.y4m"
    show(path, "QR of a load")
    return path


@pytest.fixture(scope="module")
def browser(camera: Path) -> Iterator[Browser]:
    """A browser whose camera shows a film; the other modules' has none."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"{CHROMIUM} is absent: apt-get install chromium")
    shows = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *shows,
                f"--use-file-for-fake-video-capture={camera}",
            ],
        )  # fmt: skip
        yield started
        started.close()


def show(camera: Path, name: str) -> str:
    """Hold a code before the camera; return what is to stand in the field."""
    text, kind, gs1, expected = CODES[name]
    film(camera, text, kind, gs1=gs1)
    return expected


def scan(page: Page) -> None:
    page.get_by_label(FIELD).fill("")
    page.get_by_role("button", name=SCAN).click()


def no_reader_of_its_own(page: Page) -> None:
    """As Safari and Firefox are."""
    page.add_init_script("delete globalThis.BarcodeDetector")


def test_the_camera_fills_in_what_is_on_a_load(phone: Page, dashboard: Dashboard, camera: Path) -> None:
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    no_reader_of_its_own(phone)
    stand_at_dock(phone, dashboard.url)
    for name in CODES:
        expected = show(camera, name)
        scan(phone)
        expect(phone.get_by_label(FIELD)).to_have_value(expected)
        expect(phone.locator("video")).to_have_count(0)
    assert any(url.endswith(".wasm") for url in asked)


def test_what_a_form_asks_for_is_scanned_too(phone: Page, dashboard: Dashboard, camera: Path) -> None:
    no_reader_of_its_own(phone)
    stand_at_dock(phone, dashboard.url)
    expected = show(camera, "GS1-128 of a pallet")
    phone.get_by_test_id("task-T00001").get_by_role("button", name="Sai hàng").click()
    phone.get_by_role("button", name=SCAN).click()
    expect(phone.get_by_label("Mã trên hàng")).to_have_value(expected)


@pytest.mark.parametrize(
    "code", [f"]C100{SSCC}", f"\x1d00{SSCC}", f"\x1d00{SSCC}10LOT7", f"\x1d00{SSCC}\x1d10LOT7\x1d"]
)
def test_a_browser_with_a_reader_of_its_own_fetches_none(phone: Page, dashboard: Dashboard, code: str) -> None:
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    # The server refuses a text as long as the first.
    label = [{"rawValue": "https://a.vn/" + "x" * 60}, {"rawValue": code}]
    phone.add_init_script(KNOWS_ALL.replace("FOUND", json.dumps(label)))
    stand_at_dock(phone, dashboard.url)
    scan(phone)
    expect(phone.get_by_label(FIELD)).to_have_value(SSCC)
    assert not [url for url in asked if "wasm" in url or "read_codes" in url]


def test_a_browser_whose_reader_knows_too_little_uses_ours(phone: Page, dashboard: Dashboard, camera: Path) -> None:
    phone.add_init_script(
        """globalThis.BarcodeDetector = class {
          static async getSupportedFormats() { return ["qr_code"]; }
          async detect() { return []; }
        }"""
    )
    stand_at_dock(phone, dashboard.url)
    expected = show(camera, "GS1-128 of a pallet")
    scan(phone)
    expect(phone.get_by_label(FIELD)).to_have_value(expected)


@pytest.mark.parametrize("part", ["**/assets/*.wasm", "**/assets/read_codes*.js"])
def test_a_reader_that_cannot_be_loaded_is_said_and_typing_goes_on(
    phone: Page, dashboard: Dashboard, camera: Path, part: str
) -> None:
    no_reader_of_its_own(phone)
    phone.route(part, lambda route: route.abort())
    stand_at_dock(phone, dashboard.url)
    show(camera, "QR of a load")
    scan(phone)
    expect(phone.get_by_role("alert")).to_have_text("Không tải được phần đọc mã: hãy gõ mã.")
    expect(phone.locator("video")).to_have_count(0)
    assert fits(phone)
    assert serious_findings(phone) == []
    shot(phone, "work-no-reader")
    phone.get_by_label(FIELD).fill("PAL-0006")
    expect(phone.get_by_test_id("task-T00006")).to_be_visible()
    phone.unroute(part)
    phone.get_by_label(FIELD).fill("")
    scan(phone)
    expect(phone.get_by_label(FIELD)).to_have_value("PAL-0006")  # it is asked for again with each scan


def test_a_camera_that_is_refused_is_said_and_typing_goes_on(phone: Page, dashboard: Dashboard) -> None:
    no_reader_of_its_own(phone)
    phone.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    )
    stand_at_dock(phone, dashboard.url)
    scan(phone)
    expect(phone.get_by_role("alert")).to_have_text("Không mở được camera: hãy gõ mã.")


def test_what_can_be_scanned_is_said_and_a_wrong_check_digit_while_typing(
    phone: Page, dashboard: Dashboard, camera: Path
) -> None:
    phone.add_init_script(KNOWS_ALL.replace("FOUND", "[]"))
    stand_at_dock(phone, dashboard.url)
    show(camera, "GS1-128 of a pallet")
    scan(phone)
    expect(phone.get_by_text("Số sơn trên container: hãy gõ.")).to_be_visible()
    assert fits(phone)
    assert serious_findings(phone) == []
    shot(phone, "work-scan")
    phone.get_by_role("button", name="Dừng quét").click()
    expect(phone.locator("video")).to_have_count(0)
    phone.get_by_label(FIELD).fill("csqu 305438 4")
    expect(phone.get_by_text("Sai số kiểm tra: số cuối phải là 3.")).to_be_visible()
    phone.get_by_label(FIELD).fill("csqu 305438 3")
    expect(phone.get_by_text("Sai số kiểm tra")).to_have_count(0)


def test_codes_are_read_without_a_network_also_after_the_first_visit(
    browser: Browser, dashboard: Dashboard, camera: Path
) -> None:
    with kept_phone(browser) as context:
        page = context.new_page()
        no_reader_of_its_own(page)
        stand_at_dock(page, dashboard.url)
        expect(page.get_by_test_id("task-T00001")).to_be_visible()  # what has not come cannot be kept
        shown_offline(page)
        page.context.set_offline(True)
        page.reload()
        expect(page.get_by_test_id("task-T00001")).to_be_visible()
        expected = show(camera, "GS1-128 of a pallet")
        scan(page)
        expect(page.get_by_label(FIELD)).to_have_value(expected)
