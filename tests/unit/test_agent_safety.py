"""What the fleet and people count on when they speak to an agent: standing, stops, cancels, poses, failed loads."""

from __future__ import annotations

import pytest

from amr_core.geometry import Pose2D
from amr_core.robots import LIFT_AMR
from amr_navigation.agent import model as m
from amr_navigation.agent.engine import AgentEngine


@pytest.mark.parametrize(
    ("v", "w", "driving"), [(0.3, 0.0, True), (-0.3, 0.0, True), (0.0, 0.5, True), (0.0, -0.5, True), (0.0, 0.0, False)]
)
def test_a_robot_that_backs_or_turns_either_way_says_that_it_drives(v: float, w: float, driving: bool) -> None:
    """The fleet cancels, relocalises and takes out only robots that stand."""
    engine = AgentEngine("r1", LIFT_AMR)
    pose = Pose2D(0.0, 0.0, 0.0)
    out = engine.step(1.0, [m.Battery(0.8, False), m.PoseUpdate(pose), m.Odometry(pose, v, w)])
    (report,) = [c.state for c in out if isinstance(c, m.PublishState)]
    assert (report.driving, report.v, report.w) == (driving, v, w)
