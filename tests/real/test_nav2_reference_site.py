"""Real Nav2 in the reference site: on the embedded simulator a fork robot drives, in Gazebo every server comes up."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.real import changed_site
from tests.real.nav2_asked import ask
from tests.real.real_support import Real
from tests.real.test_nav2_drive import assert_arrived

pytestmark = [pytest.mark.nav2, pytest.mark.real_long]
ROBOT, BAY = "amr_04", "P04"
GOAL = ("20.0", "41.3", "3.14159")
"""On the lane before the bay, whose nose looks to the wall, headed as the lane goes."""


@pytest.mark.timeout(700)
def test_a_fork_robot_drives_to_a_goal(real: Real, tmp_path: Path) -> None:
    site = changed_site.copy(tmp_path, "cai_cui")
    changed_site.only(site, ROBOT, "fork_robot", BAY)
    robots = real.launch("sim.launch.py", site=str(site), robots=1, navigation="nav2", respawn="false", rtf="0.5")
    figures = ask(real, robots, ROBOT, "drive", *GOAL, within=650.0)
    sys.stdout.write(f"{figures}\n")
    assert_arrived(figures, robots)
    assert figures["collisions"] == 0, figures


@pytest.mark.gazebo
@pytest.mark.timeout(500)
@pytest.mark.parametrize("kind", ["lift_amr", "fork_robot"])
def test_every_server_is_active_in_gazebo(kind: str, real: Real, tmp_path: Path) -> None:
    site = changed_site.copy(tmp_path, "cai_cui")
    changed_site.only(site, ROBOT, kind, BAY)
    robots = real.launch("gazebo.launch.py", site=str(site), robots=1, navigation="nav2", gui="false")
    figures = ask(real, robots, ROBOT, "active", within=450.0)
    sys.stdout.write(f"{figures}\n")
    assert figures["active_after"] > 0.0
    for word in ("CRITICAL FAILURE", "Failed to change state", "process has died"):
        assert word not in robots.words, robots.tail
