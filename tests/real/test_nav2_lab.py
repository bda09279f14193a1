"""Real Nav2 with the committed parameters in the lab, what takes minutes: stations, a blocked aisle, alone."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import pytest

from amr_core.site import load_site
from amr_sim.battery import CHARGE_DISTANCE
from tests.real import changed_site
from tests.real.nav2_asked import ABORTED, SUCCEEDED, ask
from tests.real.real_support import Program, Real
from tests.real.test_nav2_drive import RTF, assert_arrived

pytestmark = [pytest.mark.nav2, pytest.mark.real_long]
STACK_WEST, RACK_EAST = 5.6, 14.4
"""m: the outer ends of the two blocks between which the cross aisle lies."""
BLOCK = (10.0, 7.2)
"""m: across the cross aisle, seen from the bay."""
BLOCK_SOUTH = (10.0, 4.8)
WITHIN_THE_AISLE = ("10", "6", str(math.pi / 2))
GIVEN_UP, NO_WAY = 400, 208
"""s of wall time at rtf 0.5; nav2_msgs/action/ComputePathToPose's word that there is no path."""
GAP, AWAY, PAUSE = (10.65, 4.8), (6.5, 2.2), 20
"""m and s: where a person stands in the aisle's other end and away from it. After 11 simulated seconds Nav2 has found
both ends shut, after 30 and more it gives up (rtf 0.25)."""
OFF, OFF_CHARGER = 0.02, 0.6 * CHARGE_DISTANCE
"""m from where a robot is to stand, once it does: at a station what is asked of docking (4.8 to 15.3 mm were seen). At
a charger the way to its contacts counts, as in test_nav2_config.py: Nav2 1.3 sends no zero while it waits for the
charge, so a robot keeps its last speed for the smoother's velocity_timeout of 0.5 s, and longer on a busy machine
(3.6 to 11 mm were seen)."""


def off_limit(station: str) -> float:
    """Return how far (m) from a station or charger of the lab a robot may stand."""
    return OFF_CHARGER if station in {charger.id for charger in load_site("lab").chargers} else OFF


def assert_docked(figures: dict[str, Any], robots: Program) -> None:
    """Each visit: docked at the first try, off its place by little, left again; a charger charges, or Nav2 says 905."""
    sys.stdout.write(f"{figures}\n")
    for visit in figures["visits"]:
        assert (visit["status"], visit["code"], visit["retries"]) == (SUCCEEDED, 0, 0), f"{visit}\n{robots.tail}"
        assert (visit["left"]["status"], visit["left"]["code"]) == (SUCCEEDED, 0), f"{visit}\n{robots.tail}"
        # Measured once it stands: Nav2's docking ends docking_threshold before its place, while the robot still rolls.
        assert visit["off"] < off_limit(visit["station"]), visit
        assert visit["turn"] < 1.0, visit
    assert figures["collisions"] == 0, figures


@pytest.mark.timeout(1700)
def test_a_robot_docks_at_every_station_and_charger(real: Real) -> None:
    robots = real.launch("sim.launch.py", site="lab", robots=1, navigation="nav2", respawn="false", rtf="0.75")
    figures = ask(real, robots, "amr_01", "dock", "lab", within=1650.0)
    assert_docked(figures, robots)
    assert len(figures["visits"]) == 9


@pytest.mark.timeout(600)
def test_a_fork_robot_docks_at_a_charger_and_in_an_aisle(real: Real, tmp_path: Path) -> None:
    site = changed_site.copy(tmp_path)
    changed_site.only(site, "amr_01", "fork_robot")
    robots = real.launch("sim.launch.py", site=str(site), robots=1, navigation="nav2", respawn="false", rtf="0.75")
    figures = ask(real, robots, "amr_01", "dock", str(site), "CH1", "A1_1", within=560.0)
    assert_docked(figures, robots)
    assert len(figures["visits"]) == 2


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
    west, east = figures["xs"]
    assert west < STACK_WEST or east > RACK_EAST, f"it went around one of the two blocks of the hall: {figures}"
    assert figures["collisions"] == 0, figures


@pytest.mark.timeout(900)
def test_an_aisle_closed_at_both_ends_is_given_up(real: Real, tmp_path: Path) -> None:
    """Found shut at one end, then at the other: Nav2 forgot the first each time, and drove to and fro for ever."""
    site = changed_site.copy(tmp_path)
    changed_site.put(site, "fallen", *BLOCK, (2.7, 0.4, 1.0))
    changed_site.put(site, "fallen_too", *BLOCK_SOUTH, (2.7, 0.4, 1.0))
    arguments: dict[str, str | int]
    arguments = {"site": str(site), "robots": 1, "navigation": "nav2", "respawn": "false", "rtf": "0.5"}
    robots = real.launch("sim.launch.py", **arguments)
    figures = ask(real, robots, "amr_01", "drive", *WITHIN_THE_AISLE, str(GIVEN_UP), within=850.0)
    sys.stdout.write(f"{figures}\n")
    assert (figures["status"], figures["code"]) == (ABORTED, NO_WAY), f"{figures}\n{robots.tail}"
    assert figures["recoveries"] <= 8, figures
    assert figures["speed"] < 0.01, f"it stands: {figures}"
    assert figures["collisions"] == 0, figures


@pytest.mark.timeout(900)
def test_a_closed_aisle_that_opens_again_is_driven_into(real: Real, tmp_path: Path) -> None:
    """Somebody stands in what is left of the other end, and walks off when both ends have been found shut."""
    site = changed_site.copy(tmp_path)
    changed_site.put(site, "fallen", *BLOCK, (2.7, 0.4, 1.0))
    changed_site.put(site, "fallen_too", 9.05, 4.8, (1.3, 0.4, 1.0))
    changed_site.walk(site, "person_01", [GAP, AWAY], PAUSE)
    arguments: dict[str, str | int]
    arguments = {"site": str(site), "robots": 1, "navigation": "nav2", "respawn": "false", "rtf": RTF}
    robots = real.launch("sim.launch.py", **arguments)
    gap, goal = map(str, GAP), ("10.4", "6", str(math.pi / 2))
    figures = ask(real, robots, "amr_01", "opens", "person_01", *gap, *goal, within=850.0)
    sys.stdout.write(f"{figures}\n")
    assert_arrived(figures, robots)
    assert figures["recoveries"] >= 1, f"both ends were shut: {figures}"
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
    assert visit["off"] < OFF, visit
    assert figures["collisions"] == 0, figures
