"""A site in Gazebo with robots that only a test drives."""

from __future__ import annotations

import math
from collections.abc import Sequence

from amr_core.geometry import Pose2D, distance
from tests.real.gazebo_client import Base, GazeboClient
from tests.real.real_support import ROOT, Real


class Hall:
    """A site in Gazebo with its first robots; nothing drives them but the test. people: with people and forklifts."""

    def __init__(self, real: Real, site: str, robots: Sequence[str], load_kg: int = 0, *, people: bool = False) -> None:
        self.real = real
        self.site = site
        launch = ("ros2", "launch", str(ROOT / "tests/real/base.launch.py"))
        given = (f"site:={site}", f"robots:={len(robots)}", f"load_kg:={load_kg}", f"people:={str(people).lower()}")
        self.program = real.start(*launch, *given)
        self.client = GazeboClient(real.domain, self.program)
        self.bases = {robot: Base(self.client, robot) for robot in robots}
        self.client.until(lambda: all(b.truth and b.odom for b in self.bases.values()), 180.0, "all robots")

    def put(self, robot: str, pose: Pose2D) -> None:
        """Set a robot down at a pose (map) and let it come to rest."""
        half = pose.theta / 2.0
        request = (
            f'name: "{robot}", position: {{x: {pose.x}, y: {pose.y}, z: 0.01}}, '
            f"orientation: {{z: {math.sin(half)}, w: {math.cos(half)}}}"
        )
        service = ("-s", f"/world/{self.site}/set_pose", "--reqtype", "gz.msgs.Pose", "--reptype", "gz.msgs.Boolean")
        words = self.real.run("gz", "service", *service, "--timeout", "5000", "--req", request)
        assert "true" in words, words
        base = self.bases[robot]
        self.client.until(lambda: distance(base.pose, pose) < 0.1, 60.0, f"{robot} at {pose}")
        self.client.pass_time(0.5)
