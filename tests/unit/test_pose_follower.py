"""The pose between two corrections, when the odometry does what it should not."""

from __future__ import annotations

import math

import pytest

from amr_core.geometry import Pose2D
from amr_core.pose_follower import PoseFollower, wheels_leap


def test_a_base_that_counts_from_zero_again_moves_no_pose() -> None:
    """Found by `amr bench kills --ros`: a robot said "localized" 12 m off for a moment after its base was restarted."""
    follower = PoseFollower()
    follower.on_odom(1.0, Pose2D(7.0, -3.0, 1.0))
    follower.on_correction(1.0, Pose2D(2.0, 5.0, 0.5))
    for stamp in (1.15, 1.2):
        follower.on_odom(stamp, Pose2D(0.0, 0.0, 0.0))
        assert follower.pose() == pytest.approx(Pose2D(2.0, 5.0, 0.5))
    follower.on_odom(1.3, Pose2D(0.1, 0.0, 0.0))
    assert follower.pose() == pytest.approx(Pose2D(2.0 + 0.1 * math.cos(0.5), 5.0 + 0.1 * math.sin(0.5), 0.5))
    follower.on_correction(1.3, Pose2D(3.0, 5.0, 0.0))
    assert follower.pose() == pytest.approx(Pose2D(3.0, 5.0, 0.0))


def test_before_the_first_correction_there_is_no_pose_to_keep() -> None:
    follower = PoseFollower()
    follower.on_odom(1.0, Pose2D(7.0, -3.0, 1.0))
    follower.on_odom(1.1, Pose2D(0.0, 0.0, 0.0))
    assert follower.pose() is None


def test_what_a_robot_can_drive_is_no_leap() -> None:
    here = Pose2D(1.0, 1.0, 3.1)
    assert not wheels_leap(1.0, here, 1.05, Pose2D(1.1, 1.0, -3.1))
    assert not wheels_leap(1.0, here, 3.0, Pose2D(4.0, 1.0, 0.0))
    assert wheels_leap(1.0, here, 1.05, Pose2D(1.3, 1.0, 3.1))
    assert wheels_leap(1.0, here, 1.05, Pose2D(1.0, 1.0, 2.7))


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        ((0.3, 0.0, 0.0), (0.0, 0.0, 0.0), True),
        ((0.0, 0.0, 0.04), (0.0, 0.0, 0.0), True),
        ((0.3, 0.2, 0.4), (0.004, 0.0, -0.003), True),
        ((0.04, 0.0, 0.0), (0.0, 0.0, 0.0), False),
        ((0.0, 0.0, 0.0), (0.06, 0.0, 0.0), False),
        ((0.3, 0.2, 0.4), (0.32, 0.2, 0.4), False),
    ],
)
def test_a_base_back_at_zero_counts_anew_however_little_it_had_counted(
    before: tuple[float, float, float], after: tuple[float, float, float], *, new: bool
) -> None:
    for gap in (0.1, 1.5):
        assert wheels_leap(1.0, Pose2D(*before), 1.0 + gap, Pose2D(*after)) == new
