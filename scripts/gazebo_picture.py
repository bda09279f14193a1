"""Make docs/screens/gazebo-{lab,dashboard}.webp: a fixed camera's picture in Gazebo, and the page over that run.

Needs the real Gazebo (tests/real/README.md) and Chromium; takes two to five minutes.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from nav2_msgs.action import NavigateToPose
from nav_msgs.msg import Odometry
from playwright.sync_api import sync_playwright
from rclpy.action import ActionClient
from screens import open_live
from sensor_msgs.msg import Image

from amr_core.cameras import fixed_view
from amr_core.geometry import Pose2D
from amr_core.site import load_site
from amr_lab.nodes.nav_client import stamped
from tests.real.gazebo_client import GazeboClient, planar
from tests.real.real_support import Real

ROOT = Path(__file__).resolve().parents[1]
SCREENS = ROOT / "docs" / "screens"
QUALITY = 82
AT_WORK = 25.0
"""Simulated seconds from the dashboard's start to its picture."""
WIDTH, HEIGHT = 1600, 900

PLACES = {"amr_01": Pose2D(10.6, 6.9, -2.2), "amr_02": Pose2D(9.3, 8.6, 2.4)}
"""Where the robots are sent (map, m and rad): the camera looks at both."""
PATIENCE = 420.0
"""Wall seconds that they may take."""


def in_view(pose: Pose2D) -> bool:
    """Whether a robot is well inside the picture of the lab's camera."""
    view = fixed_view(load_site("lab").cameras[0])
    u, v, ahead = view.floor_to_picture @ np.array([pose.x, pose.y, 1.0])
    hidden = pose.y < 6.8 and abs(pose.x - 10.0) > 1.3  # behind the stack or the rack
    return bool(not hidden and ahead > 0 and 60 < u / ahead < view.width - 60 and 60 < v / ahead < view.height - 40)


def send(client: GazeboClient, robot: str, to: Pose2D) -> None:
    """Send a robot to a place."""
    action = ActionClient(client.node, NavigateToPose, f"/{robot}/navigate_to_pose")
    client.until(action.server_is_ready, 120.0, f"{robot}'s navigation")
    answer = action.send_goal_async(NavigateToPose.Goal(pose=stamped(to.x, to.y, to.theta)))
    client.until(answer.done, 60.0, f"an answer of {robot}")


def of_camera(client: GazeboClient) -> None:
    """Send the robots into the camera's picture, keep it. What a camera sees is rendered only while somebody looks."""
    poses = {robot: client.listen(Odometry, f"/{robot}/base/pose") for robot in PLACES}
    for robot, place in PLACES.items():
        send(client, robot, place)
    client.until(lambda: all(p and in_view(planar(p[-1])) for p in poses.values()), PATIENCE, "robots in the picture")
    pictures: list[Any] = client.listen(Image, "/cameras/C01/image_raw")
    client.until(lambda: len(pictures) > 1, 120.0, "a picture of the camera")
    image = pictures[-1]
    keep("gazebo-lab", np.frombuffer(bytes(image.data), dtype=np.uint8).reshape(image.height, image.width))


def of_dashboard(ready: Path) -> None:
    """Keep the live page of the same run."""
    facts = json.loads(ready.read_text(encoding="utf-8"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = open_live(browser, (WIDTH, HEIGHT), facts["url"], facts["user"], facts["password"], patience_ms=120_000)
        page.wait_for_timeout(5_000)  # the map is drawn, names and numbers have come
        shot = np.frombuffer(page.screenshot(), dtype=np.uint8)
        keep("gazebo-dashboard", cv2.imdecode(shot, cv2.IMREAD_COLOR))
        browser.close()


def keep(name: str, picture: Any) -> None:
    """Write a small WebP."""
    file = SCREENS / f"{name}.webp"
    cv2.imwrite(str(file), picture, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    print(file)


def main() -> None:
    """Start everything, keep what the camera sees and what the page shows."""
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    folder = Path(tempfile.mkdtemp(prefix="amr-picture-"))
    real, ready = Real(folder), folder / "ready.json"
    try:
        gazebo = real.launch("gazebo.launch.py", site="lab", robots=2, navigation="embedded", gui="false")
        client = GazeboClient(real.domain, gazebo)
        of_camera(client)
        real.launch(
            "site.launch.py", mode="gazebo", site="lab", robots=2, orders=6, orders_per_hour=240, port=8168,
            ready_file=str(ready), database=":memory:",
        )  # fmt: skip
        client.until(ready.is_file, 120.0, "the dashboard")
        client.pass_time(AT_WORK)
        of_dashboard(ready)
        client.close()
    finally:
        real.close()


if __name__ == "__main__":
    main()
