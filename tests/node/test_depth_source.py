"""Clouds of a depth camera as the navigation takes them: good ones count, rubbish is refused with a reason."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from sensor_msgs.msg import PointField

from amr_core.errors import AmrError
from amr_navigation.nodes.depth_source import cloud_from_msg
from amr_perception.nodes.depth_obstacles import cloud_to_msg

POINTS = np.array([(1.0, 0.5, 0.1), (2.0, -0.5, np.nan), (3.0, 0.0, 0.4)], dtype=np.float32)


def cloud() -> Any:
    from builtin_interfaces.msg import Time

    return cloud_to_msg(POINTS, Time(sec=1))


def test_what_perception_sends_arrives_without_what_is_no_number() -> None:
    assert np.allclose(cloud_from_msg("t", cloud()), POINTS[[0, 2]])
    assert cloud_from_msg("t", cloud_to_msg(POINTS[:0], cloud().header.stamp)).shape == (0, 3)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fields", []),
        (
            "fields",
            [PointField(name=n, offset=4 * k, datatype=PointField.FLOAT64, count=1) for k, n in enumerate("xyz")],
        ),
        ("point_step", 8),
        ("width", 4),
        ("width", 2**31),
        ("is_bigendian", sys.byteorder != "big"),
    ],
)
def test_rubbish_is_refused(field: str, value: Any) -> None:
    message = cloud()
    setattr(message, field, value)
    with pytest.raises(AmrError, match=r"message\.invalid"):
        cloud_from_msg("t", message)


def test_another_frame_is_refused() -> None:
    message = cloud()
    message.header.frame_id = "depth_camera_optical"
    with pytest.raises(AmrError, match="frame"):
        cloud_from_msg("t", message)
