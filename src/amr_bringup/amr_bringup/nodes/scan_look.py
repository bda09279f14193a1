"""Listens to a robot's lidars for a few seconds, for `amr doctor robot`."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import LaserScan

from amr_bringup.doctor_scans import LISTEN_S, HeardScan, scan_of
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.host import ProcessHost


def listen(
    robot: str, lidars: Sequence[str], domain: int | None, seconds: float = LISTEN_S
) -> dict[str, list[HeardScan]]:
    """Return the scans of each lidar that came, by topic. domain: ROS's, None: that of the environment."""
    found: dict[str, list[HeardScan]] = {f"/{robot}/scan_{lidar}": [] for lidar in lidars}

    def take(topic: str, message: Any) -> None:
        found[topic].append(scan_of(message, time.time(), from_stamp(message.header.stamp)))

    with ProcessHost(participant="doctor", sim_time=False, domain_id=domain) as host:
        node = Node(
            f"doctor_{os.getpid()}", context=host.context, enable_rosout=False, start_parameter_services=False,
            use_global_arguments=False,
        )  # fmt: skip
        host.adopt(node)
        for topic in found:
            node.create_subscription(LaserScan, topic, partial(take, topic), qos.SENSOR)
        host.spin_until(lambda: False, seconds)
    return found
