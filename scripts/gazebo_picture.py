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
from nav_msgs.msg import Odometry
from playwright.sync_api import sync_playwright
from sensor_msgs.msg import Image

from amr_core.cameras import fixed_view
from amr_core.geometry import Pose2D
from amr_core.site import load_site
from tests.real.gazebo_client import GazeboClient, planar
from tests.real.real_support import Real

ROOT = Path(__file__).resolve().parents[1]
SCREENS = ROOT / "docs" / "screens"
ROBOTS = ("amr_01", "amr_02")
QUALITY = 82
WIDTH, HEIGHT = 1600, 900

PATIENCE = 240.0
"""Seconds of the simulation after which a picture with one robot is good enough."""


def in_view(pose: Pose2D) -> bool:
    """Whether a robot is well inside the picture of the lab's camera."""
    view = fixed_view(load_site("lab").cameras[0])
    u, v, ahead = view.floor_to_picture @ np.array([pose.x, pose.y, 1.0])
    hidden = pose.y < 6.8 and abs(pose.x - 10.0) > 1.3  # behind the stack or the rack
    return bool(not hidden and ahead > 0 and 60 < u / ahead < view.width - 60 and 60 < v / ahead < view.height - 40)


def of_camera(client: GazeboClient) -> None:
    """Wait for the robots to come into the camera's picture, keep the one that shows most of them."""
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
    keep("gazebo-lab", np.frombuffer(bytes(message.data), dtype=np.uint8).reshape(message.height, message.width))


def of_dashboard(ready: Path) -> None:
    """Keep the live page of the same run."""
    facts = json.loads(ready.read_text(encoding="utf-8"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="vi-VN").new_page()
        page.goto(facts["url"])
        page.fill("input[name=user]", facts["user"])
        page.fill("input[name=password]", facts["password"])
        page.click("button[type=submit]")
        page.wait_for_selector("[data-testid=map-live]", timeout=120_000)
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
        real.launch(
            "site.launch.py", mode="gazebo", site="lab", robots=2, orders=6, orders_per_hour=240, port=8168,
            ready_file=str(ready), database=":memory:",
        )  # fmt: skip
        client = GazeboClient(real.domain, gazebo)
        of_camera(client)
        of_dashboard(ready)
        client.close()
    finally:
        real.close()


if __name__ == "__main__":
    main()
