"""Orders of the fleet, delivered by the agent over real Nav2 on the embedded simulator."""

from __future__ import annotations

import pytest

from tests.real.orders import Shift
from tests.real.real_support import Real

pytestmark = pytest.mark.nav2


@pytest.mark.real_long
@pytest.mark.timeout(700)
def test_one_robot_delivers_in_the_lab(real: Real) -> None:
    robots = real.launch("sim.launch.py", site="lab", robots=1, navigation="nav2")
    figures = Shift(real, robots, "sim", site="lab", robots=1, orders=2, orders_per_hour=240).finish(650.0)
    assert (figures["orders_done"], figures["orders_failed"], figures["complete"]) == (2, 0, True), figures
    assert figures["collisions"] == 0, figures
