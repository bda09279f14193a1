"""Real Nav2 with the committed parameters and trees on the embedded simulator."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.real.real_support import Real

pytestmark = pytest.mark.nav2
CLIENT = str(Path(__file__).with_name("nav2_client.py"))
RTF = "0.25"
BEHIND_THE_BAY = ("10", "8", "3.14159")


@pytest.mark.timeout(440)
def test_a_robot_leaves_its_bay_and_arrives(real: Real) -> None:
    # Slower than a clock: a machine that cannot run Nav2's loops in time drives like a robot with a bad computer.
    robots = real.launch("sim.launch.py", site="lab", robots=1, navigation="nav2", respawn="false", rtf=RTF)
    client = real.start(sys.executable, CLIENT, "amr_01", *BEHIND_THE_BAY)
    code = client.wait(390.0)
    assert code == 0, f"{client.tail}\n{robots.tail}"
    figures = json.loads(client.words.strip().splitlines()[-1])
    assert figures["succeeded"], f"{figures}\n{robots.tail}"
    assert figures["off"] < 0.35, figures
    assert "Filter mask was not received" not in robots.words.split("Begin navigating")[-1]
    assert "CRITICAL FAILURE" not in robots.words, f"{figures}\n{robots.tail}"
