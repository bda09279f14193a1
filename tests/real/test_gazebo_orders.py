"""Orders delivered in Gazebo by the unmodified launch files, with the embedded navigation and with real Nav2."""

from __future__ import annotations

from typing import Any

import pytest

from tests.real.orders import Shift
from tests.real.real_support import Real

pytestmark = pytest.mark.gazebo
SHORT_WAYS = 8
"""A seed whose two orders take the least of the lab: 66 m and 130 s instead of 120 m and 180 s."""


def deliver(
    real: Real, *, site: str, robots: int, orders: int, seed: int, timeout: float, navigation: str = "embedded"
) -> dict[str, Any]:
    """Start Gazebo and a site server as a user does; return the report when all orders are delivered."""
    gazebo = real.launch("gazebo.launch.py", site=site, robots=robots, navigation=navigation, gui="false")
    what: dict[str, str | int] = {"site": site, "robots": robots, "orders": orders, "orders_per_hour": 240}
    return Shift(real, gazebo, "gazebo", seed=seed, **what).finish(timeout)


@pytest.mark.timeout(620)
def test_two_robots_deliver_in_the_lab(real: Real) -> None:
    figures = deliver(real, site="lab", robots=2, orders=2, seed=SHORT_WAYS, timeout=560.0)
    assert_delivered(figures, 2)


@pytest.mark.real_long
@pytest.mark.timeout(2800)
@pytest.mark.parametrize(("site", "robots", "orders"), [("lab", 2, 12), ("cai_cui", 4, 8)])
def test_a_fleet_delivers(site: str, robots: int, orders: int, real: Real) -> None:
    figures = deliver(real, site=site, robots=robots, orders=orders, seed=1, timeout=2700.0)
    assert_delivered(figures, orders)


@pytest.mark.nav2
@pytest.mark.real_long
@pytest.mark.timeout(2500)
def test_nav2_delivers_in_the_lab(real: Real) -> None:
    figures = deliver(real, site="lab", robots=2, orders=6, seed=1, timeout=2400.0, navigation="nav2")
    assert_delivered(figures, 6)


def assert_delivered(figures: dict[str, Any], orders: int) -> None:
    """All delivered, and by ground truth nobody touched anything and every load was given where it belongs."""
    assert (figures["orders_done"], figures["orders_failed"], figures["complete"]) == (orders, 0, True), figures
    assert (figures["collisions"], figures["loads_dropped"]) == (0, orders), figures
    assert figures["sensor_contacts"] == 0, f"{figures['sensor_contact_log']}; None: nobody counted"
    assert figures["distance_m"] > 5.0 * orders
    assert 0.0 <= figures["docking_offset_max_mm"] <= 20.0, figures
    assert 0.0 <= figures["docking_angle_max_deg"] <= 1.0, figures
    # The true pose is up to 0.1 s old when an estimate is compared with it: 0.1 m at 1 m/s are not the localiser's.
    assert 0.0 < figures["localisation_error_p95_m"] < 0.20, figures
