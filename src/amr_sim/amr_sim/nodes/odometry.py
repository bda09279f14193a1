"""How sure wheel odometry says it is: the same in both simulators."""

from __future__ import annotations

from typing import Any

VARIANCE = {0: 1e-3, 7: 1e-3, 35: 1e-3}
"""Variance of x, y (m^2) and yaw (rad^2) in the 6 x 6 covariances of nav_msgs/Odometry."""


def state_variance(message: Any) -> None:
    """Fill in the covariances of an odometry message: Gazebo's are all 0, which filters read as perfect."""
    for index, variance in VARIANCE.items():
        message.pose.covariance[index] = variance
        message.twist.covariance[index] = variance
