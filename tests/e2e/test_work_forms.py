"""The forms of the worker's phone, their pictures and their errors: for gloves and in the sun, light and dark."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.e2e_support import Dashboard, fits, shot, stand_at_dock, wait_until
from tests.e2e.test_accessibility import serious_findings
from tests.e2e.test_work_page import SMALL

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def looked_at(page: Page, name: str) -> dict[str, object]:
    """Return what is wrong with a form as it stands: too small for a glove, too wide, found by axe-core."""
    wrong: dict[str, object] = {f"{name}: small": page.evaluate(SMALL), f"{name}: wide": not fits(page)}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        wait_until(page, f"document.documentElement.dataset.mantineColorScheme === '{theme}'")
        wrong[f"{name}: {theme}"] = serious_findings(page)
    page.emulate_media(color_scheme="light")
    wait_until(page, "document.documentElement.dataset.mantineColorScheme === 'light'")
    shot(page, f"work-{name}")
    return {where: found for where, found in wrong.items() if found}


def take(page: Page, content: bytes) -> None:
    """Take a picture with the phone's camera."""
    with page.expect_file_chooser() as chooser:
        page.get_by_text("Chụp ảnh hàng").click()
    chooser.value.set_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": content})


def test_forms_photos_and_errors_are_for_gloves_and_everybodys_eyes(phone: Page, dashboard: Dashboard) -> None:
    stand_at_dock(phone, dashboard.url)
    phone.get_by_test_id("task-T00001").get_by_role("button", name="Hư hỏng").click()
    wrong = looked_at(phone, "form")
    out = io.BytesIO()
    Image.radial_gradient("L").resize((1200, 900)).convert("RGB").save(out, "JPEG")
    take(phone, out.getvalue())
    expect(phone.get_by_role("img", name="Ảnh 1: xoa để che")).to_have_js_property("width", 1200)
    wrong |= looked_at(phone, "photo")
    phone.get_by_role("button", name="Bỏ ảnh 1").click()
    take(phone, b"no picture")
    expect(phone.get_by_role("alert")).to_have_text("Không đọc được ảnh này.")  # read out, too
    phone.get_by_label("Mã trên hàng").fill("CSQU3054384")
    phone.get_by_role("button", name="Quét mã bằng camera").click()  # this computer has none
    expect(phone.get_by_text("Không mở được camera: hãy gõ mã.")).to_be_visible()
    wrong |= looked_at(phone, "errors")
    phone.get_by_role("button", name="Quay lại").click()
    phone.get_by_role("button", name="Gọi robot đến đây").click()
    wrong |= looked_at(phone, "call-form")
    assert wrong == {}
