"""A program of a reader, plain rclpy, sees a robot and sends it somewhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from amr_core.site import load_site

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "send_goal.py"


def test_reader_drives_a_robot(start_amr: Any) -> None:
    site = load_site("lab")
    robot = site.fleet[0]
    bay = next(b for b in site.parking if b.id == robot.parking)
    lane = next(x for x in site.lanes if x.id == bay.lane)
    goal = lane.points[1]
    run = start_amr("demo", "--site", "lab", "--orders-per-hour", "0", "--port", "18471")
    run.wait_for(lambda: "ROS_DOMAIN_ID=" in run.output.read_text(), 60, "the ROS domain")
    domain = re.search(r"ROS_DOMAIN_ID=(\d+)", run.output.read_text())
    assert domain is not None
    environment = {**os.environ, "ROS_DOMAIN_ID": domain[1], "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    arguments = [robot.name, str(goal[0]), str(goal[1]), "0.0"]
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr + run.words()
    assert "arrived" in done.stdout
    assert json.loads((run.folder / "state" / "ready.json").read_text())["url"].startswith("http://127.0.0.1:")
