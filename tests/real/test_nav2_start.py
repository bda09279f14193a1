"""robot.launch.py with real Nav2: every server of every robot type configures and activates."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.real.nav2_asked import ask
from tests.real.real_support import Program, Real

pytestmark = pytest.mark.nav2
DRIVERS = str(Path(__file__).with_name("standing.launch.py"))
LONG = pytest.mark.real_long


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    ("site", "robot"),
    [
        pytest.param("lab", "amr_01", marks=LONG, id="lab-lift_amr"),
        pytest.param("lab", "amr_02", marks=LONG, id="lab-fork_robot"),
        pytest.param("cai_cui", "amr_01", marks=LONG, id="cai_cui-lift_amr"),
        pytest.param("cai_cui", "amr_04", id="cai_cui-fork_robot"),
    ],
)
def test_every_server_is_active(site: str, robot: str, real: Real) -> None:
    robots = real.launch("robot.launch.py", site=site, robot=robot, drivers=DRIVERS, respawn="false")
    figures = ask(real, robots, robot, "active", within=150.0)
    assert figures["active_after"] > 0.0
    for word in ("CRITICAL FAILURE", "Failed to change state"):
        assert word not in robots.words, robots.tail
    assert _masks_arrived(robots), robots.tail


def _masks_arrived(robots: Program) -> bool:
    """Return whether there comes a time without a costmap's complaint about its mask: it makes one at each update."""
    end = time.monotonic() + 20.0
    while time.monotonic() < end:
        before = len(robots.words)
        time.sleep(2.0)
        if "was not received" not in robots.words[before:]:
            return True
    return False
