"""The map of a house with two floors: one at a time, robots elsewhere are told, the lift is drawn and said."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amr_core.site import load_site
from amr_fleet.api import server
from amr_fleet.api.users import UserStore
from amr_fleet.peripherals import LiftView
from amr_fleet.ports import FleetSnapshot
from tests.api.fake_fleet import FakeFleet
from tests.e2e.e2e_support import Dashboard, fits, shot_both, shot_themes
from tests.e2e.serving import PATIENCE_S

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
_PLACES = {"amr_01": (7.0, 4.0), "amr_02": (9.0, 20.0)}
_INK = """() => { const c = document.querySelector('[data-testid=map-live]');
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;
  for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; }"""


class TwoFloors(FakeFleet):
    """One robot on each floor; the lift stands open above for the upper one."""

    def __init__(self) -> None:
        super().__init__(robots=2)
        self.lift = LiftView(
            lift_id="lift_1", level="upper", door="OPEN", moving=False, mode="AGV", robot="amr_02", dead=False
        )

    def snapshot(self) -> FleetSnapshot:
        """Return the robots on their floors."""
        now = super().snapshot()
        robots = tuple(
            replace(r, x=_PLACES[r.name][0], y=_PLACES[r.name][1], path=(), base=(), order_id="") for r in now.robots
        )
        return replace(now, robots=robots, lifts=(self.lift,))


@pytest.fixture
def house(tmp_path: Path, accounts: Path) -> Iterator[Dashboard]:
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    fleet = TwoFloors()
    handle = server.start(fleet, load_site("two_floor"), port_number=0, users=users, answer_seconds=PATIENCE_S)
    yield Dashboard(handle.url, fleet, tmp_path)
    handle.stop()
    users.close()


def test_the_map_shows_one_floor_at_a_time_and_says_who_is_on_the_other(page: Page, house: Dashboard) -> None:
    house.open(page)
    floors = page.get_by_role("group", name="Tầng trên bản đồ")
    ground, upper = (floors.get_by_role("button", name=name) for name in ("Tầng trệt", "Tầng 1"))
    expect(ground).to_have_attribute("aria-pressed", "true")
    expect(ground).to_contain_text("AMR-01")
    expect(upper).to_contain_text("AMR-02")
    expect(page.locator(".floor-lift")).to_have_text("Thang máy 1: Tầng 1, cửa mở · AMR-02")
    shot_themes(page, "floors", both=True)
    upper.click()
    expect(upper).to_have_attribute("aria-pressed", "true")
    page.wait_for_function(f"({_INK})() > 0")  # the next frame draws it
    assert fits(page)
    shot_both(page, "floors-upper")


def test_a_robot_that_is_chosen_is_shown_on_its_floor_and_a_dead_lift_stands_out(phone: Page, house: Dashboard) -> None:
    fleet = house.fleet
    assert isinstance(fleet, TwoFloors)
    fleet.lift = replace(fleet.lift, mode="FIRE", dead=True, robot="")
    house.open(phone)
    expect(phone.locator(".floor-lift-dead")).to_have_text("Thang máy 1: Tầng 1, báo cháy")
    phone.get_by_role("group", name="Tầng trên bản đồ").get_by_role("button", name="Tầng 1").click()
    assert fits(phone)


def test_a_site_with_one_floor_has_no_switch(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page)
    expect(page.get_by_test_id("map-live")).to_be_visible()
    assert page.locator(".floors").count() == 0
