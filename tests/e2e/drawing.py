"""Draws on the map as a hand does, with a mouse."""

from __future__ import annotations

from playwright.sync_api import Page

from amr_core.site import Site

_LEGEND_PX = 46
_MARGIN = 0.04


def draw(page: Page, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw from one point of the map to another, each as shares of its width and height."""
    box = page.get_by_test_id("map-draw").bounding_box()
    assert box is not None
    (ax, ay), (bx, by) = ((box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (begin, end))
    page.mouse.move(ax, ay)
    page.mouse.down()
    page.mouse.move((ax + bx) / 2, (ay + by) / 2)
    page.mouse.move(bx, by)
    page.mouse.up()


def pick_lane(page: Page, site: Site, lane: str) -> None:
    """Press the middle of a straight lane; map/view.ts fits the site, which nobody has moved."""
    (ax, ay), (bx, by) = next(one.points for one in site.lanes if one.id == lane)
    box = page.get_by_test_id("map-draw").bounding_box()
    assert box is not None
    width, height = site.size
    margin = _MARGIN * max(width, height)
    scale = min(box["width"] / (width + 2 * margin), (box["height"] - _LEGEND_PX) / (height + 2 * margin))
    x = 0.5 + scale * ((ax + bx) / 2 - width / 2) / box["width"]
    y = 0.5 - (scale * ((ay + by) / 2 - height / 2) + _LEGEND_PX / 2) / box["height"]
    draw(page, (x, y), (x, y))
