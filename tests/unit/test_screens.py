"""Every page of the dashboard has its pictures, as on a desk and on a phone; a browser test makes them.

In the dark each is made with them, to be looked at (`e2e_support.shot`).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROUTES = (ROOT / "src/amr_fleet/web/src/app/routes.ts").read_text(encoding="utf-8")
PAGES = [path or "/wall" for path in re.findall(r'path: "([^"]+)", View|path: WALL', ROUTES)]
TESTS = "\n".join(one.read_text(encoding="utf-8") for one in sorted((ROOT / "tests" / "e2e").glob("*.py")))
# Pictures that are called by another name than their page.
CALLED = {
    "/": "live", "/orders/import": "import", "/orders/:id/cancel": "order-cancel", "/orders/:id": "order",
    "/visits/import": "visits-import", "/visits/:id": "visit", "/robots/:name": "robot", "/cargo/:id": "load",
    "/cameras/:camera/setup": "camera-setup", "/cameras/:camera": "camera-blind", "/flights": "flight-planned",
    "/flights/:id": "flight-flying", "/assistant": "assistant-panel", "/layout": "layout-box",
}  # fmt: skip
ON_A_PHONE_ONLY = {"/work"}


def test_the_list_of_pages_is_read() -> None:
    assert len(PAGES) >= 35
    assert CALLED.keys() | ON_A_PHONE_ONLY <= set(PAGES), "a page that is gone needs no name"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_a_picture_on_a_desk_and_on_a_phone_that_a_browser_test_makes(path: str) -> None:
    """A page that is new was in no picture, and nobody looked at it on a phone."""
    name = CALLED.get(path, path.strip("/"))
    sizes = {"390x844"} if path in ON_A_PHONE_ONLY else {"390x844", "1920x1080"}
    assert {s for s in sizes if (ROOT / "docs" / "screens" / f"{name}-{s}.png").is_file()} == sizes, name
    assert re.search(rf'\bshot(_both|_themes)?\(\w+, "{name}"', TESTS), f"no browser test makes {name}"
