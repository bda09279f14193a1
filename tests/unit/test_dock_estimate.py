"""Where a dock is: the map, the robot's own pose and pictures, each for what it is worth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from amr_core.geometry import Pose2D, compose, relative
from amr_core.site.v_dock import MARKER_AHEAD
from amr_navigation.docking.estimate import DockEstimate
from amr_navigation.motion import DockDetection

DOCK = Pose2D(4.0, 2.0, 1.2)
BASE = compose(DOCK, Pose2D(-1.5, 0.02, 0.01))


def detection(dock: Pose2D, turned: float = 0.0) -> DockDetection:
    """What is seen from BASE of a target at a dock; turned: the error of its heading (rad)."""
    seen = relative(BASE, compose(dock, Pose2D(MARKER_AHEAD, 0.0, 0.0)))
    return DockDetection(0.0, seen.x, seen.y, seen.theta + turned, base=BASE)


def turned(pose: Pose2D) -> float:
    return abs(math.degrees(pose.theta - DOCK.theta))


def test_a_pose_that_gets_better_on_the_way_puts_the_heading_right() -> None:
    estimate = DockEstimate(compose(DOCK, Pose2D(0.0, 0.0, 0.02)))
    for _ in range(8):
        estimate.add(detection(DOCK))
        estimate.expect(DOCK)
    assert turned(estimate.pose()) < 0.1
    assert math.dist(estimate.pose()[:2], DOCK[:2]) < 0.003


def test_pictures_that_scatter_turn_no_robot() -> None:
    """The mean of what a tag of a few pixels says is off by a degree, as was seen in Gazebo."""
    rng = np.random.default_rng(5)
    estimate = DockEstimate(DOCK)
    for _ in range(60):
        estimate.expect(DOCK)
        estimate.add(detection(DOCK, turned=float(rng.normal(math.radians(1.0), math.radians(2.0)))))
    assert turned(estimate.pose()) < 0.4


@pytest.mark.parametrize("angle", [2.0, -2.5])
def test_what_stands_askew_is_docked_to_as_it_stands(angle: float) -> None:
    askew = compose(DOCK, Pose2D(0.03, -0.05, math.radians(angle)))
    rng = np.random.default_rng(3)
    estimate = DockEstimate(DOCK)
    for _ in range(200):
        estimate.expect(DOCK)
        estimate.add(detection(askew, turned=float(rng.normal(0.0, 0.005))))
    off = relative(askew, estimate.pose())
    assert abs(math.degrees(off.theta)) < 0.4
    assert math.hypot(off.x, off.y) < 0.01


def test_a_drift_of_odometry_is_no_turn_of_the_dock() -> None:
    estimate, drift = DockEstimate(DOCK), 0.0
    for _ in range(100):
        drift += 0.0005
        slipped = Pose2D(DOCK.x, DOCK.y, DOCK.theta + drift)
        estimate.expect(slipped)
        seen = compose(slipped, Pose2D(MARKER_AHEAD, 0.0, 0.0))
        estimate.add(DockDetection(0.0, *relative(BASE, seen), base=BASE))
    assert abs(math.degrees(estimate.pose().theta - DOCK.theta - drift)) < 0.4
