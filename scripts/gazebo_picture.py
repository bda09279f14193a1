"""Make docs/screens/gazebo-lab.png: what a fixed camera in Gazebo sees of the lab while its robots work.

Needs the real Gazebo (tests/real/README.md); takes one to three minutes.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from nav_msgs.msg import Odometry
from sensor_msgs.msg import Image

from amr_core.cameras import fixed_view
from amr_core.geometry import Pose2D
from amr_core.site import load_site
from tests.real.gazebo_client import GazeboClient, planar
from tests.real.real_support import Real

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "screens" / "gazebo-lab.png"
ROBOTS = ("amr_01", "amr_02")


PATIENCE = 240.0
"""Seconds of the simulation after which a picture with one robot is good enough."""


def in_view(pose: Pose2D) -> bool:
    """Whether a robot is well inside the picture of the lab's camera."""
    view = fixed_view(load_site("lab").cameras[0])
    u, v, ahead = view.floor_to_picture @ np.array([pose.x, pose.y, 1.0])
    hidden = pose.y < 6.8 and abs(pose.x - 10.0) > 1.3  # behind the stack or the rack
    return bool(not hidden and ahead > 0 and 60 < u / ahead < view.width - 60 and 60 < v / ahead < view.height - 40)


def main() -> None:
    """Start everything, wait for the robots to come into the picture, keep it."""
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    real = Real(Path(tempfile.mkdtemp(prefix="amr-picture-")))
    try:
        gazebo = real.launch("gazebo.launch.py", site="lab", robots=2, navigation="embedded", gui="false")
        real.launch(
            "site.launch.py", mode="gazebo", site="lab", robots=2, orders=6, orders_per_hour=240, port=0,
            database=":memory:",
        )  # fmt: skip
        client = GazeboClient(real.domain, gazebo)
        pictures: list[Any] = client.listen(Image, "/cameras/C01/image_raw")
        poses = {robot: client.listen(Odometry, f"/{robot}/base/pose") for robot in ROBOTS}

        best: list[Any] = []
        most = 0

        def enough() -> bool:
            nonlocal most
            del pictures[:-1]
            seen = sum(bool(p) and in_view(planar(p[-1])) for p in poses.values())
            if pictures and seen > most:
                most, best[:] = seen, pictures
            return most == len(ROBOTS) or (most > 0 and client.now > PATIENCE)

        client.until(enough, 500.0, "robots in the picture")
        message = best[-1]
        image = np.frombuffer(bytes(message.data), dtype=np.uint8).reshape(message.height, message.width)
        cv2.imwrite(str(PICTURE), image)
        client.close()
        print(PICTURE)
    finally:
        real.close()


if __name__ == "__main__":
    main()
