"""SIGSTOP of the fleet process while a robot drives: the robot stops soon, at a node, and goes on with the fleet."""

from __future__ import annotations

import json
import math
import os
import signal
import time
from typing import Any

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from tests.waiting import until

pytestmark = pytest.mark.timeout(400)
"""s: longer than the waits below, which are for a machine that is full of other work."""

FARTHEST_M = 6.0
"""3 s without a beat at 1 m/s, then to the next node where it can brake: nodes are 2 m apart. It was 7.3 m before."""


class Truth:
    """Where the simulator says that the one robot is, by its note."""

    def __init__(self, run: Any) -> None:
        self._note = run.folder / "state" / "floor.json"

    def look(self) -> tuple[float, float, tuple[float, float]]:
        """Return the simulated time (s), how far it has driven (m) and where it is (m, map frame)."""
        floor = json.loads(self._note.read_text(encoding="utf-8"))
        (robot,) = floor["robots"]
        return floor["time"], robot["distance"], (robot["pose"][0], robot["pose"][1])

    def drives(self) -> bool:
        """Return whether it drives fast, on a lane."""
        if not self._note.is_file():
            return False
        before = self.look()
        time.sleep(0.5)
        after = self.look()
        return after[0] > before[0] and (after[1] - before[1]) / (after[0] - before[0]) > 0.7

    def stands(self) -> bool:
        """Return whether it has not moved for 4 simulated s; the simulator waits for a stopped process, and goes on."""
        before = self.look()
        if not until(lambda: self.look()[0] > before[0] + 4.0):
            return False
        return abs(self.look()[1] - before[1]) < 0.01


def test_a_robot_whose_fleet_is_stopped_stands_at_the_next_node_and_goes_on_with_it(start_amr: Any) -> None:
    run = start_amr(
        "run", "--site", "lab", "--robots", "1", "--orders", "1", "--seed", "2", "--headless", "--report", "REPORT"
    )  # fmt: skip
    truth = Truth(run)
    run.wait_for(truth.drives, 100, "a robot that drives")
    at, driven, _ = truth.look()
    fleet = run.pids["fleet"]
    os.kill(fleet, signal.SIGSTOP)
    try:
        run.wait_for(truth.stands, 100, "a robot that stands")
        later, farther, place = truth.look()
    finally:
        os.kill(fleet, signal.SIGCONT)
    assert 1.0 < farther - driven < FARTHEST_M, f"in {later - at:.1f} s simulated"
    nodes = build_roadmap(load_site("lab")).nodes
    assert min(math.dist(place, (node.x, node.y)) for node in nodes.values()) < 0.3
    assert run.wait(300) == 0, run.words()
    assert (run.report["orders_done"], run.report["collisions"]) == (1, 0)
