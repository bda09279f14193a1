"""What is compiled before robots drive is what they drive with."""

from __future__ import annotations

import pytest

from amr_core.geometry import Pose2D
from amr_navigation.costmap.body import Body
from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.nodes.site_data import site_data
from amr_navigation.planning import choice
from amr_navigation.planning.planner import GlobalPlanner, Plan
from amr_navigation.warmup import warm_up


def test_the_planner_of_a_site_is_warmed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its kernels took 1.8 s of the first robot that planned, when another planner was the one that was compiled."""
    planned: list[GlobalPlanner] = []

    class Counted(GlobalPlanner):
        def plan(self, start: Pose2D, goal: Pose2D, body: Body, local: DistanceGrid | None = None) -> Plan:
            planned.append(self)
            return super().plan(start, goal, body, local)

    monkeypatch.setattr(choice, "make_planner", Counted)
    warm_up()
    assert planned
    assert isinstance(site_data.__wrapped__("lab").planner, Counted)
