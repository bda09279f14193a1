"""Orders of the fleet, delivered by the agents over real Nav2 on the embedded simulator."""

from __future__ import annotations

from typing import Any

import pytest

from tests.real.orders import Shift
from tests.real.real_support import Real

pytestmark = pytest.mark.nav2
RTF = "0.5"
"""Slower than a clock: two robots' Nav2 need more than two shared cores in real time."""


def deliver(real: Real, *, robots: int, orders: int, seed: int, timeout: float) -> dict[str, Any]:
    """Start robots in the lab over real Nav2, and a site server; return the report when all orders have ended."""
    base = real.launch("sim.launch.py", site="lab", robots=robots, navigation="nav2", rtf=RTF)
    what: dict[str, str | int] = {"site": "lab", "robots": robots, "orders": orders, "seed": seed}
    return Shift(real, base, "sim", orders_per_hour=240, **what).finish(timeout)


@pytest.mark.real_long
@pytest.mark.timeout(4300)
def test_two_robots_deliver_in_the_lab(real: Real) -> None:
    assert_delivered(deliver(real, robots=2, orders=12, seed=1, timeout=4200.0), 12)


def assert_delivered(figures: dict[str, Any], orders: int) -> None:
    """All delivered, and by ground truth nobody touched anything."""
    assert (figures["orders_done"], figures["orders_failed"], figures["complete"]) == (orders, 0, True), figures
    assert figures["collisions"] == 0, figures
