"""Real Nav2 with the committed parameters and trees on the embedded simulator."""

from __future__ import annotations

import pytest

from tests.real.nav2_asked import SUCCEEDED, ask
from tests.real.real_support import Real

pytestmark = pytest.mark.nav2
RTF = "0.25"
BEHIND_THE_BAY = ("10", "8", "3.14159")


@pytest.mark.timeout(440)
def test_a_robot_leaves_its_bay_and_arrives(real: Real) -> None:
    # Slower than a clock: a machine that cannot run Nav2's loops in time drives like a robot with a bad computer.
    robots = real.launch("sim.launch.py", site="lab", robots=1, navigation="nav2", respawn="false", rtf=RTF)
    figures = ask(real, robots, "amr_01", "drive", *BEHIND_THE_BAY, within=390.0)
    assert (figures["status"], figures["code"]) == (SUCCEEDED, 0), f"{figures}\n{robots.tail}"
    assert figures["off"] < 0.35, figures
    assert figures["collisions"] == 0, figures
    assert "Filter mask was not received" not in robots.words.split("Begin navigating")[-1]
    assert "CRITICAL FAILURE" not in robots.words, f"{figures}\n{robots.tail}"
