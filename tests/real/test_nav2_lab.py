"""Real Nav2 with the committed parameters in the lab, what takes minutes: stations, a blocked aisle, alone."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.real import changed_site
from tests.real.nav2_asked import SUCCEEDED, ask
from tests.real.real_support import Real
from tests.real.test_nav2_drive import RTF, assert_arrived

pytestmark = [pytest.mark.nav2, pytest.mark.real_long]
BLOCK = (10.0, 7.2)
"""m: across the cross aisle, seen from the bay."""


@pytest.mark.timeout(1700)
def test_a_robot_docks_at_every_station(real: Real) -> None:
    robots = real.launch("sim.launch.py", site="lab", robots=1, navigation="nav2", respawn="false", rtf="0.75")
    figures = ask(real, robots, "amr_01", "dock", "lab", within=1650.0)
    for visit in figures["visits"]:
        assert (visit["status"], visit["code"]) == (SUCCEEDED, 0), f"{visit}\n{robots.tail}"
        assert (visit["left"]["status"], visit["left"]["code"]) == (SUCCEEDED, 0), f"{visit}\n{robots.tail}"
        # Measured once it stands: Nav2's docking ends 0.025 m (docking_threshold) before, while the robot still rolls.
        # A control loop that a busy machine delays by a fifth of a second costs 30 mm.
        assert visit["off"] < 0.06, visit
        assert visit["turn"] < 1.0, visit
    assert len(figures["visits"]) == 8
    assert sorted(visit["off"] for visit in figures["visits"])[4] < 0.02, figures
    assert figures["collisions"] == 0, figures


@pytest.mark.timeout(900)
def test_a_blocked_aisle_is_gone_around(real: Real, tmp_path: Path) -> None:
    """The only straight way is the cross aisle; across it lies what no map has, seen when the robot is on its way."""
    site = changed_site.copy(tmp_path)
    changed_site.put(site, "fallen", *BLOCK, (2.7, 0.4, 1.0))
    arguments: dict[str, str | int]
    arguments = {"site": str(site), "robots": 1, "navigation": "nav2", "respawn": "false", "rtf": RTF}
    robots = real.launch("sim.launch.py", **arguments)
    figures = ask(real, robots, "amr_01", "drive", "10", "4", str(-math.pi / 2), within=850.0)
    assert_arrived(figures, robots)
    assert figures["collisions"] == 0, figures


@pytest.mark.timeout(400)
def test_one_robot_by_itself_on_wall_time(real: Real) -> None:
    """robot.launch.py as on a robot, with the embedded simulator as its base: a drive, a station, and out of it."""
    what = {"site": "lab", "robot": "amr_01", "base": "simulated", "navigation": "nav2", "uplink": "ros"}
    robots = real.launch("robot.launch.py", respawn="false", **what)
    figures = ask(real, robots, "amr_01", "dock", "lab", "A1_1", within=350.0)
    (visit,) = figures["visits"]
    assert (visit["status"], visit["code"]) == (SUCCEEDED, 0), f"{visit}\n{robots.tail}"
    assert (visit["left"]["status"], visit["left"]["code"]) == (SUCCEEDED, 0), f"{visit}\n{robots.tail}"
    assert visit["off"] < 0.06, visit
    assert figures["collisions"] == 0, figures
