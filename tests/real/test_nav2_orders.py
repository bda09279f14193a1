"""Orders of the fleet, delivered by the agent over real Nav2 on the embedded simulator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.real.real_support import Real

pytestmark = pytest.mark.nav2


@pytest.mark.real_long
@pytest.mark.timeout(700)
def test_one_robot_delivers_in_the_lab(real: Real) -> None:
    report = real.folder / "report.json"
    robots = real.launch("sim.launch.py", site="lab", robots=1, navigation="nav2")
    what: dict[str, str | int] = {"site": "lab", "robots": 1, "orders": 2, "orders_per_hour": 240}
    where = {"database": str(real.folder / "journal.sqlite3"), "report_file": str(report)}
    server = real.launch("site.launch.py", mode="sim", port=0, **what, **where)

    def done() -> bool:
        assert robots.process.poll() is None, robots.tail
        return report.is_file()

    server.wait_for(done, 650.0, "2 orders")
    figures: dict[str, Any] = json.loads(report.read_text())
    assert (figures["orders_done"], figures["orders_failed"], figures["complete"]) == (2, 0, True), figures
    assert figures["collisions"] == 0, figures
