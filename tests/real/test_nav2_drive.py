"""Real Nav2 with the committed parameters and trees on the embedded simulator."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.real import changed_site
from tests.real.nav2_asked import SUCCEEDED, ask
from tests.real.real_support import Program, Real

pytestmark = pytest.mark.nav2
RTF = "0.25"
BEHIND_THE_BAY = ("10", "8", "3.14159")
BOX = (7.9, 8.3)
"""m: 0.12 m high, below the lidars, ahead of a robot that stands behind the bay."""
PERSON = (7.2, 8.0)
SLOW, SLOW_SPEED = (10.8, 6.8, 12.9, 10.6), 0.5
"""m and m/s: a speed zone across the way from the bay."""
STOP, APPROACH = 1, 3
"""nav2_msgs/msg/CollisionMonitorState."""


def assert_arrived(figures: dict[str, object], robots: Program) -> None:
    assert (figures["status"], figures["code"]) == (SUCCEEDED, 0), f"{figures}\n{robots.tail}"
    assert float(str(figures["off"])) < 0.35, figures


@pytest.mark.timeout(520)
def test_a_robot_leaves_its_bay_sees_what_it_must_and_stops_for_a_person(real: Real, tmp_path: Path) -> None:
    """One start of Nav2 for all of it: the drive, the masks, the depth camera, the collision monitor."""
    site = changed_site.copy(tmp_path)
    changed_site.slow(site, SLOW, SLOW_SPEED)
    changed_site.put(site, "low_box", *BOX, (0.3, 0.3, 0.12))
    changed_site.stand(site, "person_01", *PERSON)
    # Slower than a clock: a machine that cannot run Nav2's loops in time drives like a robot with a bad computer.
    arguments: dict[str, str | int]
    arguments = {"site": str(site), "robots": 1, "navigation": "nav2", "depth": "true", "respawn": "false", "rtf": RTF}
    robots = real.launch("sim.launch.py", **arguments)
    numbers = (*BEHIND_THE_BAY, *map(str, BOX), "person_01")
    figures = ask(real, robots, "amr_01", "stand", *numbers, within=470.0)
    sys.stdout.write(f"{figures}\n")
    assert_arrived(figures["drive"], robots)
    zone = figures["zone"]
    assert zone["limits"][0] == [0.0, SLOW_SPEED], zone
    assert zone["measured"] > 10, zone
    assert zone["within"] < 1.15 * SLOW_SPEED, zone
    assert zone["before"] > 1.3 * SLOW_SPEED, zone
    keepout, monitor = figures["keepout"], figures["monitor"]
    assert (keepout["heard"], keepout["type"]) == (True, 0), keepout
    assert keepout["lethal"] == keepout["forbidden"] > 100, keepout
    assert keepout["within"]["status"] != SUCCEEDED, keepout
    assert (keepout["beside"]["status"], keepout["beside"]["masked"]) == (SUCCEEDED, 0), keepout
    assert figures["depth"], "a box below the lidars is in the global costmap"
    assert figures["depth_local"], "and in the local one, which the controller and its collision checks drive by"
    assert monitor["moved"], monitor
    assert monitor["stopped"], monitor
    assert {STOP, APPROACH} & set(monitor["actions"]), monitor
    assert monitor["fastest"] > 0.4, monitor
    assert monitor["ahead"] > 0.675 + 0.2 + 0.1, "the front of the robot did not reach the person"
    assert figures["collisions"] == 0, figures
    assert "Filter mask was not received" not in robots.words.split("Begin navigating")[-1]
    assert "CRITICAL FAILURE" not in robots.words, f"{figures}\n{robots.tail}"
