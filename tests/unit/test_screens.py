"""Every page of the dashboard has its pictures, as on a desk and on a phone; a browser test makes them.

A plain page's are made where every page is drawn (`tests/e2e/test_themes.py`, run with AMR_SCREENS=1). In the dark each
is made with them, to be looked at (`e2e_support.shot`).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.e2e_support import CALLED, is_taken_by_a_test, picture_of

ROOT = Path(__file__).parents[2]
ROUTES = (ROOT / "src/amr_fleet/web/src/app/routes.ts").read_text(encoding="utf-8")
PAGES = [path or "/wall" for path in re.findall(r'path: "([^"]+)", View|path: WALL', ROUTES)]
ON_A_PHONE_ONLY = {"/work"}


def test_the_list_of_pages_is_read() -> None:
    assert len(PAGES) >= 35
    assert CALLED.keys() | ON_A_PHONE_ONLY <= set(PAGES), "a page that is gone needs no name"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_a_picture_on_a_desk_and_on_a_phone(path: str) -> None:
    """A page that is new was in no picture, and nobody looked at it on a phone."""
    name = picture_of(path)
    sizes = {"390x844"} if path in ON_A_PHONE_ONLY else {"390x844", "1920x1080"}
    assert {s for s in sizes if (ROOT / "docs" / "screens" / f"{name}-{s}.png").is_file()} == sizes, name
    assert ":" not in path or is_taken_by_a_test(name), f"no browser test opens {path}: it needs a name"
