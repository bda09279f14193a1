"""An initial pose is taken or refused with a line: nobody wonders why a robot is where it was."""

from __future__ import annotations

import math
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped

from amr_navigation.nodes.amcl_services import AmclServices
from amr_navigation.nodes.site_data import site_data


def amcl() -> tuple[AmclServices, MagicMock, MagicMock]:
    """Return the services of a robot in the lab, what they tell its navigator, and their log."""
    navigator, log = MagicMock(), MagicMock()
    core = SimpleNamespace(
        servers={"amcl": MagicMock()},
        navigator=navigator,
        site=site_data("lab"),
        node=SimpleNamespace(now=0.0, get_logger=lambda: log),
    )
    return AmclServices(core), navigator.set_initial_pose, log.warning  # type: ignore[arg-type]


def said(x: float, y: float, frame: str = "map") -> PoseWithCovarianceStamped:
    """Return a message with a pose (m) in a frame."""
    message = PoseWithCovarianceStamped()
    message.header.frame_id = frame
    message.pose.pose.position.x, message.pose.pose.position.y = x, y
    message.pose.pose.orientation.w = 1.0
    return message


@pytest.mark.parametrize("frame", ["map", "", "/map"])
def test_a_pose_on_the_map_is_taken(frame: str) -> None:
    services, taken, warned = amcl()
    services.set_pose(said(10.0, 4.0, frame))
    (pose, sigma), _ = taken.call_args
    assert (pose.x, pose.y, pose.theta) == (10.0, 4.0, 0.0)
    assert sigma == (0.2, 0.2, 0.1), "no covariance: Nav2's client leaves it out"
    warned.assert_not_called()


@pytest.mark.parametrize(
    ("message", "where"),
    [
        (said(200.0, 200.0), "(200.00, 200.00, 0.00) in map"),
        (said(10.0, 4.0, "odom"), "in odom"),
        (said(math.nan, 4.0), "(nan, 4.00"),
        (said(math.inf, 4.0), "(inf, 4.00"),
        (said(10.0, 4.0, "x" * 9999), "in " + "x" * 32 + " refused"),
    ],
)
def test_a_pose_that_cannot_be_is_refused_with_a_line(message: PoseWithCovarianceStamped, where: str) -> None:
    services, taken, warned = amcl()
    services.set_pose(message)
    taken.assert_not_called()
    (line,), _ = warned.call_args
    assert where in line
    assert "must be on the map" in line
