"""A robot that starts in the laboratory with what was noted or assumed, and how far off its pose is of the truth."""

from __future__ import annotations

import math

from amr_core.geometry import Pose2D
from amr_core.site import load_site
from amr_lab.trial.hall import Hall
from amr_navigation.localization.start import Hypothesis

LAB = load_site("lab")
BAY = Pose2D(*LAB.parking[0].pose)
LANE = Pose2D(12.0, 4.0, 0.0)
TWIN = Pose2D(8.0, 8.0, math.pi)
"""Where the lab looks nearly the same as from LANE: it is point-symmetric but for small things."""


def started(hypotheses: list[Hypothesis], truth: Pose2D = LANE, seconds: float = 6.0) -> Hall:
    hall = Hall("lab", [truth], seed=1, eyes=False)
    hall.drivers[0].nav.localizer.start_from(hypotheses)
    hall.run(seconds)
    return hall


def off(hall: Hall) -> float:
    pose = hall.drivers[0].nav.pose
    assert pose is not None
    x, y = hall.sim.bases.state[0, :2]
    return math.hypot(pose.x - x, pose.y - y)
